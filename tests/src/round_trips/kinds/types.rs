//! Types with each attribute of serde that changes how they are written.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};

use rejoin_core::{Causal, Crdt, Decompose, Diff};
use rejoin_maps::GMap;
use rejoin_registers::{EwFlag, LwwRegister, Max};
use rejoin_sets::AwSet;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number that equals itself, whatever it is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Total(pub f64);

impl PartialEq for Total {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Total {}

impl PartialOrd for Total {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Total {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Hash for Total {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

/// A struct without content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Unit;

/// A struct with one value, which is as that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Meters(pub u32);

/// A newtype around what may be nothing in two ways.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Maybe(pub Option<Option<u8>>);

/// A tuple struct.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pair(pub i8, pub String);

/// A struct.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// One field.
    pub row: u32,
    /// And another.
    pub column: Option<u8>,
}

/// An enum in serde's own representation, with each kind of variant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum External {
    Nothing,
    One(Option<String>),
    Two(i8, bool),
    Fields { x: i32, y: Option<u16> },
}

/// An enum whose variant is a field among the others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "type")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Internal {
    Nothing,
    Cell(Cell),
    Fields { x: i32, y: Option<u16> },
}

/// An enum whose variant stands beside the content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "content")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Adjacent {
    Nothing,
    One(Option<String>),
    Two(i8, bool),
    Fields { x: i32, y: Option<u16> },
}

/// An enum that says nothing of its variant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Untagged {
    Nothing,
    Number(u64),
    Text(String),
    List(Vec<u8>),
    Fields { x: i32 },
}

/// An enum with variants that are not written, and others after them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Skipped {
    First,
    #[serde(skip)]
    Local,
    Second(u8),
    #[serde(skip_serializing)]
    Cache {
        bytes: Vec<u8>,
    },
    Third {
        x: u8,
    },
    Fourth,
}

/// An enum whose variants have other names, and more of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Renamed {
    #[serde(alias = "one", alias = "uno")]
    First,
    #[serde(rename = "2", alias = "two")]
    Second(u8),
    Third,
}

/// Phases, one of which is not written.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Crdt,
    Diff,
    Decompose,
)]
#[crdt(ordered)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Phase {
    Draft,
    #[serde(skip)]
    Local,
    Public,
    Archived,
}

/// A struct that leaves out what is empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Sparse {
    pub id: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<u8>,
}

/// A struct with a field that is never written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Partial {
    pub id: u8,
    #[serde(skip)]
    pub cache: u8,
    #[serde(default, alias = "remark")]
    pub note: Option<u8>,
}

/// A struct with the fields of a map among its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Flat {
    pub id: u8,
    #[serde(flatten)]
    pub rest: BTreeMap<String, u8>,
}

/// Replicated values that may not be there at all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Bottoms {
    pub best: Option<Max<u8>>,
    pub last: Option<LwwRegister<u8, u64>>,
    pub flag: Option<EwFlag>,
}

/// Replicated values in an enum whose variant is a field among theirs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Holder {
    Scores { best: GMap<u8, Max<Option<u8>>>, last: LwwRegister<Option<u8>, u64> },
    Set(Box<Causal<AwSet<u8>>>),
}

/// The entries of a replicated map among the fields of a struct.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Flattened {
    pub id: u8,
    #[serde(flatten)]
    pub best: GMap<String, Max<u8>>,
}

/// An enum that contains itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Tree {
    Leaf,
    Node(Vec<Tree>),
}

/// Bytes that are written as such.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Raw(pub Vec<u8>);

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Bytes).map(Self)
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_owned())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<u8>, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = seq.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes)
    }
}
