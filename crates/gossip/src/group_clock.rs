use rejoin_core::{Dot, ReplicaId, VersionVector};
use serde::{Deserialize, Serialize};

/// How many delta groups of each replica have been seen, without a gap.
///
/// Replicas count the groups of edits that they send, and values count single writes (their dots).
/// The two numberings have nothing to do with each other: three inserts that are published together
/// are three dots and one group. So they are two types, and a token that asks for groups cannot be
/// made of a value's context.
///
/// ```
/// use rejoin_gossip::GroupClock;
/// use rejoin_core::ReplicaId;
///
/// let [alice, bob] = [1, 2].map(ReplicaId::from_u128);
/// let seen = GroupClock::from_iter([(alice, 3), (bob, 1)]);
/// let asked = GroupClock::from_iter([(alice, 2)]);
/// assert!(seen.dominates(&asked) && !asked.dominates(&seen));
/// assert_eq!((seen.get(alice), seen.get(ReplicaId::from_u128(3))), (3, 0));
/// ```
///
/// Memory: 24 bytes a replica.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupClock(VersionVector);

impl GroupClock {
    /// Nothing has been seen.
    #[must_use]
    pub const fn new() -> Self {
        Self(VersionVector::new())
    }

    /// The clock of a context whose dots are numbers of groups, such as that of
    /// [`Gossip::have`](crate::Gossip::have).
    #[must_use]
    pub fn of_groups(numbers: VersionVector) -> Self {
        Self(numbers)
    }

    /// How many groups of this replica have been seen.
    #[must_use]
    pub fn get(&self, replica: ReplicaId) -> u64 {
        self.0.get(replica)
    }

    /// Adds all groups of this replica up to this number, and returns whether that was news.
    pub fn insert(&mut self, replica: ReplicaId, number: u64) -> bool {
        Dot::new(replica, number).is_some_and(|last| self.0.insert(last))
    }

    /// Adds all that `other` has seen, and returns whether that was news.
    pub fn join(&mut self, other: &Self) -> bool {
        self.0.join(&other.0)
    }

    /// What both have seen.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        Self(self.0.meet(&other.0))
    }

    /// Whether all that `other` has seen has been seen.
    #[must_use]
    pub fn dominates(&self, other: &Self) -> bool {
        self.0.dominates(&other.0)
    }

    /// The replicas of which something has been seen, in ascending order, with how much.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (ReplicaId, u64)> + Clone + '_ {
        self.0.iter()
    }

    /// Of how many replicas something has been seen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing has been seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Of two numbers for one replica the larger one holds.
impl FromIterator<(ReplicaId, u64)> for GroupClock {
    fn from_iter<I: IntoIterator<Item = (ReplicaId, u64)>>(entries: I) -> Self {
        let mut clock = Self::new();
        for (replica, number) in entries {
            clock.insert(replica, number);
        }
        clock
    }
}
