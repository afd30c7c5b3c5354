//! Any bytes as messages of a session, to both sides of it, and as what else is decoded: a summary,
//! and coded symbols. Two bytes of length before each.
//!
//! ```sh
//! cd crates/reconcile
//! export REJOIN_CORPUS=fuzz/corpus/session
//! cargo test -p rejoin-reconcile --test it corpus   # to start from
//! RUSTC_BOOTSTRAP=1 cargo fuzz run session -- \
//!     -max_len=4096 -timeout=5 -rss_limit_mb=512 -malloc_limit_mb=64
//! ```

#![no_main]

use libfuzzer_sys::fuzz_target;
use rejoin_reconcile::rateless::{Decoder, SymbolReader};
use rejoin_reconcile::{Config, IdSet, Ids, Initiator, Responder, Summary};

/// Three hundred ids that look random.
fn set(first: u64) -> IdSet {
    (first..first + 300).map(|number| (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect()
}

thread_local! {
    static SETS: [IdSet; 2] = [set(0), set(20)];
}

fn session(input: &[u8], [here, there]: &[IdSet; 2]) {
    let mut initiator = Initiator::new(Config::default(), 7, here);
    let mut responder = Responder::new(Config::default());
    let mut rest = input;
    while let Some((length, more)) = rest.split_first_chunk() {
        let (message, more) = more.split_at(more.len().min(u16::from_le_bytes(*length).into()));
        rest = more;
        if let Ok(answer) = responder.handle(there, message) {
            assert!(answer.len() <= 1 << 20, "messages are bounded");
            let _ = initiator.handle(here, &answer);
        }
        let _ = initiator.handle(here, message);
        if let Some(message) = initiator.message() {
            assert!(message.len() <= 1 << 20, "messages are bounded");
        }
    }
    assert!(responder.found().all(|id| there.contains(id)), "only what is there is found");
    if let Some(outcome) = initiator.outcome() {
        assert!(outcome.send.iter().all(|&id| here.contains(id)), "only what is here is sent");
    }
}

fn others(input: &[u8]) {
    if let Some(summary) = Summary::from_bytes(input) {
        assert_eq!(summary.to_bytes(), input, "there is one encoding");
    }
    let Some(symbols) = SymbolReader::new(input) else { return };
    let mut decoder = Decoder::new(1..=100);
    for symbol in symbols.take(1_000) {
        decoder.push(symbol);
    }
    let _ = decoder.into_difference();
}

fuzz_target!(|input: &[u8]| {
    SETS.with(|sets| session(input, sets));
    others(input);
});
