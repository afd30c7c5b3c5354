//! Sets that differ, and sessions between them.

use std::collections::BTreeSet;

use rejoin_reconcile::{Config, IdSet, Initiator, Responder};

/// Numbers that follow from a seed (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.any() % bound
    }
}

/// Two sets with `shared` ids in both and others in one.
pub fn sets(random: &mut Random, shared: u64, here: u64, there: u64) -> (IdSet, IdSet) {
    let both: Vec<u64> = (0..shared).map(|_| random.any()).collect();
    let mut one = |only: u64| -> IdSet {
        both.iter().copied().chain((0..only).map(|_| random.any())).collect()
    };
    (one(here), one(there))
}

/// What a session cost, and found.
#[derive(Debug)]
pub struct Run {
    pub bytes: usize,
    pub messages: usize,
    pub verified: bool,
    pub here: BTreeSet<u64>,
    pub there: BTreeSet<u64>,
}

/// Runs a session in a network that loses nothing.
pub fn run(config: &Config, here: &IdSet, there: &IdSet) -> Run {
    let mut initiator = Initiator::new(config.clone(), 7, here);
    let mut responder = Responder::new(config.clone());
    let (mut bytes, mut messages) = (0, 0);
    while let Some(message) = initiator.message() {
        let answer = responder.handle(there, message).expect("a message of an initiator");
        if std::env::var("SHOW").is_ok() { eprint!(" {}:{}>{}:{}", message[0], message.len(), answer[0], answer.len()); }
        bytes += message.len() + answer.len();
        messages += 2;
        initiator.handle(here, &answer).expect("an answer of a responder");
    }
    let outcome = initiator.outcome().expect("no message means an outcome");
    Run {
        bytes,
        messages,
        verified: outcome.verified,
        here: outcome.send.iter().copied().collect(),
        there: responder.found().collect(),
    }
}

/// The ids that are only in the first set.
pub fn only(first: &IdSet, second: &IdSet) -> BTreeSet<u64> {
    let second: BTreeSet<u64> = second.iter().copied().collect();
    first.iter().copied().filter(|id| !second.contains(id)).collect()
}
