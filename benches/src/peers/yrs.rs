//! `yrs`: transactions on a document of shared types; updates are bytes.

use ::yrs::updates::decoder::Decode;
use ::yrs::updates::encoder::Encode;
use ::yrs::{Any, Doc, Map, MapRef, Out, ReadTxn, StateVector, Transact, Update};

use super::{MapPeer, SyncPeer, shares};

pub(crate) struct Yrs {
    doc: Doc,
    map: MapRef,
}

fn number(value: u64) -> Any {
    Any::from(u32::try_from(value).expect("small enough to be a number of Yjs"))
}

impl Yrs {
    fn apply(&mut self, update: &[u8]) {
        let update = Update::decode_v1(update).expect("encoded by itself");
        self.doc.transact_mut().apply_update(update).expect("nothing is missing");
    }
}

impl MapPeer for Yrs {
    const NAME: &'static str = "yrs";

    type News = Vec<u8>;

    const FINDS_NEWS: bool = true;

    fn new(writer: u64) -> Self {
        let doc = Doc::with_client_id(writer + 1);
        let map = doc.get_or_insert_map("map");
        Self { doc, map }
    }

    fn fork(&mut self, writer: u64) -> Self {
        let mut fork = Self::new(writer);
        fork.apply(&MapPeer::encode(self));
        fork
    }

    fn put(&mut self, keys: &[String], offset: u64) {
        let mut transaction = self.doc.transact_mut();
        for (value, key) in (offset..).zip(keys) {
            self.map.insert(&mut transaction, key.as_str(), number(value));
        }
    }

    fn update(&mut self, key: &str, value: u64) -> usize {
        let mut transaction = self.doc.transact_mut();
        self.map.insert(&mut transaction, key, number(value));
        transaction.encode_update_v1().len()
    }

    fn get(&self, key: &str) -> Option<u64> {
        match self.map.get(&self.doc.transact(), key)? {
            Out::Any(value) => u64::try_from(value).ok(),
            _ => None,
        }
    }

    fn news(&mut self, there: &mut Self) -> Vec<u8> {
        self.doc.transact().encode_diff_v1(&there.doc.transact().state_vector())
    }

    fn absorb(&mut self, news: Vec<u8>) {
        self.apply(&news);
    }

    fn encode(&mut self) -> Vec<u8> {
        self.doc.transact().encode_state_as_update_v1(&StateVector::default())
    }

    fn decode(bytes: &[u8]) -> Self {
        let mut replica = Self::new(1);
        replica.apply(bytes);
        replica
    }
}

/// A set as a map: the number's digits are the key.
impl SyncPeer for Yrs {
    const NAME: &'static str = "yrs";

    fn pair(numbers: &[u64]) -> (Self, Self) {
        let mut here = Self::new(100);
        for (by, share) in shares(numbers) {
            let mut part = Self::new(by);
            part.add(share);
            here.apply(&MapPeer::encode(&mut part));
        }
        let there = here.fork(101);
        (here, there)
    }

    fn add(&mut self, numbers: &[u64]) {
        let mut transaction = self.doc.transact_mut();
        for number in numbers {
            self.map.insert(&mut transaction, number.to_string(), true);
        }
    }

    fn sync(&mut self, there: &mut Self) -> usize {
        let vector = |doc: &Doc| doc.transact().state_vector().encode_v1();
        let difference = |doc: &Doc, vector: &[u8]| {
            let vector = StateVector::decode_v1(vector).expect("encoded by itself");
            doc.transact().encode_diff_v1(&vector)
        };
        let question = vector(&self.doc);
        let answer = (vector(&there.doc), difference(&there.doc, &question));
        let reply = difference(&self.doc, &answer.0);
        self.apply(&answer.1);
        there.apply(&reply);
        question.len() + answer.0.len() + answer.1.len() + reply.len()
    }

    fn len(&self) -> usize {
        self.map.len(&self.doc.transact()) as usize
    }

    fn payload(number: u64) -> usize {
        number.to_string().len()
    }
}
