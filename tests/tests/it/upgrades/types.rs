//! Three versions of a type, which differ at three depths.
//!
//! | | 1 | 2 | 3 |
//! |---|---|---|---|
//! | board | title, tasks, archived | + members, limits | − archived |
//! | task | text, done | + notes, labels, steps, rank, place | text is called body; − done; + due |
//! | step | | name | + minutes |

use quickcheck::{Arbitrary, Gen};
use rejoin_core::laws::AnyEdit;
use rejoin_core::{DotStore, Unknown, Upgradable};
use rejoin_counters::ResetCounter;
use rejoin_maps::{Dotted, OrMap};
use rejoin_registers::{EwFlag, Max, MvRegister};
use rejoin_sets::AwSet;
use serde::{Deserialize, Serialize};

/// A value with everything that serde has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Note {
    None,
    Text(String),
    Pair(u8, Option<i32>),
    Long { lines: Vec<String>, at: (u64, char), wide: u128, sign: i8, yes: bool },
}

impl Arbitrary for Note {
    fn arbitrary(g: &mut Gen) -> Self {
        match u8::arbitrary(g) % 4 {
            0 => Self::None,
            1 => Self::Text(String::arbitrary(g)),
            2 => Self::Pair(u8::arbitrary(g), Option::arbitrary(g)),
            _ => Self::Long {
                lines: Vec::arbitrary(g),
                at: Arbitrary::arbitrary(g),
                wide: u128::arbitrary(g),
                sign: i8::arbitrary(g),
                yes: bool::arbitrary(g),
            },
        }
    }
}

/// A key of two parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) number: Option<u16>,
}

impl Arbitrary for Key {
    fn arbitrary(g: &mut Gen) -> Self {
        Self { name: "abc"[..usize::arbitrary(g) % 4].to_owned(), number: Option::arbitrary(g) }
    }
}

/// A struct whose versions do not differ.
#[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) room: MvRegister<Key>,
    pub(crate) desks: AwSet<u8>,
    pub(crate) online: EwFlag,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit, Upgradable)]
#[crdt(rename = "Board")]
pub(crate) struct Board1 {
    pub(crate) title: MvRegister<String>,
    pub(crate) tasks: OrMap<String, Task1>,
    pub(crate) archived: EwFlag,
    #[crdt(unknown)]
    pub(crate) unknown: Unknown,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit, Upgradable)]
#[crdt(rename = "Task")]
pub(crate) struct Task1 {
    pub(crate) text: MvRegister<String>,
    pub(crate) done: EwFlag,
    #[crdt(unknown)]
    pub(crate) unknown: Unknown,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit, Upgradable)]
#[crdt(rename = "Board")]
pub(crate) struct Board2 {
    pub(crate) title: MvRegister<String>,
    pub(crate) tasks: OrMap<String, Task2>,
    pub(crate) archived: EwFlag,
    pub(crate) members: AwSet<String>,
    pub(crate) limits: OrMap<Key, ResetCounter>,
    #[crdt(unknown)]
    pub(crate) unknown: Unknown,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit, Upgradable)]
#[crdt(rename = "Task")]
pub(crate) struct Task2 {
    pub(crate) text: MvRegister<String>,
    pub(crate) done: EwFlag,
    pub(crate) notes: MvRegister<Note>,
    pub(crate) labels: AwSet<String>,
    pub(crate) steps: OrMap<u32, Step2>,
    pub(crate) rank: Dotted<Max<u64>>,
    pub(crate) place: Place,
    #[crdt(unknown)]
    pub(crate) unknown: Unknown,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit, Upgradable)]
#[crdt(rename = "Step")]
pub(crate) struct Step2 {
    pub(crate) name: MvRegister<String>,
    #[crdt(unknown)]
    pub(crate) unknown: Unknown,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit, Upgradable)]
#[crdt(rename = "Board")]
pub(crate) struct Board3 {
    pub(crate) title: MvRegister<String>,
    pub(crate) tasks: OrMap<String, Task3>,
    pub(crate) members: AwSet<String>,
    pub(crate) limits: OrMap<Key, ResetCounter>,
    #[crdt(unknown)]
    pub(crate) unknown: Unknown,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit, Upgradable)]
#[crdt(rename = "Task")]
pub(crate) struct Task3 {
    #[crdt(rename = "text")]
    pub(crate) body: MvRegister<String>,
    pub(crate) notes: MvRegister<Note>,
    pub(crate) labels: AwSet<String>,
    pub(crate) steps: OrMap<u32, Step3>,
    pub(crate) rank: Dotted<Max<u64>>,
    pub(crate) place: Place,
    pub(crate) due: MvRegister<i64>,
    #[crdt(unknown)]
    pub(crate) unknown: Unknown,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit, Upgradable)]
#[crdt(rename = "Step")]
pub(crate) struct Step3 {
    pub(crate) name: MvRegister<String>,
    pub(crate) minutes: MvRegister<f32>,
    #[crdt(unknown)]
    pub(crate) unknown: Unknown,
}

/// All fields that any version has: what the others are compared with.
#[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit, Upgradable)]
#[crdt(rename = "Board")]
pub(crate) struct Board0 {
    pub(crate) title: MvRegister<String>,
    pub(crate) tasks: OrMap<String, Task0>,
    pub(crate) archived: EwFlag,
    pub(crate) members: AwSet<String>,
    pub(crate) limits: OrMap<Key, ResetCounter>,
    #[crdt(unknown)]
    pub(crate) unknown: Unknown,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit, Upgradable)]
#[crdt(rename = "Task")]
pub(crate) struct Task0 {
    pub(crate) text: MvRegister<String>,
    pub(crate) done: EwFlag,
    pub(crate) notes: MvRegister<Note>,
    pub(crate) labels: AwSet<String>,
    pub(crate) steps: OrMap<u32, Step3>,
    pub(crate) rank: Dotted<Max<u64>>,
    pub(crate) place: Place,
    pub(crate) due: MvRegister<i64>,
    #[crdt(unknown)]
    pub(crate) unknown: Unknown,
}
