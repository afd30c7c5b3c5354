//! Any bytes as a stored record, or as a chunk of a value: the first byte says which.
//!
//! ```sh
//! cd crates/node
//! REJOIN_CORPUS=fuzz/corpus cargo test -p rejoin-durable --test untrusted corpus   # to start from
//! RUSTC_BOOTSTRAP=1 cargo fuzz run record -- -max_len=4096 -timeout=5 -rss_limit_mb=512 -malloc_limit_mb=64
//! ```

#![no_main]

mod seal;

use libfuzzer_sys::fuzz_target;
use rejoin_core::{Causal, NodeId};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_durable::{Durable, Memory, Storage};
use rejoin_store::Config;

use self::seal::seal;

type Doc = Causal<OrMap<String, MvRegister<u64>>>;

fuzz_target!(|input: &[u8]| {
    let Some((which, body)) = input.split_first() else { return };
    let mut disk = Memory::new(NodeId::from_u128(1));
    disk.append(&seal(1 + which % 2, body)).expect("memory takes all");
    let Ok(mut node) = Durable::<Doc, _>::open_as(disk, 1, Config::default()) else { return };
    node.edit(|map| map.entry("after").set(1_u64)).expect("memory takes all");
    node.compact().expect("memory takes all");
    let state = node.state().clone();
    assert!(state.contains_key("after"), "it works on");
    let node = Durable::<Doc, _>::open_as(node.into_storage(), 2, Config::default());
    assert_eq!(*node.expect("its own record").state(), state);
});
