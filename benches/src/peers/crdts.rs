//! `crdts`: each edit is an operation with a context, applied here and there; states merge.

use ::crdts::{CmRDT, CvRDT, MVReg, Map};

use super::{MapPeer, SetPeer, SyncPeer, shares};
use crate::encode;

pub(crate) type Orswot = ::crdts::Orswot<u64, u64>;

impl SetPeer for Orswot {
    const NAME: &'static str = "crdts";

    fn filled(numbers: &[u64], by: u64) -> Self {
        let mut set = Self::new();
        let all = set.add_all(numbers.iter().copied(), set.read_ctx().derive_add_ctx(by));
        set.apply(all);
        set
    }

    fn insert(&mut self, number: u64, by: u64) {
        let addition = self.add(number, self.read_ctx().derive_add_ctx(by));
        self.apply(core::hint::black_box(addition));
    }

    fn contains(&self, number: u64) -> bool {
        Self::contains(self, &number).val
    }

    fn remove_all(&mut self, numbers: &[u64], _by: u64) {
        let removal = self.rm_all(numbers.iter().copied(), self.read_ctx().derive_rm_ctx());
        self.apply(core::hint::black_box(removal));
    }

    fn remove(&mut self, number: u64, _by: u64) {
        let removal = self.rm(number, Self::contains(self, &number).derive_rm_ctx());
        self.apply(core::hint::black_box(removal));
    }

    fn absorb(&mut self, other: Self) {
        self.merge(other);
    }

    fn encode(&self) -> Option<Vec<u8>> {
        Some(encode::to_postcard(self))
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(encode::from_postcard(bytes))
    }
}

#[derive(Debug)]
pub(crate) struct CrdtsMap {
    map: Map<String, MVReg<u64, u64>, u64>,
    writer: u64,
}

impl MapPeer for CrdtsMap {
    const NAME: &'static str = "crdts";

    type News = Map<String, MVReg<u64, u64>, u64>;

    fn new(writer: u64) -> Self {
        Self { map: Map::new(), writer }
    }

    fn fork(&mut self, writer: u64) -> Self {
        Self { map: self.map.clone(), writer }
    }

    fn put(&mut self, keys: &[String], offset: u64) {
        for (value, key) in (offset..).zip(keys) {
            self.update(key, value);
        }
    }

    fn update(&mut self, key: &str, value: u64) -> usize {
        let context = self.map.read_ctx().derive_add_ctx(self.writer);
        let update =
            self.map.update(key, context, |register, context| register.write(value, context));
        self.map.apply(core::hint::black_box(update));
        0
    }

    fn get(&self, key: &str) -> Option<u64> {
        self.map.get(&key.to_owned()).val?.read().val.first().copied()
    }

    fn news(&mut self, _there: &mut Self) -> Self::News {
        self.map.clone()
    }

    fn absorb(&mut self, news: Self::News) {
        self.map.merge(news);
    }

    fn encode(&mut self) -> Vec<u8> {
        encode::to_postcard(&self.map)
    }

    fn decode(bytes: &[u8]) -> Self {
        Self { map: encode::from_postcard(bytes), writer: 1 }
    }
}

/// A replica of a set. There is no difference to be had: the whole state travels.
#[derive(Debug)]
pub(crate) struct CrdtsReplica {
    set: Orswot,
    writer: u64,
}

impl SyncPeer for CrdtsReplica {
    const NAME: &'static str = "crdts";

    fn pair(numbers: &[u64]) -> (Self, Self) {
        let mut set = Orswot::new();
        for (by, share) in shares(numbers) {
            set.apply(set.add_all(share.iter().copied(), set.read_ctx().derive_add_ctx(by)));
        }
        (Self { set: set.clone(), writer: 0 }, Self { set, writer: 1 })
    }

    fn add(&mut self, numbers: &[u64]) {
        for number in numbers {
            SetPeer::insert(&mut self.set, *number, self.writer);
        }
    }

    fn sync(&mut self, there: &mut Self) -> usize {
        let answer = encode::to_postcard(&there.set);
        let reply = encode::to_postcard(&self.set);
        self.set.merge(encode::from_postcard(&answer));
        there.set.merge(encode::from_postcard(&reply));
        answer.len() + reply.len()
    }

    fn len(&self) -> usize {
        self.set.iter().count()
    }

    fn payload(_number: u64) -> usize {
        8
    }
}
