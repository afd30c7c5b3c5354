//! `loro`: a document with its history; updates are bytes.

use ::loro::{ExportMode, LoroDoc, LoroMap, VersionVector};

use super::{MapPeer, SyncPeer, shares};

#[derive(Debug)]
pub(crate) struct Loro {
    doc: LoroDoc,
    map: LoroMap,
}

impl Loro {
    fn of(doc: LoroDoc, writer: u64) -> Self {
        doc.set_peer_id(writer + 1).expect("nothing is pending");
        let map = doc.get_map("map");
        Self { doc, map }
    }

    fn since(&self, version: &VersionVector) -> Vec<u8> {
        self.doc.export(ExportMode::updates(version)).expect("the history is complete")
    }

    fn import(&mut self, bytes: &[u8]) {
        self.doc.import(bytes).expect("exported by itself");
    }
}

impl MapPeer for Loro {
    const NAME: &'static str = "loro";

    type News = Vec<u8>;

    const FINDS_NEWS: bool = true;

    fn new(writer: u64) -> Self {
        Self::of(LoroDoc::new(), writer)
    }

    fn fork(&mut self, writer: u64) -> Self {
        Self::of(self.doc.fork(), writer)
    }

    fn put(&mut self, keys: &[String], offset: u64) {
        for (value, key) in (offset..).zip(keys) {
            self.map.insert(key, value as i64).expect("attached");
        }
        self.doc.commit();
    }

    fn update(&mut self, key: &str, value: u64) -> usize {
        let before = self.doc.oplog_vv();
        self.map.insert(key, value as i64).expect("attached");
        self.doc.commit();
        self.since(&before).len()
    }

    fn get(&self, key: &str) -> Option<u64> {
        let value = self.map.get(key)?.into_value().ok()?.into_i64().ok()?;
        u64::try_from(value).ok()
    }

    fn news(&mut self, there: &mut Self) -> Vec<u8> {
        self.since(&there.doc.oplog_vv())
    }

    fn absorb(&mut self, news: Vec<u8>) {
        self.import(&news);
    }

    fn encode(&mut self) -> Vec<u8> {
        self.doc.export(ExportMode::Snapshot).expect("nothing is pending")
    }

    fn decode(bytes: &[u8]) -> Self {
        let mut replica = Self::new(1);
        replica.import(bytes);
        replica
    }
}

/// A set as a map: the number's digits are the key.
impl SyncPeer for Loro {
    const NAME: &'static str = "loro";

    fn pair(numbers: &[u64]) -> (Self, Self) {
        let mut here = Self::new(100);
        for (by, share) in shares(numbers) {
            let mut part = Self::new(by);
            part.add(share);
            here.import(&part.since(&VersionVector::default()));
        }
        let there = here.fork(101);
        (here, there)
    }

    fn add(&mut self, numbers: &[u64]) {
        for number in numbers {
            self.map.insert(&number.to_string(), true).expect("attached");
        }
        self.doc.commit();
    }

    fn sync(&mut self, there: &mut Self) -> usize {
        let decode = |bytes: &[u8]| VersionVector::decode(bytes).expect("encoded by itself");
        let question = self.doc.oplog_vv().encode();
        let answer = (there.doc.oplog_vv().encode(), there.since(&decode(&question)));
        let reply = self.since(&decode(&answer.0));
        self.import(&answer.1);
        there.import(&reply);
        question.len() + answer.0.len() + answer.1.len() + reply.len()
    }

    fn len(&self) -> usize {
        self.map.len()
    }

    fn payload(number: u64) -> usize {
        number.to_string().len()
    }
}
