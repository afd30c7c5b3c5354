//! Rejoin itself.

use std::time::Duration;

use rejoin_maps::{Crdt, Edit, ReplicaId};
use rejoin_store::{Config, Replica, Time};

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

/// A replica in a store, which remembers what its peers have.
#[derive(Debug)]
pub(crate) struct OurReplica {
    replica: Replica<Set>,
    now: Duration,
}

impl OurReplica {
    fn new(id: ReplicaId, set: Set) -> Self {
        Self { replica: Replica::with_state(id, set, Config::default()), now: Duration::ZERO }
    }

    /// Writes to a disk that is always done.
    fn persist(&mut self) {
        while let Some(group) = self.replica.pending().expect("it can be encoded") {
            self.replica.persisted(group.number);
        }
    }

    /// Brings the messages that are due to `there`, and gives their bytes.
    fn tell(&mut self, there: &mut Self) -> usize {
        let mut sent = 0;
        while let Some(message) = self.replica.poll_transmit(Time::new(self.now)) {
            sent += message.payload.len();
            let handled =
                there.replica.handle(Time::new(there.now), self.replica.id(), &message.payload);
            handled.expect("our own message");
            there.persist();
        }
        sent
    }

    /// Brings messages to and fro until both have the same.
    fn talk(&mut self, there: &mut Self) -> usize {
        let mut sent = 0;
        loop {
            let news = self.tell(there) + there.tell(self);
            sent += news;
            // Equal contexts are equal values.
            let (mine, yours) = (self.replica.state().context(), there.replica.state().context());
            if news == 0 && mine == yours {
                return sent;
            }
            for side in [&mut *self, &mut *there] {
                side.now += Duration::from_millis(1);
            }
        }
    }
}

impl SyncPeer for OurReplica {
    const NAME: &'static str = "Rejoin";

    fn pair(numbers: &[u64]) -> (Self, Self) {
        let mut set = Set::default();
        for (by, share) in shares(numbers) {
            set.edit(writer(by), |set| set.extend(share.iter().copied()));
        }
        let (mut here, mut there) = (Self::new(writer(0), set.clone()), Self::new(writer(1), set));
        here.replica.connected(Time::ZERO, there.replica.id());
        there.replica.connected(Time::ZERO, here.replica.id());
        here.talk(&mut there);
        (here, there)
    }

    fn add(&mut self, numbers: &[u64]) {
        self.replica.stage(|set| set.extend(numbers.iter().copied())).expect("it can be encoded");
        self.persist();
    }

    fn sync(&mut self, there: &mut Self) -> usize {
        self.talk(there)
    }

    fn len(&self) -> usize {
        self.replica.state().store().len()
    }

    fn payload(_number: u64) -> usize {
        8
    }
}
