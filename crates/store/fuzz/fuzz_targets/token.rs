//! Any text as a causal token: as it is, and with the right checksum and letters.
//!
//! ```sh
//! cd crates/store
//! RUSTC_BOOTSTRAP=1 cargo fuzz run token -- -max_len=4096 -timeout=5 -rss_limit_mb=512 -malloc_limit_mb=64
//! ```

#![no_main]

mod seal;

use libfuzzer_sys::fuzz_target;
use rejoin_core::VersionVector;
use rejoin_store::consistency::CausalToken;

use self::seal::seal;

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// base64url without padding, written anew.
fn letters(bytes: &[u8]) -> String {
    let letter = |bits: u32| char::from(LETTERS[(bits & 63) as usize]);
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        text.extend((0..=three.len()).map(|at| letter(bits >> (18 - 6 * at))));
    }
    text
}

/// Whatever is read is a token that has this text and no other.
fn read(text: &str) -> Option<CausalToken> {
    let token: CausalToken = text.parse().ok()?;
    assert_eq!(token.to_string(), text);
    let clock: VersionVector = token.as_clock().clone();
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
