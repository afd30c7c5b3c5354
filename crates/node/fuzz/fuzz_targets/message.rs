//! Any bytes as messages of a peer, one after the other: two bytes of length before each.
//!
//! ```sh
//! cd crates/node
//! REJOIN_CORPUS=fuzz/corpus cargo test -p rejoin-durable --test untrusted corpus   # to start from
//! RUSTC_BOOTSTRAP=1 cargo fuzz run message -- -max_len=8192 -timeout=5 -rss_limit_mb=512 -malloc_limit_mb=64
//! ```

#![no_main]

mod seal;

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rejoin_core::{Causal, Edit, ReplicaId};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_store::{Config, Replica, Time};

use self::seal::seal;

type Doc = Causal<OrMap<String, MvRegister<u64>>>;

const HERE: ReplicaId = ReplicaId::from_u128(1);
const THERE: ReplicaId = ReplicaId::from_u128(2);

fn settle(replica: &mut Replica<Doc>) {
    while let Some(group) = replica.pending().expect("it can be encoded") {
        replica.persisted(group.number);
    }
}

fuzz_target!(|input: &[u8]| {
    let mut state = Doc::default();
    state.edit(HERE, |map| map.entry("key:1").set(7_u64));
    let mut victim = Replica::with_state(HERE, state, Config::default());
    victim.connected(Time::ZERO, THERE);

    let mut rest = input;
    let mut now = Time::ZERO;
    while let Some((length, more)) = rest.split_first_chunk() {
        let (body, more) = more.split_at(more.len().min(u16::from_le_bytes(*length).into()));
        rest = more;
        now = now + Duration::from_millis(100);
        let before = victim.state().clone();
        if victim.handle(now, THERE, &seal(2, body)).is_err() {
            assert_eq!(*victim.state(), before, "what is refused has changed nothing");
        }
        settle(&mut victim);
        while victim.poll_transmit(now).is_some() {}
    }

    victim.stage(|map| map.entry("after").set(1_u64)).expect("it can be encoded");
    assert!(victim.state().contains_key("after"), "it works on");
    settle(&mut victim);
    now = now + Duration::from_secs(60);
    victim.handle_timeout(now);
    while victim.poll_transmit(now).is_some() {}
    let bytes = rejoin_codec::to_vec(victim.state()).expect("encodes");
    assert_eq!(rejoin_codec::from_slice::<Doc>(&bytes).as_ref(), Ok(victim.state()));
});
