//! A value as bytes: nothing is lost between the edits of a value and what is encoded of them.

use rejoin_content::{Content, Difference, Encoding, RefusedEdit, Unfit, Value, delta_codec};
use rejoin_core::{Causal, Crdt, Edit, ReplicaId};
use rejoin_sets::AwSet;

type Set = Causal<AwSet<String>>;

const ALICE: ReplicaId = ReplicaId::from_u128(0xa11ce);
const BOB: ReplicaId = ReplicaId::from_u128(0xb0b);
const LIMIT: usize = 1 << 20;

fn insert(value: &mut Value<Set>, element: &str) {
    value.stage(ALICE, LIMIT, |set| set.insert(element)).expect("it can be encoded");
}

fn set(writer: ReplicaId, elements: impl IntoIterator<Item = String>) -> Set {
    let mut set = Set::default();
    set.edit(writer, |set| set.extend(elements));
    set
}

#[test]
fn the_bytes_of_any_number_of_edits_are_those_of_their_join() {
    for edits in 1..5 {
        let (mut value, mut joined) = (Value::<Set>::default(), Set::default());
        for n in 0..edits {
            let keep = |_: &Set, delta: &Set| {
                joined.merge(delta.clone());
                Ok(())
            };
            value.stage_if(ALICE, LIMIT, |set| set.insert(n.to_string()), keep).unwrap();
        }
        assert_eq!(value.edits(ALICE), delta_codec(&[ALICE]).to_vec(&joined).ok());
        value.forget_edits();
        assert_eq!(value.edits(ALICE), None);
    }
}

#[test]
fn an_edit_that_changes_nothing_is_no_delta() {
    let mut value = Value::<Set>::default();
    value.stage(ALICE, LIMIT, |set| set.remove("absent")).unwrap();
    assert_eq!(value.edits(ALICE), None);
    insert(&mut value, "red");
    value.stage(ALICE, LIMIT, |set| set.remove("absent")).unwrap();
    let bytes = value.edits(ALICE).unwrap();
    let delta: Set = Encoding::Delta(ALICE, &bytes).decode().unwrap();
    assert_eq!(&delta, value.state());
}

#[test]
fn edits_that_no_delta_brings_are_stored() {
    let mut value = Value::<Set>::default();
    insert(&mut value, "red");
    value.learn_edits();
    value.learn_value(set(BOB, ["blue".to_owned()]));
    assert!(value.has_learned());
    assert_eq!(value.edits(ALICE), None);
    let part = value.take_learned().unwrap().unwrap();
    assert_eq!(Encoding::Part(&part).decode::<Set>().as_ref(), Ok(value.state()));
    assert!(!value.has_learned());
    assert_eq!(value.take_learned(), Ok(None));
}

#[test]
fn a_refused_edit_leaves_nothing_behind() {
    let mut value = Value::<Set>::default();
    insert(&mut value, "red");
    let (before, long) = (value.state().clone(), "x".repeat(100));
    let refused = value.stage(ALICE, 50, |set| set.insert(long));
    assert!(matches!(refused, Err(RefusedEdit::TooLong { bytes: 101.., limit: 50 })));
    let refused = value.stage_delta(ALICE, 3, set(BOB, ["blue".to_owned()]));
    assert!(matches!(refused, Err(RefusedEdit::TooLong { limit: 3, .. })));
    assert_eq!(value.state(), &before);
    assert_eq!(value.edits(ALICE), delta_codec(&[ALICE]).to_vec(&before).ok());
}

#[test]
fn nothing_is_merged_before_all_is_read() {
    let mut value = Value::<Set>::default();
    let good = rejoin_codec::to_vec(&set(BOB, ["blue".to_owned()])).unwrap();
    let news = [Encoding::Part(&good), Encoding::Delta(BOB, &[7, 7, 7])];
    assert!(matches!(value.read(ALICE, &mut news.into_iter()), Err(Unfit::Decode(_))));
    assert!(value.read_stored(&mut news.into_iter()).is_err());
    let own = rejoin_codec::to_vec(&set(ALICE, ["not mine".to_owned()])).unwrap();
    let news = [Encoding::Part(&good), Encoding::Part(&own)];
    assert!(matches!(value.read(ALICE, &mut news.into_iter()), Err(Unfit::Forked(_))));
    assert!(value.is_bottom());
    value.read(ALICE, &mut [Encoding::Part(&good)].into_iter()).unwrap();
    assert!(value.apply(0));
    assert!(!value.apply(0) && !value.learn(0) && !value.apply(1), "it was merged, or is absent");
    assert!(value.state().contains("blue"));
    assert!(!value.has_learned());
}

#[test]
fn pieces_are_within_the_limit_and_bring_all() {
    let source = Value::new(set(BOB, (0..1_000).map(|n| format!("element {n}"))));
    let mut value = Value::<Set>::default();
    value.check_digest(&value.digest()).unwrap();
    assert!(value.check_digest(b"\xff").is_err());
    let Difference::Pieces(pieces) = source.diff(&value.digest(), 500).unwrap() else {
        panic!("it is longer");
    };
    assert!(pieces.len() > 4 && pieces.iter().all(|piece| piece.len() <= 500));
    let together = value.digest_with(&mut pieces.iter().map(AsRef::as_ref));
    for piece in &pieces {
        value.merge(Encoding::Part(piece));
    }
    assert_eq!(value.digest(), together);
    assert_eq!((value.digest(), value.fingerprint()), (source.digest(), source.fingerprint()));
    assert_eq!(source.diff(&value.digest(), 500), Ok(Difference::Nothing));
}
