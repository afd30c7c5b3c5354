mod mismatch;

use core::fmt;
use std::collections::BTreeMap;

use rejoin_quorum::Standing;
use rejoin_shape::Shape;
use rejoin_store::{NodeId, Replica, ReplicaId, Replicated};

pub use self::mismatch::GreetingMismatch;

/// What every greeting begins with.
const MAGIC: &[u8; 7] = b"rejoin/";

/// The format of greetings. Messages have a version of their own.
const VERSION: u8 = 2;

/// The lowest and the highest version of the protocol that this release speaks.
const PROTOCOL: (u8, u8) = (2, 2);

/// The longest greeting, the longest name in it, and the most entries.
const MAX_LEN: usize = 1 << 16;
const MAX_NAME: usize = 64;
const MAX_ENTRIES: usize = 64;

/// What two nodes tell each other before anything else on a connection: entries by name.
///
/// | entry | bytes | a mismatch |
/// |---|---|---|
/// | `protocol` | the lowest and the highest version | refused when they do not meet |
/// | `node`, `run` | an id of 16 bytes each | refused when it is the own run |
/// | `data-set` | its name | refused when they differ |
/// | `shape` | of what may be in the value, see [`Shape::encode`] | refused when it does not fit |
/// | `epoch` | a number of 8 bytes | refused when they differ |
/// | `options` | for each its length and name, and a number of 8 bytes | refused when one differs that both name |
/// | `voters` | see [`Standing`] | refused when they differ under one version |
/// | `durable` | see [`Standing`] | see [`Quorums::greeted`](rejoin_quorum::Quorums::greeted) |
///
/// An entry that is not known is passed over, unless its name begins with `!`: then the peer is
/// refused. A greeting takes 64 KiB at most.
///
/// In bytes it is `rejoin/`, a byte 2, and the entries in the order of their names: the length of
/// the name (1 byte), the name, the length of the bytes (4 bytes, the least first), the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting(BTreeMap<String, Vec<u8>>);

/// What a node says of itself as long as it runs.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) id: ReplicaId,
    pub(crate) epoch: u64,
    pub(crate) data_set: String,
    /// All that has to be equal at all replicas.
    pub(crate) options: BTreeMap<&'static str, u64>,
}

impl Facts {
    pub(crate) fn of<S: Replicated>(replica: &Replica<S>, data_set: &str) -> Self {
        let config = replica.config();
        let options = [
            ("causal", u64::from(config.causal)),
            ("max_message", u64::try_from(config.max_message).unwrap_or(u64::MAX)),
        ];
        Self {
            id: replica.id(),
            epoch: replica.epoch(),
            data_set: data_set.to_owned(),
            options: options.into(),
        }
    }
}

/// What a node says of itself that may be another while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// That of everything that it may send.
    pub(crate) shape: Shape,
    /// What it knows of the voters, if it takes part in quorum operations.
    pub(crate) standing: Option<Standing>,
}

/// What a peer says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Introduction {
    pub(crate) id: ReplicaId,
    pub(crate) said: Said,
}

impl Greeting {
    /// The longest encoding, in bytes.
    pub const MAX_LEN: usize = MAX_LEN;

    pub(crate) fn new(facts: &Facts, said: &Said) -> Self {
        let (lowest, highest) = PROTOCOL;
        let mut options = Vec::new();
        for (name, value) in &facts.options {
            options.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
            options.extend_from_slice(name.as_bytes());
            options.extend_from_slice(&value.to_le_bytes());
        }
        let mut entries = BTreeMap::from([
            ("protocol".to_owned(), vec![lowest, highest]),
            ("node".to_owned(), facts.id.node().as_bytes().to_vec()),
            ("run".to_owned(), facts.id.as_bytes().to_vec()),
            ("data-set".to_owned(), facts.data_set.clone().into_bytes()),
            ("shape".to_owned(), said.shape.encode()),
            ("epoch".to_owned(), facts.epoch.to_le_bytes().to_vec()),
            ("options".to_owned(), options),
        ]);
        if let Some(standing) = &said.standing {
            entries.insert(Standing::VOTERS.to_owned(), standing.encode_voters());
            entries.insert(Standing::DURABLE.to_owned(), standing.encode_durable());
        }
        Self(entries)
    }

    /// The bytes of an entry, if there is one of this name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// The node that greets, if the greeting says which.
    pub(crate) fn node(&self) -> Option<NodeId> {
        NodeId::from_bytes(self.array("node").ok()?)
    }

    /// The bytes to send.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = [MAGIC.as_slice(), &[VERSION]].concat();
        for (name, content) in &self.0 {
            bytes.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
            bytes.extend_from_slice(name.as_bytes());
            bytes
                .extend_from_slice(&u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend_from_slice(content);
        }
        bytes
    }

    /// Reads what [`encode`](Self::encode) has made: here, or in another release.
    ///
    /// # Errors
    ///
    /// When the bytes are anything else. Nothing is allocated but for bytes that are there.
    pub fn decode(bytes: &[u8]) -> Result<Self, GreetingError> {
        if bytes.len() > MAX_LEN {
            return Err(GreetingError::TooLong);
        }
        let after_magic = bytes.strip_prefix(MAGIC).and_then(<[u8]>::split_first);
        let (&version, mut rest) = after_magic.ok_or(GreetingError::Foreign)?;
        if version != VERSION {
            return Err(GreetingError::Version { found: version, expected: VERSION });
        }
        let mut entries = BTreeMap::new();
        while !rest.is_empty() {
            let (name, content) = take_entry(&mut rest).ok_or(GreetingError::Malformed)?;
            let follows =
                entries.last_key_value().is_none_or(|(last, _): (&String, _)| *last < name);
            if !follows || entries.len() == MAX_ENTRIES {
                return Err(GreetingError::Malformed);
            }
            entries.insert(name, content.to_vec());
        }
        Ok(Self(entries))
    }

    /// The peer that greets, if it fits a node with these facts and this shape.
    pub(crate) fn check(
        &self,
        facts: &Facts,
        shape: &Shape,
    ) -> Result<Introduction, GreetingMismatch> {
        let known = ["protocol", "node", "run", "data-set", "shape", "epoch", "options"];
        let known = known.into_iter().chain([Standing::VOTERS, Standing::DURABLE]);
        let mut unknown = self.0.keys().filter(|name| name.starts_with('!'));
        if let Some(name) = unknown.find(|name| !known.clone().any(|known| known == **name)) {
            return Err(GreetingMismatch::Unknown { name: name.clone() });
        }
        let [lowest, highest] = self.array("protocol")?;
        if highest < PROTOCOL.0 || lowest > PROTOCOL.1 {
            return Err(GreetingMismatch::Protocol { own: PROTOCOL, theirs: (lowest, highest) });
        }
        let (node, id) = (self.array("node")?, ReplicaId::from_bytes(self.array("run")?));
        if NodeId::from_bytes(node) != Some(id.node()) {
            return Err(GreetingMismatch::Malformed { name: "run" });
        }
        if id == facts.id {
            return Err(GreetingMismatch::SameRun);
        }
        let data_set = self.entry("data-set").map(str::from_utf8).and_then(Result::ok);
        let theirs = data_set.ok_or(GreetingMismatch::Malformed { name: "data-set" })?;
        if theirs != facts.data_set {
            let (own, theirs) = (facts.data_set.clone(), theirs.to_owned());
            return Err(GreetingMismatch::DataSet { own, theirs });
        }
        shape.check(&self.shape()?).map_err(GreetingMismatch::Type)?;
        let (own, theirs) = (facts.epoch, self.array("epoch").map(u64::from_le_bytes)?);
        if own != theirs {
            return Err(GreetingMismatch::Epoch { own, theirs });
        }
        for (name, theirs) in self.options()? {
            if let Some((name, own)) = facts.options.get_key_value(name.as_str())
                && *own != theirs
            {
                return Err(GreetingMismatch::Option { name, own: *own, theirs });
            }
        }
        Ok(Introduction { id, said: self.said()? })
    }

    pub(crate) fn said(&self) -> Result<Said, GreetingMismatch> {
        Ok(Said { shape: self.shape()?, standing: self.standing()? })
    }

    fn shape(&self) -> Result<Shape, GreetingMismatch> {
        let shape = self.entry("shape").and_then(|bytes| Shape::decode(bytes).ok());
        shape.ok_or(GreetingMismatch::Malformed { name: "shape" })
    }

    /// What it says of the voters, if it does.
    fn standing(&self) -> Result<Option<Standing>, GreetingMismatch> {
        let (voters, durable) = (self.entry(Standing::VOTERS), self.entry(Standing::DURABLE));
        let Some((voters, durable)) = voters.zip(durable) else { return Ok(None) };
        let malformed = |_| GreetingMismatch::Malformed { name: Standing::VOTERS };
        Standing::decode(voters, durable).map(Some).map_err(malformed)
    }

    fn options(&self) -> Result<Vec<(String, u64)>, GreetingMismatch> {
        let malformed = GreetingMismatch::Malformed { name: "options" };
        let mut rest = self.entry("options").unwrap_or_default();
        let mut options = Vec::new();
        while !rest.is_empty() {
            let option = take_name(&mut rest).zip(take_array(&mut rest));
            let (name, value) = option.ok_or_else(|| malformed.clone())?;
            options.push((name, u64::from_le_bytes(value)));
        }
        Ok(options)
    }

    fn array<const N: usize>(&self, name: &'static str) -> Result<[u8; N], GreetingMismatch> {
        let bytes = self.entry(name).and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or(GreetingMismatch::Malformed { name })
    }
}

fn take_entry<'a>(rest: &mut &'a [u8]) -> Option<(String, &'a [u8])> {
    let name = take_name(rest)?;
    let len = usize::try_from(u32::from_le_bytes(take_array(rest)?)).ok()?;
    let (content, after) = rest.split_at_checked(len)?;
    *rest = after;
    Some((name, content))
}

fn take_name(rest: &mut &[u8]) -> Option<String> {
    let [len] = take_array(rest)?;
    let (name, after) = rest.split_at_checked(len.into())?;
    *rest = after;
    let is_fit = (1..=MAX_NAME).contains(&name.len());
    core::str::from_utf8(name).ok().filter(|_| is_fit).map(str::to_owned)
}

fn take_array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (array, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*array)
}

/// Bytes that are no greeting of this release.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GreetingError {
    /// They are not of a rejoin node.
    Foreign,
    /// They are in another format.
    Version {
        /// Its version.
        found: u8,
        /// The only one that this release reads.
        expected: u8,
    },
    /// They are longer than any greeting.
    TooLong,
    /// They are no entries in the order of their names, or too many.
    Malformed,
}

impl fmt::Display for GreetingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => f.write_str("the peer is not a rejoin node"),
            Self::Version { found, expected } => {
                write!(f, "the peer greets in format {found}, and this node in format {expected}")
            }
            Self::TooLong => f.write_str("the peer greets with too many bytes"),
            Self::Malformed => f.write_str("the peer's greeting cannot be read"),
        }
    }
}

impl core::error::Error for GreetingError {}

#[cfg(test)]
mod tests;
