//! The benchmark of ConflictSync (Gomes, Rodrigues, Baquero, 2025): two sets of 100 000 random
//! strings of 5 to 80 letters and digits, of which some are in both.
//!
//! `cargo run --release -p rejoin-reconcile --example conflict_sync` prints what is sent in all,
//! both ways, beside the minimum (the strings that differ) and the paper's best. As there, a string
//! counts its bytes; the last column has a byte more for the length of each.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rejoin_reconcile::{Config, IdSet, Initiator, Responder};

const LEN: usize = 100_000;

/// Similarity in percent, and the megabytes that the paper's best algorithm sends.
const ROWS: [(usize, f64); 6] =
    [(0, 8.70), (50, 3.06), (75, 1.45), (90, 0.615), (95, 0.337), (99, 0.080)];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn string(&mut self) -> String {
        const LETTERS: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let len = 5 + self.any() % 76;
        (0..len).map(|_| char::from(LETTERS[(self.any() % 62) as usize])).collect()
    }
}

/// A replica: its strings by their ids, and the set of those.
#[derive(Default)]
struct Replica {
    strings: BTreeMap<u64, String>,
    ids: IdSet,
}

impl Replica {
    fn insert(&mut self, string: String) {
        let mut hasher = DefaultHasher::new();
        "a key that both replicas know".hash(&mut hasher);
        string.hash(&mut hasher);
        let id = hasher.finish();
        if self.ids.insert(id) {
            self.strings.insert(id, string);
        }
    }

    /// The strings of some ids.
    fn strings(&self, ids: impl IntoIterator<Item = u64>) -> Vec<String> {
        ids.into_iter().map(|id| self.strings[&id].clone()).collect()
    }
}

/// The bytes of all messages, of all strings that were sent, and how many those were.
fn synchronise(here: &mut Replica, there: &mut Replica) -> (usize, usize, usize) {
    let mut initiator = Initiator::new(Config::default().item_bytes(42), 1, &here.ids);
    let mut responder = Responder::new(Config::default());
    let mut messages = 0;
    while let Some(message) = initiator.message() {
        let answer = responder.handle(&there.ids, message).expect("a message of an initiator");
        messages += message.len() + answer.len();
        initiator.handle(&here.ids, &answer).expect("an answer of a responder");
    }
    let outcome = initiator.outcome().expect("the session has ended");
    assert!(outcome.verified, "not all differences were found");
    let to_there = here.strings(outcome.send.iter().copied());
    let to_here = there.strings(responder.found());
    let sent = to_there.iter().chain(&to_here).map(String::len).sum();
    let count = to_there.len() + to_here.len();
    to_there.into_iter().for_each(|string| there.insert(string));
    to_here.into_iter().for_each(|string| here.insert(string));
    (messages, sent, count)
}

fn main() {
    println!("similarity   minimum   paper's best        ours  × minimum  with lengths");
    for (similarity, best) in ROWS {
        let mut random = Random(similarity as u64);
        let shared = 2 * similarity * LEN / (100 + similarity);
        let (mut here, mut there) = (Replica::default(), Replica::default());
        let mut minimum = 0;
        for _ in 0..shared {
            let string = random.string();
            here.insert(string.clone());
            there.insert(string);
        }
        for replica in [&mut here, &mut there] {
            for _ in shared..LEN {
                let string = random.string();
                minimum += string.len();
                replica.insert(string);
            }
        }
        let (messages, sent, count) = synchronise(&mut here, &mut there);
        assert!(here.strings == there.strings, "the replicas differ");
        let [minimum, ours, with_lengths] =
            [minimum, messages + sent, messages + sent + count].map(|bytes| bytes as f64 / 1e6);
        let ratio = ours / minimum;
        println!(
            "{similarity:>9} %  {minimum:>8.3}  {best:>13.3}  {ours:>10.3}  {ratio:>9.2}  \
             {with_lengths:>12.3}"
        );
    }
}
