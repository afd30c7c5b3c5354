use serde::{Deserialize, Serialize};

use crate::message::{Reply, Request};
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
    /// To a coordinator.
    #[serde(rename = "r")]
    Reply { key: K, reply: Reply<V> },
    /// "Go by these voters, and tell me the keys after this one."
    #[serde(rename = "a")]
    Adopt { voters: Voters, after: Option<K> },
    /// "I do", durably. "These are the keys after that one", and whether there are more.
    #[serde(rename = "d")]
    Adopted { voters: Voters, after: Option<K>, keys: Vec<K>, more: bool },
}
