//! What was computed before, by the hashes of what went in: a voter, a client, messages.
//!
//! Each thread of a checker has its own, and a checker starts its own threads, so all that else
//! matters (the setup) is the same.

use core::cell::RefCell;
use std::collections::HashMap;

use crate::model::shared::Shared;
use crate::model::step::{ClientStep, VoterStep};
use crate::model::world::{Client, Envelope, Voter};

type Key = (u64, Vec<u64>);

#[derive(Default)]
struct Memo {
    voters: HashMap<Key, VoterStep>,
    news: HashMap<Key, bool>,
    clients: HashMap<Key, ClientStep>,
    ways: HashMap<Key, Vec<Vec<usize>>>,
}

thread_local! {
    static MEMO: RefCell<Memo> = RefCell::default();
}

pub(crate) fn voter(
    voter: &Shared<Voter>,
    request: &Shared<Envelope>,
    compute: impl FnOnce() -> VoterStep,
) -> VoterStep {
    remember(|memo| &mut memo.voters, key(voter, &[request]), compute)
}

pub(crate) fn is_news(
    voter: &Shared<Voter>,
    request: &Shared<Envelope>,
    compute: impl FnOnce() -> bool,
) -> bool {
    remember(|memo| &mut memo.news, key(voter, &[request]), compute)
}

pub(crate) fn client(
    client: &Shared<Client>,
    replies: &[&Shared<Envelope>],
    compute: impl FnOnce() -> ClientStep,
) -> ClientStep {
    remember(|memo| &mut memo.clients, key(client, replies), compute)
}

pub(crate) fn ways(
    client: &Shared<Client>,
    replies: &[&Shared<Envelope>],
    compute: impl FnOnce() -> Vec<Vec<usize>>,
) -> Vec<Vec<usize>> {
    remember(|memo| &mut memo.ways, key(client, replies), compute)
}

fn key<T>(of: &Shared<T>, envelopes: &[&Shared<Envelope>]) -> Key {
    (of.key(), envelopes.iter().map(|envelope| envelope.key()).collect())
}

fn remember<T: Clone>(
    table: fn(&mut Memo) -> &mut HashMap<Key, T>,
    key: Key,
    compute: impl FnOnce() -> T,
) -> T {
    let known = MEMO.with_borrow_mut(|memo| table(memo).get(&key).cloned());
    known.unwrap_or_else(|| {
        let computed = compute();
        MEMO.with_borrow_mut(|memo| table(memo).insert(key, computed.clone()));
        computed
    })
}
