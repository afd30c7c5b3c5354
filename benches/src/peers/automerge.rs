//! `automerge`: a document with its compressed history.

use ::automerge::sync::{Message, State, SyncDoc};
use ::automerge::transaction::Transactable;
use ::automerge::{ActorId, AutoCommit, ROOT, ReadDoc};

use super::{MapPeer, SyncPeer, shares};

pub(crate) struct Automerge {
    doc: AutoCommit,
}

/// Sends one message, if there is one to send, and gives its bytes.
fn send(
    from: &mut AutoCommit,
    about: &mut State,
    to: &mut AutoCommit,
    back: &mut State,
) -> Option<usize> {
    let bytes = from.sync().generate_sync_message(about)?.encode();
    let message = Message::decode(&bytes).expect("encoded by itself");
    to.sync().receive_sync_message(back, message).expect("as the protocol says");
    Some(bytes.len())
}

fn actor(writer: u64) -> ActorId {
    ActorId::from((writer + 1).to_be_bytes())
}

impl MapPeer for Automerge {
    const NAME: &'static str = "automerge";

    type News = AutoCommit;

    fn new(writer: u64) -> Self {
        Self { doc: AutoCommit::new().with_actor(actor(writer)) }
    }

    fn fork(&mut self, writer: u64) -> Self {
        Self { doc: self.doc.fork().with_actor(actor(writer)) }
    }

    fn put(&mut self, keys: &[String], offset: u64) {
        for (value, key) in (offset..).zip(keys) {
            self.doc.put(ROOT, key, value).expect("the root is a map");
        }
        self.doc.commit();
    }

    fn update(&mut self, key: &str, value: u64) -> usize {
        self.doc.put(ROOT, key, value).expect("the root is a map");
        self.doc.save_incremental().len()
    }

    fn get(&self, key: &str) -> Option<u64> {
        self.doc.get(ROOT, key).ok()??.0.as_u64()
    }

    fn news(&mut self, _there: &mut Self) -> AutoCommit {
        self.doc.fork()
    }

    fn absorb(&mut self, mut news: AutoCommit) {
        self.doc.merge(&mut news).expect("the changes are whole");
    }

    fn encode(&mut self) -> Vec<u8> {
        self.doc.save()
    }

    fn decode(bytes: &[u8]) -> Self {
        let doc = AutoCommit::load(bytes).expect("saved by itself");
        Self { doc: doc.with_actor(actor(1)) }
    }
}

/// A set as a map: the number's digits are the key.
impl SyncPeer for Automerge {
    const NAME: &'static str = "automerge";

    fn pair(numbers: &[u64]) -> (Self, Self) {
        let mut here = Self::new(100);
        for (by, share) in shares(numbers) {
            let mut part = Self::new(by);
            part.add(share);
            here.doc.merge(&mut part.doc).expect("the changes are whole");
        }
        let there = here.fork(101);
        (here, there)
    }

    fn add(&mut self, numbers: &[u64]) {
        for number in numbers {
            self.doc.put(ROOT, number.to_string(), true).expect("the root is a map");
        }
        self.doc.commit();
    }

    fn sync(&mut self, there: &mut Self) -> usize {
        let (mut ours, mut theirs) = (State::new(), State::new());
        let mut sent = 0;
        loop {
            let one = send(&mut self.doc, &mut ours, &mut there.doc, &mut theirs);
            let other = send(&mut there.doc, &mut theirs, &mut self.doc, &mut ours);
            if one.is_none() && other.is_none() {
                return sent;
            }
            sent += one.unwrap_or(0) + other.unwrap_or(0);
        }
    }

    fn len(&self) -> usize {
        self.doc.length(ROOT)
    }

    fn payload(number: u64) -> usize {
        number.to_string().len()
    }
}
