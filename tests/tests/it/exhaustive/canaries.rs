//! What is wrong is found.

use std::collections::BTreeSet;

use rejoin_core::{
    Causal, CausalContext, CausalDigest, Crdt, Decompose, Diff, DotStore, Draft, Edit,
};
use rejoin_counters::{PnCounter, ResetCounter};
use rejoin_maps::Dotted;
use rejoin_registers::MvRegister;
use rejoin_sets::{AwSet, RwSet};
use rejoin_tests::exhaustive::{ASCENDING, World, explore};
use rejoin_tests::oracle::{Effect, Live, Spec, Subject};
use rejoin_tests::rng::Rng;
use rejoin_tests::spec::{Claims, RegisterOp, RwOp, SetOp, StoreSubject};
use serde::{Deserialize, Serialize};

fn failure<S: Subject>(alphabet: Vec<(S::Op, usize)>) -> String {
    let world = World { alphabet, depth: 3, orders: ASCENDING.to_vec(), is_reduced: true };
    explore::<S>(&world).expect_err("the fault was not found")
}

#[test]
fn a_specification_in_which_removals_win() {
    let alphabet = || vec![(SetOp::Insert(0), 0), (SetOp::Remove(0), 0)];
    let failure = failure::<Causal<RemoveWins>>(alphabet());
    assert!(failure.contains("should read\n    {}"), "{failure}");
    let world =
        World { alphabet: alphabet(), depth: 3, orders: ASCENDING.to_vec(), is_reduced: true };
    assert!(explore::<Causal<AwSet<u8>>>(&world).is_ok());
}

#[test]
fn a_counter_that_folds_what_others_have_seen() {
    let failure = failure::<Causal<Folded>>(vec![(Some(1), 0), (None, 0)]);
    assert!(failure.contains("reads\n    2\n  but should read\n    1"), "{failure}");
}

#[test]
fn a_digest_that_claims_what_it_only_knows_to_be_gone() {
    let failure = failure::<Overclaims>(vec![(RegisterOp::Set(0), 0)]);
    assert!(failure.contains("there is no difference"), "{failure}");
}

#[test]
fn a_merge_whose_result_depends_on_the_order() {
    let failure = failure::<FirstCome>(vec![(RegisterOp::Set(0), 0)]);
    assert!(failure.contains("merge says true"), "{failure}");
}

#[test]
fn parts_that_tell_of_a_removal_and_not_of_its_own_write() {
    let failure = failure::<Scatters>(vec![(RegisterOp::Set(0), 0), (RegisterOp::Clear, 0)]);
    assert!(failure.contains("there is no difference"), "{failure}");
}

/// A set of which one would think that a removal takes concurrent insertions too.
struct RemoveWins;

impl Spec for RemoveWins {
    type Op = SetOp;
    type Piece = (u8, bool);
    type Value = BTreeSet<u8>;

    fn op(rng: &mut Rng) -> SetOp {
        AwSet::op(rng)
    }

    fn effect(op: &SetOp, at: usize, live: &[Live<'_, (u8, bool)>]) -> Effect<(u8, bool)> {
        match op {
            SetOp::Insert(x) => RwSet::effect(&RwOp::Insert(*x), at, live),
            SetOp::Remove(x) => RwSet::effect(&RwOp::RemovePresent(*x), at, live),
            _ => Effect::none(),
        }
    }

    fn value(live: &[Live<'_, (u8, bool)>]) -> BTreeSet<u8> {
        <RwSet<u8> as Spec>::value(live)
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

/// The counter as it is often embedded: each replica's total is under its last dot.
struct Folded;

impl Spec for Folded {
    type Op = Option<i8>;
    type Piece = i8;
    type Value = i128;

    fn op(rng: &mut Rng) -> Option<i8> {
        ResetCounter::op(rng)
    }

    fn effect(op: &Option<i8>, at: usize, live: &[Live<'_, i8>]) -> Effect<i8> {
        ResetCounter::effect(op, at, live)
    }

    fn value(live: &[Live<'_, i8>]) -> i128 {
        <ResetCounter as Spec>::value(live)
    }
}

impl StoreSubject for Folded {
    type Real = Dotted<Claims<PnCounter>>;

    fn apply(cursor: &mut <Self::Real as DotStore>::Cursor<'_>, op: &Option<i8>) {
        match op {
            Some(by) => {
                let far = u64::from(by.unsigned_abs());
                cursor.edit(|counter| match by.is_positive() {
                    true => counter.increment(far),
                    false => counter.decrement(far),
                });
            }
            None => {
                cursor.clear();
            }
        }
    }

    fn read(real: &Self::Real) -> i128 {
        real.value().0.value()
    }
}

/// A register with a merge, a digest and parts of its own, of which only is read whether it is
/// empty.
macro_rules! faulty {
    (
        $(#[$doc:meta])* $name:ident, |$mine:ident, $other:ident| $merge:expr,
        |$own:ident| $digest:expr, |$whole:ident, $visit:ident| $parts:expr
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        struct $name(Causal<MvRegister<u8>>);

        impl Crdt for $name {
            fn merge(&mut self, Self($other): Self) -> bool {
                let $mine = &mut self.0;
                $merge
            }
        }

        impl Diff for $name {
            type Digest = CausalDigest;

            fn digest(&self) -> CausalDigest {
                let $own = &self.0;
                $digest
            }

            fn diff(&self, peer: &CausalDigest) -> Option<Self> {
                self.0.diff(peer).map(Self)
            }
        }

        impl Decompose for $name {
            const HIDES_PARTS: bool = true;

            fn decompose(&self, visit: &mut dyn FnMut(Self)) {
                let ($whole, $visit) = (&self.0, &mut |part| visit(Self(part)));
                $parts
            }
        }

        impl Edit for $name {
            type Cursor<'a> = <MvRegister<u8> as DotStore>::Cursor<'a>;

            fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> Self::Cursor<'a> {
                self.0.cursor(draft.part(|it| &mut it.0))
            }

            fn settle(&mut self, draft: Draft<'_, Self>) {
                self.0.settle(draft.part(|it| &mut it.0));
            }

            fn undo(&mut self, delta: &Self, before: Self) {
                self.0.undo(&delta.0, before.0);
            }
        }

        impl Spec for $name {
            type Op = RegisterOp;
            type Piece = u8;
            type Value = bool;

            fn op(rng: &mut Rng) -> RegisterOp {
                MvRegister::op(rng)
            }

            fn effect(op: &RegisterOp, at: usize, live: &[Live<'_, u8>]) -> Effect<u8> {
                MvRegister::effect(op, at, live)
            }

            fn value(live: &[Live<'_, u8>]) -> bool {
                !live.is_empty()
            }
        }

        impl Subject for $name {
            type Real = Self;

            fn apply(cursor: &mut <Self as Edit>::Cursor<'_>, op: &RegisterOp) {
                MvRegister::apply(cursor, op);
            }

            fn read(real: &Self) -> bool {
                !real.0.is_empty()
            }
        }
    };
}

faulty! {
    /// Claims to have seen what it only knows to be gone: our own first version.
    Overclaims, |mine, other| mine.merge(other), |own| own.context().clone().into(),
    |own, visit| own.decompose(visit)
}

faulty! {
    /// Of two concurrent writes, the one that came first stays.
    FirstCome, |mine, other| {
        let held: CausalContext = mine.writes().map(|(dot, _)| dot).collect();
        let changed = mine.merge(other);
        if mine.writes().any(|(dot, _)| held.contains(dot)) {
            let (store, seen) = (mine.within(&held), mine.seen());
            *mine = Causal::from_parts(store, seen, mine.foretold().clone()).expect("a subset");
        }
        changed
    }, |own| own.digest(), |own, visit| own.decompose(visit)
}

faulty! {
    /// One part for what is live, and one for what is not.
    Scatters, |mine, other| mine.merge(other), |own| own.digest(), |own, visit| {
        if own.digest().halves() != own.foretold() {
            return own.decompose(visit); // the difference for a peer
        }
        let live: CausalContext = own.writes().map(|(dot, _)| dot).collect();
        let parts = [
            (MvRegister::default(), own.seen().difference(&live), own.foretold().clone()),
            (own.store().clone(), live, CausalContext::new()),
        ];
        for (store, seen, foretold) in parts {
            if !(seen.is_empty() && foretold.is_empty()) {
                visit(Causal::from_parts(store, seen, foretold).expect("parts of a sound value"));
            }
        }
    }
}
