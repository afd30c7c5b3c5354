//! Bytes that an attacker would think of, with little in them that stands for much.

use rejoin_codec::{Codec, DecodeError, Reason, from_slice, to_vec};
use rejoin_core::{Causal, CausalContext, DotFun, DotSet, Edit};
use rejoin_maps::{GMap, OrMap};
use rejoin_registers::{EwFlag, Max, MvRegister};
use rejoin_sets::{AwBag, AwSet};
use rejoin_tests::accepted;
use rejoin_tests::samples::{ALICE, Json, Scalar, Value};
use serde::{Deserialize, Serialize};

use crate::memory;

/// The header and the columns with one replica, then the data.
fn with_columns(runs: &[u8], counts: &[u8], data: &[u8]) -> Vec<u8> {
    let lengths = [runs.len() as u8, counts.len() as u8];
    [&[0x82, 1], &ALICE.as_bytes()[..], &lengths, runs, counts, data].concat()
}

/// Checks why bytes are refused, and that refusing them took no memory to speak of.
#[track_caller]
fn refuses<T: Value>(bytes: &[u8], reason: &Reason) {
    let (result, peak) = memory::peak(|| from_slice::<T>(bytes));
    let error = result.expect_err("malformed");
    assert_eq!(error.reason(), reason, "{error}");
    assert!(error.offset().is_some_and(|offset| offset <= bytes.len()), "{error:?}");
    assert!(peak < 4_096 + 64 * bytes.len(), "{peak} bytes");
}

/// 2⁶⁴ − 1.
const HUGE: [u8; 9] = [0xff; 9];

#[test]
fn lengths_beyond_the_end() {
    let length = Reason::Length(u64::MAX);
    let data = [&[2][..], &HUGE, &[0; 100]].concat();
    refuses::<Vec<u64>>(&data, &length);
    refuses::<Vec<()>>(&data, &length);
    refuses::<String>(&data, &length);
    refuses::<GMap<u8, Max<u8>>>(&data, &length);
    refuses::<Vec<u64>>(&[&[0x82][..], &HUGE, &[0; 100]].concat(), &length);
    refuses::<Vec<u64>>(&[&[0x82, 0][..], &HUGE, &[0; 100]].concat(), &length);
    refuses::<CausalContext>(&with_columns(&[], &[], &[&[1, 0][..], &HUGE].concat()), &length);
    // A store with 2⁶⁴ − 1 dots.
    let counts = [&[0][..], &[0xff; 8], &[0xfd]].concat();
    refuses::<DotSet>(&with_columns(&[], &counts, &[0, 1]), &length);
    refuses::<DotFun<()>>(&with_columns(&[], &counts, &[0, 1]), &length);
    refuses::<Vec<u8>>(&[2, 0x83, 0xe8], &Reason::Length(1_000));
}

#[test]
fn long_runs_stand_for_no_more_than_there_are_keys() {
    // A run of 2⁶³ dots, and one store.
    let runs = [&[0xff; 8][..], &[0xfe], &[0]].concat();
    refuses::<EwFlag>(&with_columns(&runs, &[], &[]), &Reason::Run);
    refuses::<AwSet<u8>>(&with_columns(&runs, &[], &[2, 7, 8]), &Reason::Run);
    // As many stores, if they were free.
    refuses::<Vec<EwFlag>>(
        &with_columns(&runs, &[], &[&HUGE[..], &[0; 9]].concat()),
        &Reason::Length(u64::MAX),
    );
}

#[test]
fn runs() {
    let refuses = |runs: &[u8]| {
        refuses::<AwSet<u8>>(&with_columns(runs, &[], &[2, 7, 8]), &Reason::Run);
    };
    refuses(&[0, 1, 0, 4]); // starts at 0
    refuses(&[0, 0, 0, 0]); // continues the run before
    refuses(&[1, 0, 0, 0, 0]); // moves to where it is
    refuses(&[4, 0]); // is not used up
    refuses(&[2, 0, 0, 0]); // one too many
    refuses(&[2, 3]); // 2⁶⁴ − 1 and beyond
}

#[test]
fn tables() {
    let ids = |ids: &[u8], data: &[u8]| {
        let table: Vec<u8> = ids.iter().flat_map(|id| [[*id; 16]].concat()).collect();
        let bytes = [&[0x82, ids.len() as u8], &table[..], &[0, 0], data].concat();
        refuses::<Vec<rejoin_core::ReplicaId>>(&bytes, &Reason::Replica);
    };
    ids(&[1, 1], &[2, 0, 1]); // twice
    ids(&[1, 2], &[1, 0]); // not used
    ids(&[1, 2], &[2, 1, 0]); // not in the order of use
    ids(&[1], &[1, 1]); // not there
    ids(&[1], &[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    refuses::<Vec<u8>>(&[0x82, 0, 0, 0, 0], &Reason::Flag); // columns without anything
    refuses::<Vec<u8>>(&[0x42, 0], &Reason::Flag); // a sketch without anything
    refuses::<Vec<u8>>(&[], &Reason::Empty);
    refuses::<Vec<u8>>(&[1, 0], &Reason::Version { found: 1, expected: 2 });
    refuses::<Vec<u8>>(&[2, 0, 0], &Reason::Trailing(1));
    refuses::<Vec<u8>>(&[2, 0x80, 0], &Reason::LongNumber);
    refuses::<u16>(&[2, 0xc1, 0, 0], &Reason::Range);
    refuses::<bool>(&[2, 2], &Reason::Tag(2));
    refuses::<Vec<()>>(&[2, 1, 7], &Reason::Tag(7));
    refuses::<String>(&[2, 1, 0xff], &Reason::Text);
    refuses::<EwFlag>(&with_columns(&[0, 0], &[2, 1], &[]), &Reason::Count);
    refuses::<u64>(&[2], &Reason::Truncated);
}

#[test]
fn listed_dots() {
    let refuses = |data: &[u8]| refuses::<DotSet>(&with_columns(&[], &[0, 0], data), &Reason::Dot);
    refuses(&[0, 5, 0, 0, 6]); // the same replica, called another
    refuses(&[0, 0, 1]); // sequence number 0
    refuses(&[&[0][..], &HUGE, &[1]].concat()); // beyond the last
}

#[test]
fn names_of_variants() {
    type Scalars = Vec<Scalar>;
    let scalars = vec![Scalar::Null, Scalar::Pair(1, true), Scalar::Null];
    let bytes = b"\x02\x03\0\x04Null\0\x04Pair\x01\x01\x01";
    assert_eq!(to_vec(&scalars).expect("encodes"), bytes);
    assert_eq!(from_slice::<Scalars>(bytes), Ok(scalars));
    refuses::<Scalars>(b"\x02\x02\0\x04Null\0\x04Null", &Reason::Variant); // twice
    refuses::<Scalars>(b"\x02\x02\0\x04Null\x02", &Reason::Variant); // not there
    refuses::<Scalars>(&[&[2, 1][..], &HUGE].concat(), &Reason::Variant);
    refuses::<Scalars>(b"\x02\x01\0\x02\xff\xff", &Reason::Text);
    let long = [&[2, 1, 0, 0x81, 0][..], &[b'x'; 256]].concat();
    refuses::<Scalars>(&long, &Reason::Variant);
    let unknown = from_slice::<Scalars>(b"\x02\x01\0\x04null").expect_err("no such variant");
    assert!(unknown.to_string().starts_with("unknown variant `null`, expected one of"));
}

#[test]
fn shared_prefixes() {
    type Map = GMap<String, Max<u8>>;
    let map: Map = [("key:1", 1), ("key:2", 2)]
        .map(|(k, v)| (k.to_owned(), Max::from(v)))
        .into_iter()
        .collect();
    let bytes = to_vec(&map).expect("encodes");
    assert_eq!(bytes, b"\x02\x02\x50key:1\x01\x01\x142\x01\x02");
    refuses::<Map>(b"\x02\x02\x50key:1\x01\x01\x23:2\x01\x02", &Reason::SharedPrefix); // more
    refuses::<Map>(b"\x02\x02\x50key:1\x01\x01\x162\x01\x02", &Reason::SharedPrefix); // less
    refuses::<Map>(b"\x02\x01\x11a\x01\x01", &Reason::SharedPrefix); // nothing to share

    // Keys of a megabyte stay in the bytes once each.
    let long = "x".repeat(1 << 20);
    let keys = [0, 1, 2].map(|n| (format!("{long}{n}"), Max::from(1)));
    let map: Map = keys.into_iter().collect();
    let bytes = to_vec(&map).expect("encodes");
    assert!(bytes.len() > (3 << 20) - 64);
    assert_eq!(from_slice::<Map>(&bytes), Ok(map));
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct List(Option<Box<List>>);

#[test]
fn depth_is_bounded() {
    let deep = |levels: usize| [&[2], &vec![1; levels][..], &[0]].concat();
    assert!(from_slice::<List>(&deep(128)).is_ok());
    refuses::<List>(&deep(129), &Reason::TooDeep(128));
    refuses::<List>(&deep(1 << 20), &Reason::TooDeep(128));
    let list = (0..129).fold(List(None), |list, _| List(Some(Box::new(list))));
    assert!(to_vec(&list).is_err(), "what cannot be read is not written");
    let deeper = Codec::new().with_max_depth(1_000);
    let bytes = deeper.to_vec(&list).expect("encodes");
    assert_eq!(deeper.from_slice(&bytes), Ok(list));
}

/// A document as deep as it may be takes its stack, and merges.
#[test]
fn deep_documents() {
    let mut document = Causal::<Json>::default();
    document.edit(ALICE, |json| descend(json, 100));
    let bytes = to_vec(&document).expect("encodes");
    assert_eq!(from_slice(&bytes), Ok(document.clone()));
    accepted::crdt(&document, &document);
    document.edit(ALICE, |json| descend(json, 130));
    assert!(to_vec(&document).is_err());
}

fn descend(json: &mut <Json as rejoin_core::DotStore>::Cursor<'_>, levels: usize) {
    match levels {
        0 => json.scalar().set(Scalar::Null),
        _ => descend(&mut json.fields().entry("a"), levels - 1),
    }
}

/// What only the types can see, and say.
#[test]
fn errors_name_the_field() {
    let message =
        |bytes: &[u8]| from_slice::<Causal<Pair>>(bytes).map_err(|e: DecodeError| e.to_string());
    #[derive(Clone, Debug, Default, PartialEq, rejoin_core::DotStore, Serialize, Deserialize)]
    struct Pair {
        tags: OrMap<u8, MvRegister<bool>>,
        flag: EwFlag,
    }
    // Two tags and a flag, three dots; then what is known, and the halves.
    let good = with_columns(&[4, 0], &[], &[2, 7, 1, 8, 0, 1, 0, 1, 1, 3, 0]);
    assert!(message(&good).is_ok());
    let bad = with_columns(&[4, 0], &[], &[2, 7, 1, 8, 9, 1, 0, 1, 1, 3, 0]);
    assert_eq!(
        message(&bad),
        Err("9 where 0 or 1 is expected, in store.tags[1][0], at byte 27".into())
    );
    // A dot that lives and is not known came early.
    let early = with_columns(&[4, 0], &[], &[2, 7, 1, 8, 0, 1, 0, 1, 1, 2, 0]);
    assert!(message(&early).is_ok());
    // Of the halves, the fourth dot is foretold, or awaited; the third lives.
    let halves = |known, half| {
        let data = [2, 7, 1, 8, 0, 1, 0, 1, 1, known, 1, 0, 1, half, 1];
        message(&with_columns(&[4, 0], &[], &data))
    };
    assert!(halves(3, 4).is_ok());
    assert!(halves(4, 4).is_ok());
    for known in [2, 3] {
        let error = halves(known, 3).expect_err("there and not there");
        let why = "dot a11ce000-0000-4000-8000-000000000001:3 is there, and said not to be";
        assert!(error.starts_with(why), "{error}");
    }
    let bottom = with_columns(&[2, 0], &[3], &[2, 7, 1, 8, 1, 0, 1, 1, 2, 0]);
    let error = message(&bottom).expect_err("a key without a dot");
    assert!(error.starts_with("a key without any live dot, in store.tags"), "{error}");
    let twice = with_columns(&[4, 0], &[], &[2, 7, 1, 7, 0, 1, 0, 1, 1, 3, 0]);
    let error = message(&twice).expect_err("a key that is there twice");
    assert!(error.starts_with("a key is there twice, in store.tags"), "{error}");
    let unsorted = with_columns(&[0, 2, 0, 3, 0, 2], &[], &[2, 7, 1, 8, 0, 1, 0, 1, 1, 3, 0]);
    let error = message(&unsorted).expect_err("dots in descending order");
    assert!(
        error.starts_with("entries are not in ascending order of their dots, in store.tags"),
        "{error}"
    );
}

/// One key with all dots, many dots under it: what would be quadratic if it were inserted in order.
#[test]
fn many_dots_in_one_place_take_no_more_memory() {
    let mut bag = Causal::<AwBag<()>>::default();
    bag.edit(ALICE, |bag| {
        for _ in 0..20_000 {
            bag.insert(());
        }
    });
    let bytes = to_vec(&bag).expect("encodes");
    assert!(bytes.len() < 20_100, "{} bytes", bytes.len()); // a byte a dot
    let (decoded, peak) = memory::peak(|| from_slice::<Causal<AwBag<()>>>(&bytes));
    assert_eq!(decoded, Ok(bag));
    assert!(peak < 400 * bytes.len(), "{peak} bytes");
}
