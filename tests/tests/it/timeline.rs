//! Counterexamples of the law kit, drawn: planted broken types, and what their drawings look like.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use quickcheck::{Arbitrary, Gen};
use rejoin_core::laws::{self, Subject};
use rejoin_core::{Crdt, Draft, Edit};

/// What the law kit says of a broken type.
fn counterexample<T: Subject>(edit: impl Fn(&mut T::Cursor<'_>, &mut Gen)) -> String {
    caught(|| laws::check_merge::<T>(edit))
}

fn caught(check: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(check)).expect_err("the fault was not found");
    let message = panic.downcast_ref::<String>().expect("a message");
    let (failure, drawing) = message.split_once(", from seed ").expect("a seed, to repeat it");
    failure.to_owned() + drawing.trim_start_matches(|c: char| c.is_ascii_digit())
}

/// Edits are the same for every seed, so that the shortest execution is.
fn expect(drawing: &str, expected: &str) {
    assert_eq!(drawing, expected.trim_start_matches('\n'), "\n{drawing}\n");
}

/// Implements `Crdt` by this merge, and `Edit` with a cursor that lends the value and the delta.
macro_rules! lattice {
    ($name:ident($inner:ty): $merge:expr) => {
        #[derive(Clone, Default, PartialEq)]
        struct $name($inner);

        impl Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Crdt for $name {
            fn merge(&mut self, other: Self) -> bool {
                let merge: fn(&mut $inner, $inner) -> bool = $merge;
                merge(&mut self.0, other.0)
            }
        }

        impl Edit for $name {
            type Cursor<'a> = Both<'a, $inner>;

            fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> Both<'a, $inner> {
                let delta = draft.into_delta(self);
                Both { value: &mut self.0, delta: &mut delta.0 }
            }
        }
    };
}

struct Both<'a, T> {
    value: &'a mut T,
    delta: &'a mut T,
}

#[test]
fn a_merge_that_takes_the_others_value() {
    lattice!(Last(u8): |mine, other| {
        let news = other != 0 && other != *mine;
        if news {
            *mine = other;
        }
        news
    });
    let drawing = counterexample::<Last>(|last, _| {
        *last.value += 1;
        *last.delta = *last.value;
    });
    expect(
        &drawing,
        "
a ⊔ b = b ⊔ a
  left  2
  right 1
  where a is d0
  where b is d1

the shortest execution found:

  A
  |
  *      A edits: d0 = 1
  *      A edits: d1 = 2
  |
  =      A has 2",
    );
}

#[test]
fn a_merge_that_says_nothing_of_a_change() {
    lattice!(Most(u8): |mine, other| {
        *mine = other.max(*mine);
        false
    });
    let drawing = counterexample::<Most>(|most, _| {
        *most.value += 1;
        *most.delta = *most.value;
    });
    expect(
        &drawing,
        "
an edit that was refused changed something
  left  1
  right 0

the shortest execution found:

",
    );
}

#[test]
fn a_delta_that_is_too_small() {
    lattice!(Pairs(BTreeSet<u8>): union);
    let drawing = counterexample::<Pairs>(|pairs, _| {
        pairs.value.extend([1, 2]);
        pairs.delta.insert(1);
    });
    expect(
        &drawing,
        "
before ⊔ delta = after
  left  {1}
  right {1, 2}

the shortest execution found:

  A
  |
  *      A edits: d0 = {1}: has {1, 2}
  |
  =      A has {1, 2}",
    );
}

#[test]
fn a_removal_that_does_nothing() {
    lattice!(Removable(BTreeSet<u8>): union);
    let drawing = counterexample::<Removable>(|set, g| {
        if bool::arbitrary(g) {
            set.value.insert(1);
            set.delta.insert(1);
        } else {
            // and nothing else
            assert!(!set.value.contains(&1), "1 is removed");
        }
    });
    expect(
        &drawing,
        "
a panic: 1 is removed

the shortest execution found:

  A
  |
  *      A edits: d0 = {1}
  o      A merges d0: has {1}
  |
  =      A has {1}",
    );
}

/// A property that is not a law: whoever knows the second edit knows the first one.
#[test]
fn a_gap() {
    lattice!(Log(BTreeSet<u8>): union);
    let drawing = caught(|| {
        let edit = |log: &mut Both<'_, BTreeSet<u8>>, _: &mut Gen| {
            let next = log.value.last().map_or(1, |last| last + 1);
            log.value.insert(next);
            log.delta.insert(next);
        };
        laws::on_values::<Log>(edit, |values| {
            let has_gap =
                |log: &&Log| log.0.last().is_some_and(|last| log.0.len() < (*last).into());
            match values[..3].iter().find(has_gap) {
                Some(log) => Err(format!("{log:?} has a gap")),
                None => Ok(()),
            }
        });
    });
    expect(
        &drawing,
        "
{2} has a gap

the shortest execution found:

  A         B
  |         |
  *--x      |      A edits: d0 = {1}, which is lost
  *         |      A edits: d1 = {2}: has {1, 2}
  |---d1--->o      B merges d1: has {2}
  |         |
  =         |      A has {1, 2}
  |         =      B has {2}",
    );
}

fn union(mine: &mut BTreeSet<u8>, other: BTreeSet<u8>) -> bool {
    let before = mine.len();
    mine.extend(other);
    mine.len() > before
}
