//! Sets that differ, and sessions between them.

use std::collections::BTreeSet;

use rejoin_reconcile::{Config, IdSet, Initiator, Responder};

/// Numbers that follow from a seed (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.any() % bound
    }
}

/// How many cases are tried: `usual`, or as many as the variable `REJOIN_CASES` says.
pub(crate) fn cases(usual: u64) -> u64 {
    std::env::var("REJOIN_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

/// Two sets with `shared` ids in both and others in one, drawn by `id`.
pub(crate) fn sets_of(
    random: &mut Random,
    [shared, here, there]: [u64; 3],
    id: impl Fn(&mut Random) -> u64,
) -> (IdSet, IdSet) {
    let both: Vec<u64> = (0..shared).map(|_| id(random)).collect();
    let mut one = |only: u64| -> IdSet {
        both.iter().copied().chain((0..only).map(|_| id(random))).collect()
    };
    (one(here), one(there))
}

/// Two sets of random ids.
pub(crate) fn sets(random: &mut Random, sizes: [u64; 3]) -> (IdSet, IdSet) {
    sets_of(random, sizes, Random::any)
}

/// What a session cost, and found.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) bytes: usize,
    pub(crate) longest: usize,
    pub(crate) messages: usize,
    pub(crate) verified: bool,
    pub(crate) here: BTreeSet<u64>,
    pub(crate) there: BTreeSet<u64>,
}

/// Runs a session in a network that loses nothing.
pub(crate) fn run(config: &Config, here: &IdSet, there: &IdSet) -> Run {
    let mut initiator = Initiator::new(config.clone(), 7, here);
    let mut responder = Responder::new(config.clone());
    let (mut bytes, mut longest, mut messages) = (0, 0, 0);
    while let Some(message) = initiator.message() {
        let answer = responder.handle(there, message).expect("a message of an initiator");
        bytes += message.len() + answer.len();
        longest = longest.max(message.len()).max(answer.len());
        messages += 2;
        initiator.handle(here, &answer).expect("an answer of a responder");
    }
    let outcome = initiator.outcome().expect("no message means an outcome");
    Run {
        bytes,
        longest,
        messages,
        verified: outcome.verified,
        here: outcome.send.iter().copied().collect(),
        there: responder.found().collect(),
    }
}

/// The ids that are only in the first set.
pub(crate) fn only(first: &IdSet, second: &IdSet) -> BTreeSet<u64> {
    let second: BTreeSet<u64> = second.iter().copied().collect();
    first.iter().copied().filter(|id| !second.contains(id)).collect()
}

/// Whether all that differs was found, and nothing that was not there.
pub(crate) fn is_exact(run: &Run, here: &IdSet, there: &IdSet) -> bool {
    run.here == only(here, there) && run.there == only(there, here)
}

/// Whether both sides are equal once each has what the other one sends, and send only their own.
pub(crate) fn is_enough(run: &Run, here: &IdSet, there: &IdSet) -> bool {
    let [has, lacks] = [here, there].map(|set| set.iter().copied().collect::<BTreeSet<u64>>());
    run.here.is_subset(&has)
        && run.there.is_subset(&lacks)
        && only(here, there).is_subset(&run.here)
        && only(there, here).is_subset(&run.there)
}
