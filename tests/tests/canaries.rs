//! A checker that has never failed proves nothing: faults are planted here, and each must be found.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use quickcheck::{Arbitrary, Gen};
use rejoin_core::{Causal, CausalContext, Crdt, Decompose, Diff, DotStore, Edit, ReplicaId};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter};
use rejoin_maps::{Dotted, OrMap};
use rejoin_registers::{EwFlag, Max, MvRegister};
use rejoin_sets::{AwSet, GSet};
use rejoin_tests::oracle::{Effect, Live, Spec, Subject, find_failure};
use rejoin_tests::rng::Rng;
use rejoin_tests::spec::{Claims, SetOp, StoreSubject};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

mod oracle {
    use super::*;

    /// The oracle finds the fault, and it is the fault that it finds.
    fn caught<Faulty: Subject, Sound: Subject>() {
        const CASES: u64 = 300;
        assert_eq!(find_failure::<Sound>(CASES), None);
        let failure = find_failure::<Faulty>(CASES).expect("the fault was not found");
        assert!(failure.contains("should read") || failure.contains("differs"), "{failure}");
    }

    #[test]
    fn a_removal_that_does_nothing() {
        caught::<Causal<Deaf>, Causal<AwSet<u8>>>();
    }

    #[test]
    fn a_specification_in_which_removals_win() {
        caught::<Causal<RemoveWins>, Causal<AwSet<u8>>>();
    }

    #[test]
    fn a_merge_that_drops_a_sibling() {
        caught::<Faulty<MvRegister<u8>, Drops>, Causal<MvRegister<u8>>>();
    }

    #[test]
    fn a_merge_that_resurrects() {
        caught::<Faulty<AwSet<u8>, Resurrects>, Causal<AwSet<u8>>>();
    }

    #[test]
    fn a_merge_that_ignores_removals() {
        caught::<Faulty<AwSet<u8>, Ignores>, Causal<AwSet<u8>>>();
    }

    #[test]
    fn a_difference_without_removals() {
        caught::<Faulty<AwSet<u8>, OnlyAdds>, Causal<AwSet<u8>>>();
    }

    /// A removal, and what is written then has the numbers of what was removed.
    #[test]
    fn a_removable_counter_that_counts_on_from_what_is_removed() {
        caught::<Causal<Dotted<Claims<GCounter>>>, Causal<Dotted<Claims<GSet<u8>>>>>();
        caught::<Causal<Dotted<Claims<PnCounter>>>, Causal<Dotted<Claims<Max<u8>>>>>();
    }

    #[test]
    fn removable_rights_that_were_spent_already() {
        caught::<Causal<Dotted<Claims<BoundedCounter>>>, BoundedCounter>();
    }

    #[test]
    fn a_removable_set_whose_dots_begin_again() {
        caught::<Causal<Dotted<Claims<Causal<AwSet<u8>>>>>, Causal<OrMap<u8, AwSet<u8>>>>();
        caught::<Causal<OrMap<u8, Dotted<Claims<Causal<EwFlag>>>>>, Causal<OrMap<u8, EwFlag>>>();
    }

    #[test]
    fn a_digest_that_claims_too_much() {
        caught::<Faulty<MvRegister<u8>, Overclaims>, Causal<MvRegister<u8>>>();
    }

    /// A set that means the same, but does not hear removals.
    struct Deaf;

    /// A set of which one would think that a removal takes concurrent insertions too.
    struct RemoveWins;

    impl Spec for Deaf {
        type Op = SetOp;
        type Piece = u8;
        type Value = BTreeSet<u8>;

        fn op(rng: &mut Rng) -> SetOp {
            AwSet::op(rng)
        }

        fn split(op: &SetOp) -> Vec<SetOp> {
            AwSet::split(op)
        }

        fn effect(op: &SetOp, replica: usize, live: &[Live<'_, u8>]) -> Effect<u8> {
            AwSet::effect(op, replica, live)
        }

        fn value(live: &[Live<'_, u8>]) -> BTreeSet<u8> {
            AwSet::value(live)
        }
    }

    impl StoreSubject for Deaf {
        type Real = AwSet<u8>;

        fn apply(cursor: &mut <AwSet<u8> as DotStore>::Cursor<'_>, op: &SetOp) {
            match op {
                SetOp::Insert(_) | SetOp::Extend(_) => AwSet::apply(cursor, op),
                SetOp::Remove(_) | SetOp::Retain(_) | SetOp::Clear => {}
            }
        }

        fn read(real: &AwSet<u8>) -> BTreeSet<u8> {
            AwSet::read(real)
        }
    }

    impl Spec for RemoveWins {
        type Op = SetOp;
        /// The element, and whether it was removed.
        type Piece = (u8, bool);
        type Value = BTreeSet<u8>;

        fn op(rng: &mut Rng) -> SetOp {
            if rng.once_in(2) { SetOp::Insert(rng.small(3)) } else { SetOp::Remove(rng.small(3)) }
        }

        fn effect(op: &SetOp, _: usize, live: &[Live<'_, (u8, bool)>]) -> Effect<(u8, bool)> {
            match op {
                SetOp::Insert(x) => Effect::take(Some((*x, false)), live, |piece| piece.0 == *x),
                SetOp::Remove(x) if live.iter().any(|write| *write.piece == (*x, false)) => {
                    Effect::take(Some((*x, true)), live, |piece| piece.0 == *x)
                }
                _ => Effect::none(),
            }
        }

        fn value(live: &[Live<'_, (u8, bool)>]) -> BTreeSet<u8> {
            let of = |removed| {
                let pieces = live.iter().map(|write| *write.piece);
                pieces.filter_map(move |piece| (piece.1 == removed).then_some(piece.0))
            };
            let removed: BTreeSet<u8> = of(true).collect();
            of(false).filter(|x| !removed.contains(x)).collect()
        }
    }

    impl StoreSubject for RemoveWins {
        type Real = AwSet<u8>;

        fn apply(cursor: &mut <AwSet<u8> as DotStore>::Cursor<'_>, op: &SetOp) {
            AwSet::apply(cursor, op);
        }

        fn read(real: &AwSet<u8>) -> BTreeSet<u8> {
            AwSet::read(real)
        }
    }

    /// A dot store that is its own subject.
    trait Itself:
        StoreSubject<Real = Self>
        + DotStore
        + Clone
        + Debug
        + PartialEq
        + Serialize
        + DeserializeOwned
        + 'static
    {
    }

    impl Itself for AwSet<u8> {}
    impl Itself for MvRegister<u8> {}

    /// What is wrong with a [`Faulty`].
    trait Fault<S: Itself>: Clone + Debug + Default + PartialEq {
        fn merge(mine: &mut Causal<S>, other: Causal<S>) -> bool {
            mine.merge(other)
        }

        fn diff(mine: &Causal<S>, peer: &CausalContext) -> Option<Causal<S>> {
            mine.diff(peer)
        }

        fn digest(mine: &Causal<S>) -> CausalContext {
            mine.digest()
        }
    }

    /// A causal value with a fault.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(transparent)]
    #[serde(bound = "Causal<S>: Serialize + DeserializeOwned")]
    struct Faulty<S, F>(Causal<S>, #[serde(skip)] PhantomData<F>);

    impl<S: Itself, F: Fault<S>> Crdt for Faulty<S, F> {
        fn merge(&mut self, other: Self) -> bool {
            F::merge(&mut self.0, other.0)
        }
    }

    impl<S: Itself, F: Fault<S>> Diff for Faulty<S, F> {
        type Digest = CausalContext;

        fn digest(&self) -> CausalContext {
            F::digest(&self.0)
        }

        fn diff(&self, peer: &CausalContext) -> Option<Self> {
            F::diff(&self.0, peer).map(|diff| Self(diff, PhantomData))
        }
    }

    impl<S: Itself, F: Fault<S>> Decompose for Faulty<S, F> {
        fn decompose(&self, visit: &mut dyn FnMut(Self)) {
            self.0.decompose(&mut |part| visit(Self(part, PhantomData)));
        }
    }

    impl<S: Itself, F: Fault<S>> Edit for Faulty<S, F> {
        type Cursor<'a>
            = S::Cursor<'a>
        where
            Self: 'a;

        fn cursor<'a>(&'a mut self, delta: &'a mut Self, replica: ReplicaId) -> S::Cursor<'a> {
            self.0.cursor(&mut delta.0, replica)
        }

        fn settle(&mut self, delta: &mut Self) {
            self.0.settle(&mut delta.0);
        }
    }

    impl<S: Spec, F> Spec for Faulty<S, F> {
        type Op = S::Op;
        type Piece = S::Piece;
        type Value = S::Value;

        fn op(rng: &mut Rng) -> S::Op {
            S::op(rng)
        }

        fn split(op: &S::Op) -> Vec<S::Op> {
            S::split(op)
        }

        fn effect(op: &S::Op, replica: usize, live: &[Live<'_, S::Piece>]) -> Effect<S::Piece> {
            S::effect(op, replica, live)
        }

        fn value(live: &[Live<'_, S::Piece>]) -> S::Value {
            S::value(live)
        }
    }

    impl<S: Itself, F: Fault<S> + 'static> Subject for Faulty<S, F> {
        type Real = Self;

        fn apply(cursor: &mut S::Cursor<'_>, op: &S::Op) {
            S::apply(cursor, op);
        }

        fn read(real: &Self) -> S::Value {
            S::read(real.0.store())
        }
    }

    /// Keeps the first sibling.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct Drops;

    impl Fault<MvRegister<u8>> for Drops {
        fn merge(mine: &mut Causal<MvRegister<u8>>, other: Causal<MvRegister<u8>>) -> bool {
            let changed = mine.merge(other);
            let first = mine.writes().take(1).map(|(dot, _)| dot).collect();
            replace_store(mine, mine.within(&first));
            changed
        }
    }

    /// Takes what was removed for new.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct Resurrects;

    impl Fault<AwSet<u8>> for Resurrects {
        fn merge(mine: &mut Causal<AwSet<u8>>, other: Causal<AwSet<u8>>) -> bool {
            let mut joined = only_live(mine);
            let joins = joined.merge(other.clone());
            let changed = mine.merge(other);
            replace_store(mine, joined.store().clone());
            changed || joins
        }
    }

    /// Does not hear of removals elsewhere.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct Ignores;

    impl Fault<AwSet<u8>> for Ignores {
        fn merge(mine: &mut Causal<AwSet<u8>>, other: Causal<AwSet<u8>>) -> bool {
            let mut joined = mine.clone();
            let joins = joined.merge(only_live(&other));
            let changed = mine.merge(other);
            replace_store(mine, joined.store().clone());
            changed || joins
        }
    }

    /// The value without the dots of what was removed.
    fn only_live<S: Itself>(causal: &Causal<S>) -> Causal<S> {
        let mut live = CausalContext::new();
        causal.store().dots(&mut |dot| {
            live.insert(dot);
        });
        Causal::from_parts(causal.store().clone(), live, CausalContext::new())
            .expect("every live dot is there")
    }

    fn replace_store<S: DotStore>(causal: &mut Causal<S>, store: S) {
        *causal = Causal::from_parts(store, causal.seen(), causal.foretold().clone())
            .expect("every live dot was seen");
    }

    /// Claims to have seen what it only knows to be gone: our own first version.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct Overclaims;

    impl Fault<MvRegister<u8>> for Overclaims {
        fn digest(mine: &Causal<MvRegister<u8>>) -> CausalContext {
            mine.context().clone()
        }
    }

    /// Sends what was added.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct OnlyAdds;

    impl Fault<AwSet<u8>> for OnlyAdds {
        fn diff(mine: &Causal<AwSet<u8>>, peer: &CausalContext) -> Option<Causal<AwSet<u8>>> {
            Some(only_live(&mine.diff(peer)?))
        }
    }
}

mod laws {
    use super::*;

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

        says_never_changed: "merge returned false", {
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

        fn cursor<'a>(&'a mut self, delta: &'a mut Self, _: ReplicaId) -> Cursor<'a, F> {
            Cursor { value: self, delta }
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
}
