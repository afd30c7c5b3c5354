//! Any text as a causal token: as it is, and with the right checksum and letters.
//!
//! ```sh
//! cd crates/node
//! RUSTC_BOOTSTRAP=1 cargo fuzz run token -- -max_len=4096 -timeout=5 -rss_limit_mb=512 -malloc_limit_mb=64
//! ```

#![no_main]

#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../../session/tests/it/letters.rs"]
mod letters;
mod seal;

use libfuzzer_sys::fuzz_target;
use rejoin_session::CausalToken;

use self::letters::letters;
use self::seal::seal;

/// Whatever is read is a token that has this text and no other.
fn read(text: &str) -> Option<CausalToken> {
    let token: CausalToken = text.parse().ok()?;
    assert_eq!(token.to_string(), text);
    let clock = token.as_clock().clone();
    assert!(token.is_met_by(&clock) && token.missing(&clock).next().is_none());
    Some(token)
}

fuzz_target!(|input: &[u8]| {
    read(&String::from_utf8_lossy(input));
    if let Some(mut token) = read(&letters(&seal(1, input))) {
        let clock = token.as_clock().clone();
        token.settle(&clock);
        assert!(token.is_empty());
    }
});
