//! `dson`: transactions on a document, each of which gives a delta.

use ::dson::crdts::mvreg::MvRegValue;
use ::dson::crdts::snapshot::ToValue;
use ::dson::{CausalDotStore, Identifier, OrMap};

use super::MapPeer;

type Document = CausalDotStore<OrMap<String>>;

#[derive(Debug)]
pub(crate) struct Dson {
    document: Document,
    writer: Identifier,
}

fn identifier(writer: u64) -> Identifier {
    Identifier::new(u8::try_from(writer).expect("few writers"), 0)
}

impl MapPeer for Dson {
    const NAME: &'static str = "dson";

    type News = Document;

    fn new(writer: u64) -> Self {
        Self { document: Document::default(), writer: identifier(writer) }
    }

    fn fork(&mut self, writer: u64) -> Self {
        Self { document: self.document.clone(), writer: identifier(writer) }
    }

    fn put(&mut self, keys: &[String], offset: u64) {
        let mut transaction = self.document.transact(self.writer);
        for (value, key) in (offset..).zip(keys) {
            transaction.write_register(key, MvRegValue::U64(value));
        }
        _ = core::hint::black_box(transaction.commit());
    }

    fn update(&mut self, key: &str, value: u64) -> usize {
        let mut transaction = self.document.transact(self.writer);
        transaction.write_register(key, MvRegValue::U64(value));
        _ = core::hint::black_box(transaction.commit());
        0
    }

    fn get(&self, key: &str) -> Option<u64> {
        match self.document.store.get(key)?.reg.value() {
            Ok(MvRegValue::U64(value)) => Some(*value),
            _ => None,
        }
    }

    fn news(&mut self, _there: &mut Self) -> Document {
        self.document.clone()
    }

    fn absorb(&mut self, news: Document) {
        self.document.join_or_replace_with(news.store, &news.context);
    }

    fn encode(&mut self) -> Vec<u8> {
        let parts = (&self.document.store, &self.document.context);
        serde_json::to_vec(&parts).expect("keys are text") // postcard cannot: lengths are unknown
    }

    fn decode(bytes: &[u8]) -> Self {
        let (store, context) = serde_json::from_slice(bytes).expect("encoded by itself");
        Self { document: CausalDotStore { store, context }, writer: identifier(1) }
    }
}
