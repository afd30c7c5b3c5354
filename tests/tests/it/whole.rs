//! Lattices with nothing but a `merge`, in their wrapper.

use quickcheck::Arbitrary;
use rejoin_core::laws::{self, AnyEdit};
use rejoin_core::{Crdt, Decompose, Diff, Edit, ReplicaId, ValueChange, Watch, Whole};
use rejoin_counters::GCounter;

/// Two maxima, and so not a total order: what is sent whole may be news in part.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Box2(u8, u8);

impl Crdt for Box2 {
    fn merge(&mut self, other: Self) -> bool {
        let before = *self;
        *self = Self(self.0.max(other.0), self.1.max(other.1));
        *self != before
    }
}

impl Arbitrary for Box2 {
    fn arbitrary(g: &mut quickcheck::Gen) -> Self {
        Self(u8::arbitrary(g) % 8, u8::arbitrary(g) % 8)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, Watch, AnyEdit)]
struct Parcel {
    size: Whole<Box2>,
    scans: GCounter,
}
laws::arbitrary!(Parcel);

#[test]
fn the_wrapper_obeys_the_laws() {
    laws::check::<Whole<Box2>>(|size, g| size.any_edit(g));
    laws::check::<Parcel>(|parcel, g| parcel.any_edit(g));
}

#[test]
fn a_difference_is_whole_and_only_news() {
    let (a, b) = (Whole::from(Box2(3, 1)), Whole::from(Box2(1, 3)));
    assert_eq!(a.diff(&b.digest()), Some(a));
    assert_eq!(Whole::from(Box2(1, 1)).diff(&b.digest()), None);
    assert_eq!(a.difference(&b), a);
    assert_eq!(Whole::from(Box2(1, 1)).difference(&b), Whole::default());
}

#[test]
fn a_wrapped_value_is_edited_watched_and_encoded_as_itself() {
    let mut parcel = Parcel::default();
    let delta = parcel.edit(ReplicaId::from_u128(1), |parcel| parcel.size().join(Box2(2, 2)));
    let mut changes = Vec::new();
    Parcel::default().merge_watched(delta, &mut |change| changes.push(change));
    let change = ValueChange { before: Box2(0, 0), after: Box2(2, 2) };
    assert_eq!(changes, [ParcelChange::Size(change)]);
    assert_eq!(serde_json::to_string(&Whole::from(7)).expect("a number"), "7");
    assert_eq!((*Whole::from(7), Whole::from(7).into_inner()), (7, 7));
}
