//! Any bytes as any type: the first byte says which, the others are decoded.
//!
//! ```sh
//! cd crates/codec
//! export REJOIN_CORPUS=$PWD/fuzz/corpus/decode
//! cargo test -p rejoin-tests --test it corpus   # to start from
//! RUSTC_BOOTSTRAP=1 cargo fuzz run decode -- \
//!     -max_len=4096 -timeout=5 -rss_limit_mb=512 -malloc_limit_mb=64
//! ```

#![no_main]

use libfuzzer_sys::fuzz_target;
use rejoin_core::{Crdt, Decompose, Diff};
use rejoin_tests::accepted;
use rejoin_tests::samples::{self, Value, Visitor};

type Target = Box<dyn Fn(&[u8])>;

/// What is done with the bytes of each type.
#[derive(Default)]
struct Targets(Vec<Target>);

impl Visitor for Targets {
    fn value<T: Value>(&mut self, name: &str, _sample: T) {
        let is_strict = !["plain", "std_map"].contains(&name); // std sorts; not all floats are equal
        self.0.push(Box::new(move |bytes| {
            if !is_strict {
                let _ = rejoin_codec::from_slice::<T>(bytes);
            } else if let Some(value) = accepted::value::<T>(bytes) {
                accepted::json(&value);
            }
        }));
    }

    fn crdt<T>(&mut self, _name: &str, sample: T)
    where
        T: Value + Crdt + Diff<Digest: Value> + Decompose,
    {
        self.0.push(Box::new(move |bytes| {
            if let Some(value) = accepted::value::<T>(bytes) {
                accepted::json(&value);
                accepted::crdt(&value, &sample);
            }
        }));
    }
}

thread_local! {
    static TARGETS: Vec<Target> = {
        let mut targets = Targets::default();
        samples::all(&mut targets);
        targets.0
    };
}

fuzz_target!(|input: &[u8]| {
    let Some((which, bytes)) = input.split_first() else { return };
    TARGETS.with(|targets| targets[usize::from(*which) % targets.len()](bytes));
});
