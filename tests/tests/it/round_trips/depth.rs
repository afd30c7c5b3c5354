//! What nests deeper than a reader goes is refused by the writer, which names the limit.

use std::cell::Cell;

use rejoin_codec::{Codec, EncodeError, to_vec};
use rejoin_core::{Causal, DotStore, Edit, ReplicaId};
use rejoin_maps::OrMap;
use rejoin_registers::{LwwRegister, Max, MvRegister};
use rejoin_tests::round_trips::Form::{Compact, Json};
use rejoin_tests::round_trips::kinds::Tree;
use rejoin_tests::round_trips::{Form, Outcome, Report, Value};
use serde::{Deserialize, Serialize, Serializer};

const ALICE: ReplicaId = ReplicaId::from_u128(1);

/// A document that contains itself.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
struct Folder {
    name: MvRegister<String>,
    folders: OrMap<String, Folder>,
}

fn descend(folder: &mut FolderCursor<'_>, levels: usize) {
    match levels {
        0 => folder.name().set("innermost"),
        _ => descend(&mut folder.folders().entry("a"), levels - 1),
    }
}

fn folders(levels: usize) -> Causal<Folder> {
    let mut document = Causal::<Folder>::default();
    document.edit(ALICE, |folder| descend(folder, levels));
    document
}

fn tree(levels: usize) -> Tree {
    (0..levels).fold(Tree::Leaf, |tree, _| Tree::Node(vec![tree]))
}

fn register(levels: usize) -> LwwRegister<Tree, u8> {
    let mut register = LwwRegister::default();
    register.edit(ALICE, |register| register.set(1, tree(levels)));
    register
}

/// Values of 0 to 200 levels: each comes back or is refused, the first ones come back, and the last
/// ones are refused.
fn check<T: Value>(form: Form, make: impl Fn(usize) -> T) {
    let mut report = Report::default();
    for levels in 0..=200 {
        let kind = if levels < 40 { "shallow" } else { "deep" };
        report.check(form, kind, "itself", &make(levels));
    }
    assert!(report.faults.is_empty(), "{report}");
    assert_eq!(report.count(Outcome::Same).get("shallow"), Some(&40), "{report}");
    assert!(report.count(Outcome::Refused).get("deep").is_some_and(|deep| *deep > 50), "{report}");
}

#[test]
fn what_is_too_deep_to_read_is_not_written() {
    check(Compact, folders);
    check(Compact, register);
    check(Compact, |levels| Max::from(tree(levels)));
    check(Json, folders);
    check(Json, register);
    check(Json, |levels| Max::from(tree(levels)));
}

#[test]
fn the_limit_is_named() {
    assert_eq!(to_vec(&folders(200)), Err(EncodeError::TooDeep(128)));
    let error = Codec::new().with_max_depth(20).to_vec(&folders(20)).expect_err("too deep");
    assert_eq!(error.to_string(), "value nests deeper than 20");
    let error = serde_json::to_string(&folders(200)).expect_err("too deep");
    assert_eq!(error.to_string(), "value nests deeper than 120 in readable form");
}

/// The limit of reading is that of writing, whatever it is and whatever is nested.
#[test]
fn both_sides_have_one_limit() {
    for limit in 0..40 {
        let codec = Codec::new().with_max_depth(limit);
        for levels in 0..30 {
            limits(&codec, &folders(levels));
            limits(&codec, &register(levels));
        }
    }
}

fn limits<T: Value>(codec: &Codec<'_>, value: &T) {
    let bytes = Codec::new().to_vec(value).expect("it is not deep");
    match codec.to_vec(value) {
        Ok(strict) => {
            assert_eq!(strict, bytes);
            assert_eq!(codec.from_slice::<T>(&bytes).as_ref(), Ok(value));
        }
        Err(error) => {
            assert!(matches!(error, EncodeError::TooDeep(_)), "{error}");
            assert!(codec.from_slice::<T>(&bytes).is_err(), "{value:?} can be read");
        }
    }
}

thread_local! {
    static WRITTEN: Cell<usize> = const { Cell::new(0) };
}

/// A value that contains replicated values of its own type.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Nest(Vec<MvRegister<Nest>>);

impl Serialize for Nest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WRITTEN.set(WRITTEN.get() + 1);
        self.0.serialize(serializer)
    }
}

/// Each register looks at what is in it before it writes it, and so does each one inside: what is
/// looked at already must not be looked at once more, or each level would double the work.
#[test]
fn values_in_values_are_looked_at_once_a_level() {
    const LEVELS: usize = 30;
    let mut document = Causal::<MvRegister<Nest>>::default();
    for _ in 0..LEVELS {
        let inner = document.store().clone();
        document = Causal::default();
        document.edit(ALICE, |register| register.set(Nest(vec![inner])));
    }
    WRITTEN.set(0);
    let json = serde_json::to_string(&document).expect("it is not too deep");
    assert!(WRITTEN.get() <= LEVELS * (LEVELS + 3), "{} looks", WRITTEN.get());
    assert_eq!(serde_json::from_str::<Causal<MvRegister<Nest>>>(&json).expect("decodes"), document);
}
