use std::time::Duration;

use rejoin_core::{
    Causal, CausalContext, Crdt, Decompose, Diff, Dot, DotFun, DotMap, DotSet, DottedVersionVector,
    Edit, HlcClock, Lamport, ReplicaId, VersionVector, WallTime,
};
use rejoin_sets::AwSet;

use super::{ALICE, BOB, Visitor, edited, stamp};

pub(super) fn clocks(visitor: &mut impl Visitor) {
    visitor.value("replica_id", ALICE);
    visitor.value("node_id", ALICE.node());
    visitor.value("dot", dot(ALICE, 300));
    let past: VersionVector = [dot(ALICE, 2), dot(BOB, 70_000)].into_iter().collect();
    visitor.value("version_vector", past.clone());
    visitor.value("dotted_version_vector", DottedVersionVector::new(dot(BOB, 70_003), past));
    let mut context = CausalContext::new();
    context.insert_run(ALICE, 1..=3);
    context.insert_run(ALICE, 5..=9);
    context.insert_run(BOB, 4..=u64::MAX);
    visitor.value("causal_context", context);
    let mut lamport = Lamport::new();
    lamport.observe(9);
    visitor.value("lamport", lamport);
    visitor.value("wall_time", WallTime::from_unix_millis(1_700_000_000_000));
    visitor.value("hlc", stamp(1_700_000_000_000));
    visitor.value("hlc_clock", HlcClock::resume(stamp(5), Duration::from_millis(1_500)));
}

pub(super) fn stores(visitor: &mut impl Visitor) {
    let set = edited::<Causal<DotSet>>(|set| set.write(), |set| set.write(), |set| set.write());
    visitor.crdt("dot_set", set);
    let fun = edited::<Causal<DotFun<u8>>>(|_| {}, |fun| fun.write(4), |_| {});
    visitor.crdt("dot_fun", fun);
    let mut map = Causal::<DotMap<u8, DotSet>>::default();
    map.edit(BOB, |map| map.entry(1).write());
    let removal = map.edit(BOB, |map| map.remove(&1));
    visitor.crdt("removal", removal); // what it removes is foretold
    let delta = map.edit(BOB, |map| map.entry(2).write());
    visitor.crdt("dot_map", map);
    visitor.crdt("delta", delta);
}

/// What arrives when the rest is lost: pieces that came early, and what tells what they replace.
pub(super) fn halves(visitor: &mut impl Visitor) {
    let mut here = Causal::<AwSet<String>>::default();
    here.edit(ALICE, |set| set.extend(["figs", "oat milk", "rye"].map(String::from)));
    let mut there = here.clone();
    there.edit(BOB, |set| {
        set.remove("figs");
        set.extend(["rye", "tea"].map(String::from));
    });
    visitor.value("digest", here.digest());
    let mut parts = Vec::new();
    there.decompose(&mut |part| parts.push(part));
    let rest = parts.pop().expect("what is gone");
    for part in parts {
        here.merge(part);
    }
    visitor.value("digest_of_halves", here.digest());
    visitor.crdt("early", here);
    visitor.crdt("awaited", rest);
}

fn dot(replica: ReplicaId, seq: u64) -> Dot {
    Dot::new(replica, seq).expect("not 0")
}
