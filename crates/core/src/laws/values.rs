//! What the kit does with values, whatever type they are of.
//!
//! The kit speaks of values by their places, so that it is compiled once. What is compiled for each
//! type is little more than an arena, which implements these traits.

use core::fmt::Debug;
use core::ops::Range;
use std::string::String;

use crate::ReplicaId;

/// A value, by its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place(pub(super) usize);

/// Values of one type. What makes a value adds it after all others.
pub(super) trait Values {
    fn count(&self) -> usize;

    /// Drops all but the first `count`.
    fn truncate(&mut self, count: usize);

    fn bottom(&mut self) -> Place;

    fn copy(&mut self, value: Place) -> Place;

    /// Merges a copy of `other`, and returns what `merge` does.
    fn merge(&mut self, value: Place, other: Place) -> bool;

    /// Does the edits of these seeds as one, which then ends so.
    fn edit(&mut self, value: Place, id: ReplicaId, seeds: &[u64], end: End) -> Edited;

    /// What `peer` lacks of `value`.
    fn diff(&mut self, value: Place, peer: Place) -> Option<Place>;

    /// Adds all the parts of `value`.
    fn decompose(&mut self, value: Place);
}

/// Values of a type that is a [`Subject`](super::Subject).
pub(super) trait Subjects: Values {
    fn equal(&self, left: Place, right: Place) -> bool;

    fn debug(&self, value: Place) -> &dyn Debug;

    fn covers(&self, value: Place, other: Place) -> bool;

    fn is_bottom(&self, value: Place) -> bool;

    fn difference(&mut self, value: Place, known: Place) -> Place;

    /// Whether the caller's property holds of these values, which are in the order of their places,
    /// and have other places afterwards.
    fn property(&mut self, sample: &[Place]) -> Result<(), String>;
}

/// How an edit is to end.
#[derive(Clone, Copy)]
pub(super) enum End {
    Keep,
    /// The closure that edits fails.
    Fail,
    /// What the closure did is not accepted.
    Refuse,
}

/// What became of an edit.
pub(super) enum Edited {
    /// It was kept, and has this delta.
    Kept(Place),
    Failed,
    /// It was not accepted: what was shown as the value and the delta.
    Refused([Place; 2]),
}

pub(super) fn join(values: &mut dyn Values, a: Place, b: Place) -> Place {
    let joined = values.copy(a);
    values.merge(joined, b);
    joined
}

/// The places of all the parts of `value`, which are added.
pub(super) fn parts(values: &mut dyn Values, value: Place) -> Range<usize> {
    let first = values.count();
    values.decompose(value);
    first..values.count()
}
