//! Rejoin itself.

use rejoin_maps::{CausalContext, Crdt, Diff, Edit, ReplicaId};

use super::{MapPeer, SetPeer, SyncPeer, shares};
use crate::encode;
use crate::values::{Map, Set, writer};

pub(crate) type OurSet = Set;

impl SetPeer for OurSet {
    const NAME: &'static str = "Rejoin";

    fn filled(numbers: &[u64], by: u64) -> Self {
        let mut set = Self::default();
        set.edit(writer(by), |set| set.extend(numbers.iter().copied()));
        set
    }

    fn insert(&mut self, number: u64, by: u64) {
        core::hint::black_box(self.edit(writer(by), |set| set.insert(number)));
    }

    fn contains(&self, number: u64) -> bool {
        self.store().contains(&number)
    }

    fn remove_all(&mut self, numbers: &[u64], by: u64) {
        let delta = self.edit(writer(by), |set| {
            for number in numbers {
                set.remove(number);
            }
        });
        core::hint::black_box(delta);
    }

    fn remove(&mut self, number: u64, by: u64) {
        core::hint::black_box(self.edit(writer(by), |set| set.remove(&number)));
    }

    fn absorb(&mut self, other: Self) {
        self.merge(other);
    }

    fn encode(&self) -> Option<Vec<u8>> {
        Some(encode::ours(self))
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(encode::decoded(bytes))
    }
}

#[derive(Debug)]
pub(crate) struct OurMap {
    pub(crate) map: Map,
    pub(crate) writer: ReplicaId,
}

impl MapPeer for OurMap {
    const NAME: &'static str = "Rejoin";

    type News = Map;

    fn new(by: u64) -> Self {
        Self { map: Map::default(), writer: writer(by) }
    }

    fn fork(&mut self, by: u64) -> Self {
        Self { map: self.map.clone(), writer: writer(by) }
    }

    fn put(&mut self, keys: &[String], offset: u64) {
        let delta = self.map.edit(self.writer, |map| {
            for (value, key) in (offset..).zip(keys) {
                map.entry(key).set(value);
            }
        });
        core::hint::black_box(delta);
    }

    fn update(&mut self, key: &str, value: u64) -> usize {
        core::hint::black_box(self.map.edit(self.writer, |map| map.entry(key).set(value)));
        0
    }

    fn get(&self, key: &str) -> Option<u64> {
        self.map.get(key)?.get().copied()
    }

    fn news(&mut self, _there: &mut Self) -> Map {
        self.map.clone()
    }

    fn absorb(&mut self, news: Map) {
        self.map.merge(news);
    }

    fn encode(&mut self) -> Vec<u8> {
        encode::ours(&self.map)
    }

    fn decode(bytes: &[u8]) -> Self {
        Self { map: encode::decoded(bytes), writer: writer(1) }
    }
}

/// A replica of a set, which adds under its own id.
#[derive(Debug)]
pub(crate) struct OurReplica {
    set: Set,
    writer: ReplicaId,
}

impl SyncPeer for OurReplica {
    const NAME: &'static str = "Rejoin";

    fn pair(numbers: &[u64]) -> (Self, Self) {
        let mut set = Set::default();
        for (by, share) in shares(numbers) {
            set.edit(writer(by), |set| set.extend(share.iter().copied()));
        }
        (Self { set: set.clone(), writer: writer(0) }, Self { set, writer: writer(1) })
    }

    fn add(&mut self, numbers: &[u64]) {
        self.set.edit(self.writer, |set| set.extend(numbers.iter().copied()));
    }

    fn sync(&mut self, there: &mut Self) -> usize {
        let question = encode::ours(&self.set.digest());
        let digest: CausalContext = encode::decoded(&question);
        let answer = encode::ours(&(there.set.digest(), there.set.diff(&digest)));
        let (digest, news): (CausalContext, Option<Set>) = encode::decoded(&answer);
        let reply = encode::ours(&self.set.diff(&digest));
        self.set.merge(news.unwrap_or_default());
        there.set.merge(encode::decoded::<Option<Set>>(&reply).unwrap_or_default());
        question.len() + answer.len() + reply.len()
    }

    fn len(&self) -> usize {
        self.set.store().len()
    }

    fn payload(_number: u64) -> usize {
        8
    }
}
