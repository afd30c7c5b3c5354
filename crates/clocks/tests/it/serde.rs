use std::fmt::Debug;
use std::time::Duration;

use rejoin_clocks::{
    CausalContext, Dot, DottedVersionVector, Hlc, HlcClock, Lamport, NodeId, ReplicaId,
    VersionVector, WallTime,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::support::{Dots, check, dot, id};

/// The text of the replica with this last digit.
macro_rules! r {
    ($digit:literal) => {
        concat!("\"00000000-0000-0000-0000-00000000000", $digit, "\"")
    };
}

/// The text of a dot of that replica.
macro_rules! d {
    ($digit:literal, $seq:literal) => {
        concat!("\"00000000-0000-0000-0000-00000000000", $digit, ":", $seq, "\"")
    };
}

trait Value: Serialize + DeserializeOwned + PartialEq + Debug {}
impl<T: Serialize + DeserializeOwned + PartialEq + Debug> Value for T {}

fn round_trips<T: Value>(value: &T) -> bool {
    let text = serde_json::to_string(value).expect("encodes");
    let bytes = postcard::to_allocvec(value).expect("encodes");
    serde_json::from_str::<T>(&text).expect("decodes") == *value
        && postcard::from_bytes::<T>(&bytes).expect("decodes") == *value
}

/// Checks both forms of a value byte for byte.
fn forms<T: Value>(value: &T, json: &str, binary: &[u8]) {
    assert_eq!(serde_json::to_string(value).expect("encodes"), json);
    assert_eq!(postcard::to_allocvec(value).expect("encodes"), binary);
    assert!(round_trips(value));
}

/// Checks that a text is refused with a message that says why.
fn rejects<T: Value>(json: &str, why: &str) {
    let error = serde_json::from_str::<T>(json).expect_err("malformed").to_string();
    assert!(error.contains(why), "{json}: {error}");
}

/// Checks that bytes are refused.
fn rejects_bytes<T: Value>(raw: &impl Serialize) {
    let bytes = postcard::to_allocvec(raw).expect("encodes");
    postcard::from_bytes::<T>(&bytes).expect_err("malformed");
}

/// The 16 bytes of a small id, with their length, and what follows.
fn with_id(before: &[u8], replica: u8, after: &[u8]) -> Vec<u8> {
    [before, &[16], &[0; 15], &[replica], after].concat()
}

#[test]
fn contexts_round_trip() {
    check::<fn(Dots) -> bool>(|dots| round_trips(&dots.context()));
}

#[test]
fn version_vectors_round_trip() {
    check::<fn(Dots) -> bool>(|dots| {
        round_trips(&dots.0.iter().copied().collect::<VersionVector>())
    });
}

#[test]
fn dotted_version_vectors_round_trip() {
    check::<fn(Dots, Dots) -> bool>(|dots, last| {
        let past: VersionVector = dots.0.iter().copied().collect();
        let clock = DottedVersionVector::new(last.0.first().copied(), past);
        let bytes = postcard::to_allocvec(&clock).expect("encodes");
        let decoded: DottedVersionVector = postcard::from_bytes(&bytes).expect("decodes");
        round_trips(&clock) && decoded.dot() == clock.dot() && decoded.past() == clock.past()
    });
}

#[test]
fn the_others_round_trip() {
    check::<fn(u64, u64, Duration) -> bool>(|bits, time, drift| {
        let mut lamport = Lamport::new();
        lamport.observe(time);
        let stamp = Hlc::from_bits(bits);
        round_trips(&lamport)
            && round_trips(&stamp)
            && round_trips(&HlcClock::resume(stamp, drift))
            && round_trips(&HlcClock::resume(stamp, drift).with_max_jump(drift))
            && round_trips(&WallTime::from_unix_millis(time))
            && round_trips(&id(bits.into()))
            && round_trips(&NodeId::from_u128(bits.into()))
            && round_trips(&dot(bits.into(), time.max(1)))
    });
}

/// Random bytes are an error or a context in canonical form, and no panic.
#[test]
fn random_bytes_are_canonical_or_refused() {
    check::<fn(Vec<u8>, Dots, usize, u8) -> bool>(|noise, dots, at, with| {
        let mut bytes = postcard::to_allocvec(&dots.context()).expect("encodes");
        let len = bytes.len();
        bytes[at % len] = with;
        [noise, bytes].iter().all(|bytes| {
            match postcard::take_from_bytes::<CausalContext>(bytes) {
                Ok((context, rest)) => {
                    let canonical = postcard::to_allocvec(&context).expect("encodes");
                    // Shorter only where postcard reads a varint with needless zeros.
                    canonical.len() <= bytes.len() - rest.len() && round_trips(&context)
                }
                Err(_) => true,
            }
        })
    });
}

#[test]
fn forms_of_replica_ids() {
    forms(&id(1), r!(1), &with_id(&[], 1, &[]));
    rejects::<ReplicaId>("\"alice\"", "a replica id, written as a UUID");
    rejects::<ReplicaId>("1", "a replica id, written as a UUID");
    rejects_bytes::<ReplicaId>(&[0_u8; 15]);
}

#[test]
fn forms_of_dots() {
    forms(&dot(1, 300), d!(1, "300"), &with_id(&[], 1, &[0xac, 2]));
    rejects::<Dot>(d!(1, "0"), "`seq` is 0");
    for text in
        [r!(1), d!(1, ""), d!(1, "+3"), d!(1, "03"), d!(1, "18446744073709551616"), "\"1:2\""]
    {
        rejects::<Dot>(text, "a dot, written as replica:seq");
    }
    rejects::<Dot>("7", "a dot, written as replica:seq");
    rejects_bytes::<ReplicaId>(&[0_u8; 17].as_slice());
    rejects_bytes::<Dot>(&(id(1), 0_u64));
}

#[test]
fn forms_of_version_vectors() {
    let clock: VersionVector = [dot(1, 7)].into_iter().collect();
    forms(&clock, concat!("{", r!(1), ":7}"), &with_id(&[1], 1, &[7]));
    forms(&VersionVector::new(), "{}", &[0]);
}

#[test]
fn malformed_version_vectors() {
    rejects::<VersionVector>(concat!("{", r!(1), ":0}"), "`seq` of replica 0");
    rejects::<VersionVector>(concat!("{", r!(2), ":1,", r!(1), ":1}"), "out of order");
    rejects::<VersionVector>(concat!("{", r!(1), ":1,", r!(1), ":2}"), "comes twice");
    rejects::<VersionVector>("{\"alice\":1}", "a replica id, written as a UUID");
    rejects::<VersionVector>("[]", "a version vector");
    rejects_bytes::<VersionVector>(&[(id(1), 0_u64)].as_slice());
    rejects_bytes::<VersionVector>(&[(id(2), 1_u64), (id(1), 1)].as_slice());
    rejects_bytes::<VersionVector>(&[(id(1), 1_u64), (id(1), 2)].as_slice());
}

#[test]
fn forms_of_dotted_version_vectors() {
    let past: VersionVector = [dot(1, 2)].into_iter().collect();
    let clock = DottedVersionVector::new(dot(2, 4), past.clone());
    let dotted = concat!("{\"dot\":", d!(2, "4"), ",\"past\":{", r!(1), ":2}}");
    forms(&clock, dotted, &with_id(&with_id(&[1], 2, &[4, 1]), 1, &[2]));
    let plain = concat!("{\"dot\":null,\"past\":{", r!(1), ":2}}");
    forms(&DottedVersionVector::new(None, past), plain, &with_id(&[0, 1], 1, &[2]));
    let seen = concat!("{\"dot\":", d!(1, "2"), ",\"past\":{", r!(1), ":2}}");
    rejects::<DottedVersionVector>(seen, "`dot` is already in `past`");
    let zero = concat!("{\"dot\":", d!(1, "0"), ",\"past\":{}}");
    rejects::<DottedVersionVector>(zero, "`seq` is 0");
}

#[test]
fn forms_of_contexts() {
    let mut context = CausalContext::new();
    context.insert_run(id(1), 1..=3);
    context.insert_run(id(1), 5..=9);
    context.insert_run(id(2), 4..=4);
    let json = concat!("{", r!(1), ":[[1,3],[5,9]],", r!(2), ":[[4,4]]}");
    let binary = with_id(&with_id(&[2], 1, &[2, 1, 3, 2, 5]), 2, &[1, 4, 1]);
    forms(&context, json, &binary);
    forms(&CausalContext::new(), "{}", &[0]);
}

#[test]
fn malformed_contexts() {
    let rejects = |runs: &str, why: &str| {
        rejects::<CausalContext>(&format!("{{{}:{runs}}}", r!(1)), why);
    };
    rejects("[[0,1]]", "`start` of a run of replica 0");
    rejects("[[2,1]]", "has an empty run");
    rejects("[]", "has an empty run");
    rejects("[[1,3],[3,4]]", "overlap");
    rejects("[[1,3],[4,4]]", "are adjacent");
    rejects("[[5,6],[1,2]]", "out of order");
    rejects("[[1,2,3]]", "trailing characters");
    rejects("7", "the runs of a replica");
    rejects(concat!("[[1,1]],", r!(1), ":[[3,3]]"), "out of order");
    rejects(concat!("[[1,1]],", r!(0), ":[[3,3]]"), "out of order");
}

#[test]
fn malformed_binary_contexts() {
    let rejects = |runs: &[(u64, u64)]| rejects_bytes::<CausalContext>(&[(id(1), runs)].as_slice());
    rejects(&[]);
    rejects(&[(0, 1)]);
    rejects(&[(1, 0)]);
    rejects(&[(1, 1), (0, 1)]);
    rejects(&[(1, 1), (1, 1)]);
    rejects(&[(1, 1), (2, 0)]);
    rejects(&[(2, u64::MAX)]);
    rejects(&[(5, 1), (u64::MAX, 1)]);
    let twice: [(ReplicaId, &[(u64, u64)]); 2] = [(id(1), &[(1, 1)]), (id(1), &[(3, 1)])];
    rejects_bytes::<CausalContext>(&twice.as_slice());
    let unsorted: [(ReplicaId, &[(u64, u64)]); 2] = [(id(2), &[(1, 1)]), (id(1), &[(3, 1)])];
    rejects_bytes::<CausalContext>(&unsorted.as_slice());
    // The limits themselves are fine.
    let whole = postcard::to_allocvec(&[(id(1), [(1_u64, u64::MAX)].as_slice())].as_slice());
    let whole: CausalContext = postcard::from_bytes(&whole.expect("encodes")).expect("decodes");
    assert_eq!(whole.len(), u64::MAX);
}

#[test]
fn announced_lengths_are_not_believed() {
    // A length of 2⁶⁴ − 1, and nothing behind it.
    let huge = [&[0xff; 9][..], &[1]].concat();
    postcard::from_bytes::<CausalContext>(&huge).expect_err("too short");
    postcard::from_bytes::<VersionVector>(&huge).expect_err("too short");
    postcard::from_bytes::<CausalContext>(&with_id(&[1], 1, &huge)).expect_err("too short");
}

/// In the bytes of the id with incarnation 0.
#[test]
fn forms_of_nodes() {
    forms(&NodeId::from_u128(1), r!(1), &with_id(&[], 1, &[]));
    rejects::<NodeId>("\"00000000-0001-0000-0000-000000000001\"", "the id of a run");
    rejects::<NodeId>("\"alice\"", "a node id must be written as a UUID");
    rejects::<NodeId>("1", "a node id, written as a UUID");
    rejects_bytes::<NodeId>(&NodeId::from_u128(1).run(1));
    rejects_bytes::<NodeId>(&[0_u8; 15].as_slice());
}

#[test]
fn forms_of_wall_times() {
    forms(&WallTime::UNIX_EPOCH, "0", &[0]);
    forms(&WallTime::from_unix_millis(300), "300", &[0xac, 2]);
    rejects::<WallTime>("-1", "u64");
}

#[test]
fn forms_of_stamps() {
    let stamp = Hlc::new(WallTime::from_unix_millis(1), 2).expect("48 bits");
    forms(&stamp, "{\"millis\":1,\"counter\":2}", &[0x82, 0x80, 4]);
    rejects::<Hlc>("{\"millis\":281474976710656,\"counter\":0}", "`millis`");
    rejects::<Hlc>("{\"millis\":1,\"counter\":65536}", "65536");
    rejects::<Hlc>("{\"millis\":1}", "`counter`");
}

#[test]
fn forms_of_clocks() {
    let mut lamport = Lamport::new();
    lamport.observe(9);
    forms(&lamport, "9", &[9]);
    let clock = HlcClock::resume(Hlc::MIN, Duration::from_millis(1_500));
    let json = "{\"last\":{\"millis\":0,\"counter\":0},\
                \"max_drift\":{\"secs\":1,\"nanos\":500000000},\"max_jump\":null}";
    forms(&clock, json, &[0, 1, 0x80, 0xca, 0xb5, 0xee, 1, 0]);
    rejects::<HlcClock>("{\"last\":{\"millis\":0,\"counter\":0}}", "`max_drift`");
    let json = json.replace("null", "{\"secs\":9,\"nanos\":7}");
    let clock = clock.with_max_jump(Duration::new(9, 7));
    forms(&clock, &json, &[0, 1, 0x80, 0xca, 0xb5, 0xee, 1, 1, 9, 7]);
    let long = json.replace("\"nanos\":7", "\"nanos\":1000000000");
    rejects::<HlcClock>(&long, "`nanos` takes more than a second");
    let long = json.replace("500000000", "1000000000");
    rejects::<HlcClock>(&long, "`nanos` takes more than a second");
}
