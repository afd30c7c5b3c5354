use std::collections::BTreeSet;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use quickcheck::{Arbitrary, Gen};
use rejoin_core::{Crdt, Decompose, Diff, Draft, Edit};

type Set = BTreeSet<u8>;

/// The law kit panics with the name of the law.
fn caught<F: Flaw>(law: &str) {
    let check = || {
        rejoin_core::laws::check_merge::<Flawed<F>>(insert);
        rejoin_core::laws::check::<Flawed<F>>(insert);
    };
    let panic = catch_unwind(AssertUnwindSafe(check)).expect_err("the flaw was not found");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.starts_with(law), "{message}");
}

fn insert<F: Flaw>(cursor: &mut Cursor<'_, F>, g: &mut Gen) {
    F::insert(&mut cursor.value.0, &mut cursor.delta.0, u8::arbitrary(g) % 4);
}

macro_rules! caught {
    ($($name:ident: $law:literal, { $($method:item)* })*) => {
        $(
            #[test]
            fn $name() {
                #[derive(Clone, Debug, Default, PartialEq)]
                struct This;

                impl Flaw for This {
                    $($method)*
                }

                caught::<This>($law);
            }
        )*
    };
}

#[test]
fn nothing_is_caught_without_a_flaw() {
    #[derive(Clone, Debug, Default, PartialEq)]
    struct None;
    impl Flaw for None {}
    rejoin_core::laws::check::<Flawed<None>>(insert);
}

caught! {
    not_commutative: "a ⊔ b = b ⊔ a", {
        fn merge(mine: &mut Set, other: Set) -> bool {
            let news = !other.is_empty() && other != *mine;
            if news {
                *mine = other;
            }
            news
        }
        fn insert(value: &mut Set, delta: &mut Set, x: u8) {
            *value = Set::from([x]);
            *delta = Set::from([x]);
        }
    }

    not_associative: "(a ⊔ b) ⊔ c = a ⊔ (b ⊔ c)", {
        fn merge(mine: &mut Set, other: Set) -> bool {
            scissors(mine, other)
        }
        fn insert(value: &mut Set, delta: &mut Set, x: u8) {
            scissors(value, Set::from([x % 3]));
            *delta = Set::from([x % 3]);
        }
    }

    not_idempotent: "a ⊔ a = a", {
        fn merge(mine: &mut Set, other: Set) -> bool {
            let before = mine.clone();
            *mine = mine.symmetric_difference(&other).copied().collect();
            *mine != before
        }
        fn insert(value: &mut Set, delta: &mut Set, x: u8) {
            Self::merge(value, Set::from([x]));
            Self::merge(delta, Set::from([x]));
        }
    }

    bottom_is_not_bottom: "a ⊔ ⊥ = a", {
        fn merge(mine: &mut Set, other: Set) -> bool {
            if mine.is_empty() {
                return false;
            }
            let before = std::mem::take(mine);
            if !other.is_empty() {
                *mine = &before | &other;
            }
            *mine != before
        }
        fn insert(value: &mut Set, delta: &mut Set, x: u8) {
            if !value.is_empty() {
                value.insert(x);
            }
            delta.insert(x);
        }
    }

    says_always_changed: "merge returned true", {
        fn merge(mine: &mut Set, other: Set) -> bool {
            mine.extend(other);
            true
        }
    }

    says_never_changed: "an edit that was refused changed something", {
        fn merge(mine: &mut Set, other: Set) -> bool {
            mine.extend(other);
            false
        }
    }

    delta_misses_something: "before ⊔ delta = after", {
        fn insert(value: &mut Set, delta: &mut Set, x: u8) {
            value.extend([x, x / 2]);
            delta.extend([x]);
        }
    }

    diff_is_never_none: "a.diff(b.digest()) is not None", {
        fn diff(mine: &Set, peer: &Set) -> Option<Set> {
            Some(mine - peer)
        }
    }

    diff_is_too_small: "b ⊔ a.diff(b.digest()) = b ⊔ a", {
        fn diff(mine: &Set, peer: &Set) -> Option<Set> {
            (mine - peer).pop_first().map(|first| Set::from([first]))
        }
    }

    diff_is_none_too_often: "a.diff(b.digest()) is None", {
        fn diff(mine: &Set, peer: &Set) -> Option<Set> {
            (mine.len() > peer.len()).then(|| mine.clone())
        }
    }

    parts_miss_something: "the parts of a join to a", {
        fn parts(value: &Set) -> Vec<Set> {
            value.iter().filter(|x| **x != 3).map(|x| Set::from([*x])).collect()
        }
    }

    parts_are_redundant: "a has a redundant part", {
        fn parts(value: &Set) -> Vec<Set> {
            let parts = value.iter().map(|x| Set::from([*x]));
            parts.chain((value.len() > 1).then(|| value.clone())).collect()
        }
    }

    parts_have_parts: "a part of a can be decomposed", {
        fn parts(value: &Set) -> Vec<Set> {
            match value.len() {
                0 => Vec::new(),
                3 => {
                    let (last, others) = (value.last(), value.iter().take(2).copied());
                    vec![last.into_iter().copied().collect(), others.collect()]
                }
                _ => value.iter().map(|x| Set::from([*x])).collect(),
            }
        }
    }
}

/// Stone, scissors, paper: commutative and idempotent.
fn scissors(mine: &mut Set, other: Set) -> bool {
    let wins = match (mine.first(), other.first()) {
        (Some(a), Some(b)) => (b + 1) % 3 == *a,
        (mine, _) => mine.is_none() && !other.is_empty(),
    };
    if wins {
        *mine = other;
    }
    wins
}

/// A grow-only set in which one thing may be wrong.
trait Flaw: Clone + Debug + Default + PartialEq + 'static {
    fn merge(mine: &mut Set, other: Set) -> bool {
        let before = mine.len();
        mine.extend(other);
        mine.len() > before
    }

    fn insert(value: &mut Set, delta: &mut Set, x: u8) {
        if value.insert(x) {
            delta.insert(x);
        }
    }

    fn diff(mine: &Set, peer: &Set) -> Option<Set> {
        let missing = mine - peer;
        (!missing.is_empty()).then_some(missing)
    }

    fn parts(value: &Set) -> Vec<Set> {
        value.iter().map(|x| Set::from([*x])).collect()
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Flawed<F>(Set, PhantomData<F>);

struct Cursor<'a, F> {
    value: &'a mut Flawed<F>,
    delta: &'a mut Flawed<F>,
}

impl<F: Flaw> Crdt for Flawed<F> {
    fn merge(&mut self, other: Self) -> bool {
        F::merge(&mut self.0, other.0)
    }
}

impl<F: Flaw> Edit for Flawed<F> {
    type Cursor<'a> = Cursor<'a, F>;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> Cursor<'a, F> {
        Cursor { delta: draft.into_delta(self), value: self }
    }
}

impl<F: Flaw> Diff for Flawed<F> {
    type Digest = Set;

    fn digest(&self) -> Set {
        self.0.clone()
    }

    fn diff(&self, peer: &Set) -> Option<Self> {
        F::diff(&self.0, peer).map(|diff| Self(diff, PhantomData))
    }
}

impl<F: Flaw> Decompose for Flawed<F> {
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        F::parts(&self.0).into_iter().for_each(|part| visit(Self(part, PhantomData)));
    }
}
