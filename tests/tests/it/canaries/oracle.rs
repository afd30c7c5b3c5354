mod faults;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rejoin_core::{
    Causal, CausalContext, CausalDigest, Crdt, Decompose, Diff, Dot, DotStore, Draft, Edit,
};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter};
use rejoin_maps::{Dotted, OrMap};
use rejoin_registers::{EwFlag, Max, MvRegister};
use rejoin_sets::{AwSet, GSet};
use rejoin_tests::oracle::{Effect, Live, Spec, Subject, edit, find_failure};
use rejoin_tests::rng::Rng;
use rejoin_tests::spec::{Claims, SetOp, StoreSubject};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::faults::{Drops, Ignores, OnlyAdds, Overclaims, Resurrects, Scatters};

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

#[test]
fn parts_that_tell_of_a_removal_and_not_of_its_own_write() {
    caught::<Faulty<AwSet<u8>, Scatters>, Causal<AwSet<u8>>>();
}

#[test]
fn parts_that_tell_of_a_removal_are_found_by_the_law_kit() {
    let check =
        || rejoin_core::laws::check::<Faulty<AwSet<u8>, Scatters>>(edit::<Causal<AwSet<u8>>>);
    let panic = catch_unwind(AssertUnwindSafe(check)).expect_err("the fault was not found");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.starts_with("a.diff(b.digest()) is None, so b = b ⊔ a"), "{message}");
    assert!(message.contains("= a part of"), "{message}");
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

    fn diff(mine: &Causal<S>, peer: &CausalDigest) -> Option<Causal<S>> {
        mine.diff(peer)
    }

    fn digest(mine: &Causal<S>) -> CausalDigest {
        mine.digest()
    }

    fn decompose(mine: &Causal<S>, visit: &mut dyn FnMut(Causal<S>)) {
        mine.decompose(visit);
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
    type Digest = CausalDigest;

    fn digest(&self) -> CausalDigest {
        F::digest(&self.0)
    }

    fn diff(&self, peer: &CausalDigest) -> Option<Self> {
        F::diff(&self.0, peer).map(|diff| Self(diff, PhantomData))
    }
}

impl<S: Itself, F: Fault<S>> Decompose for Faulty<S, F> {
    const HIDES_PARTS: bool = true;

    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        F::decompose(&self.0, &mut |part| visit(Self(part, PhantomData)));
    }
}

impl<S: Itself, F: Fault<S>> Edit for Faulty<S, F> {
    type Cursor<'a>
        = S::Cursor<'a>
    where
        Self: 'a;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> S::Cursor<'a> {
        self.0.cursor(draft.part(|it| &mut it.0))
    }

    fn settle(&mut self, draft: Draft<'_, Self>) {
        self.0.settle(draft.part(|it| &mut it.0));
    }

    fn undo(&mut self, delta: &Self, before: Self) {
        self.0.undo(&delta.0, before.0);
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
