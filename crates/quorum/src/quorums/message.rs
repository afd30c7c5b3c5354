use rejoin_fragments::{Fragment, Receipt};
use serde::{Deserialize, Serialize};

use crate::message::{Reply, Request};
use crate::standing::{Durable, Tally};
use crate::voters::Voters;

/// The first byte of every message, which those of a [`Replica`](rejoin_store::Replica) do not
/// have.
pub(super) const VERSION: u8 = 0xC1;

/// What the members say to each other about the objects with keys `K` and values `V`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Message<K, V> {
    /// To an acceptor.
    #[serde(rename = "q")]
    Request { key: K, request: Request<V> },
    /// To a coordinator, and how far the voter is.
    #[serde(rename = "r")]
    Reply { key: K, reply: Reply<V>, tally: Tally },
    /// "Go by these voters, and tell me the keys after this one."
    #[serde(rename = "a")]
    Adopt { voters: Voters, after: Option<K> },
    /// "I do", durably. "These are the keys after that one", and whether there are more.
    #[serde(rename = "d")]
    Adopted { voters: Voters, after: Option<K>, keys: Vec<K>, more: bool },
    /// "Record that I go on under this number, and name your objects after this one."
    #[serde(rename = "e")]
    Enrol { number: u64, after: Option<K> },
    /// "I have", durably. "These are the objects after that one", and whether there are more.
    #[serde(rename = "n")]
    Recorded {
        number: u64,
        /// Whether the sender votes.
        votes: bool,
        voters: Voters,
        durable: Durable,
        page: Page<K>,
    },
    /// "I have not: this is the number that I know."
    #[serde(rename = "u")]
    Unrecorded { number: u64, known: u64 },
    /// "Give me these objects."
    #[serde(rename = "f")]
    Fetch { number: u64, keys: Vec<K> },
    /// "These are the first of them."
    #[serde(rename = "o")]
    Objects {
        number: u64,
        /// The enrolment of the sender, and whether it votes.
        enrolment: u64,
        votes: bool,
        objects: Vec<(K, V)>,
    },
    /// A piece of a message that is too long to go as one.
    #[serde(rename = "g")]
    Fragment(Fragment),
    /// How much of it has come.
    #[serde(rename = "t")]
    Receipt(Receipt),
}

/// The objects after a key, and whether there are more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Page<K> {
    #[serde(rename = "a")]
    pub(super) after: Option<K>,
    #[serde(rename = "e")]
    pub(super) entries: Vec<Entry<K>>,
    #[serde(rename = "m")]
    pub(super) more: bool,
}

/// An object, and the hash of its encoding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry<K> {
    #[serde(rename = "k")]
    pub(super) key: K,
    #[serde(rename = "f")]
    pub(super) fingerprint: u64,
}
