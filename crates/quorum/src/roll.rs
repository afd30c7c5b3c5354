use std::collections::BTreeMap;

use rejoin_core::NodeId;
use serde::{Deserialize, Serialize};

/// Which enrolment of each voter counts: a number that only grows, and 0 where there is no entry.
///
/// A voter that may have forgotten something, because its disk was restored from a backup or is
/// used twice, enrols: it stops answering, lets at least ⌈n/2⌉ of the n − 1 other voters
/// record its next number, reads what these have, and goes on under that number. Every answer
/// carries the number of its voter and the roll of what it has recorded. An answer under an older
/// number than some voter of the same quorum has recorded is void.
///
/// Every majority that the voter was in shares one of the others with those ⌈n/2⌉. That one has
/// answered before it recorded the new number, and then the voter has read what it had; or after,
/// and then its answer says that the voter's older ones are void.
///
/// Joined entry by entry, by the greater number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roll(BTreeMap<NodeId, u64>);

impl Roll {
    /// The number that counts of this voter.
    #[must_use]
    pub fn get(&self, voter: NodeId) -> u64 {
        self.0.get(&voter).copied().unwrap_or(0)
    }

    /// Records a number, and returns whether it is greater than the one before.
    pub fn enter(&mut self, voter: NodeId, enrolment: u64) -> bool {
        let is_news = enrolment > self.get(voter);
        if is_news {
            self.0.insert(voter, enrolment);
        }
        is_news
    }

    /// The voters that have enrolled, with their numbers, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, u64)> + '_ {
        self.0.iter().map(|(voter, enrolment)| (*voter, *enrolment))
    }
}
