//! The same set, the same map and the same exchange in each library, used as its own docs do.

mod automerge;
mod crdts;
mod dson;
mod lattices;
mod loro;
mod ours;
mod plain;
mod yrs;

pub(crate) use self::automerge::Automerge;
pub(crate) use self::crdts::{CrdtsMap, CrdtsReplica, Orswot};
pub(crate) use self::dson::Dson;
pub(crate) use self::lattices::TwoSets;
pub(crate) use self::loro::Loro;
pub(crate) use self::ours::{OurMap, OurReplica, OurSet};
pub(crate) use self::plain::{Hashbrown, PlainMap, Std};
pub(crate) use self::yrs::Yrs;

/// A set of numbers.
pub(crate) trait SetPeer: Clone + 'static {
    const NAME: &'static str;

    /// All numbers, added as one edit where the library has such a thing.
    fn filled(numbers: &[u64], writer: u64) -> Self;

    /// One number, with the delta or operation for the others.
    fn insert(&mut self, number: u64, writer: u64);

    fn contains(&self, number: u64) -> bool;

    /// Removes all of these, as one edit where the library has such a thing.
    fn remove_all(&mut self, numbers: &[u64], writer: u64);

    /// One number, with the delta or operation for the others.
    fn remove(&mut self, number: u64, writer: u64);

    fn absorb(&mut self, other: Self);

    /// How it is encoded, where it is.
    fn encode(&self) -> Option<Vec<u8>> {
        None
    }

    /// What was encoded, where it is.
    fn decode(_bytes: &[u8]) -> Option<Self> {
        None
    }
}

/// A map from text to numbers, in which concurrent writes of one key are kept or decided.
pub(crate) trait MapPeer: Sized + 'static {
    const NAME: &'static str;

    /// What one replica gives another: a copy of the state for those that merge states, and an
    /// encoded difference for the others.
    type News;

    /// Whether making the news is part of a merge, and not only a copy.
    const FINDS_NEWS: bool = false;

    fn new(writer: u64) -> Self;

    /// The same content at another replica.
    fn fork(&mut self, writer: u64) -> Self;

    /// Puts the key of index i to `offset + i`, in one transaction.
    fn put(&mut self, keys: &[String], offset: u64);

    /// Puts one key, and gives the bytes of the delta where they are made at once.
    fn update(&mut self, key: &str, value: u64) -> usize;

    fn get(&self, key: &str) -> Option<u64>;

    /// What is here and may be missing there.
    fn news(&mut self, there: &mut Self) -> Self::News;

    fn absorb(&mut self, news: Self::News);

    /// As the library stores or ships a whole value.
    fn encode(&mut self) -> Vec<u8>;

    /// A replica that has what was encoded, and nothing else.
    fn decode(bytes: &[u8]) -> Self;
}

/// A set of numbers at two replicas that exchange bytes until both have all.
pub(crate) trait SyncPeer: Sized + 'static {
    const NAME: &'static str;

    /// `numbers` by 16 writers, at two replicas.
    fn pair(numbers: &[u64]) -> (Self, Self);

    fn add(&mut self, numbers: &[u64]);

    /// Synchronises both ways, and gives the bytes that were sent.
    fn sync(&mut self, there: &mut Self) -> usize;

    fn len(&self) -> usize;

    /// How many bytes of payload a number is.
    fn payload(number: u64) -> usize;
}

/// What `SyncPeer::pair` divides among writers.
pub(crate) const WRITERS: u64 = 16;

/// The parts that each of the writers adds.
pub(crate) fn shares<T>(all: &[T]) -> impl Iterator<Item = (u64, &[T])> {
    (0..).zip(all.chunks(all.len().div_ceil(WRITERS as usize)))
}
