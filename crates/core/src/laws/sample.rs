//! Values that executions make, for property tests of any kind.

use core::ops::{Deref, Range};
use std::boxed::Box;
use std::vec::Vec;

use quickcheck::{Arbitrary, Gen};

use super::AnyEdit;
use super::arena::Arena;
use super::execution::Execution;
use super::script::{REPLICAS, Script};
use crate::{Causal, CausalContext, Decompose, DotStore, Edit, ReplicaId};

/// A value that an execution makes: a replica's state, a delta, a group of deltas, a stale
/// snapshot.
///
/// This is how the types of this workspace are [`Arbitrary`];
/// [`arbitrary!`](crate::laws::arbitrary!) makes a type of yours so. `g`'s size bounds the steps of
/// the execution.
///
/// Each value is of an execution of its own, among replicas of its own, so that two of them may be
/// merged. Where values ought to know something of each other, use [`Related`].
pub fn arbitrary<T>(g: &mut Gen) -> T
where
    T: Edit + Clone + 'static,
    for<'a> T::Cursor<'a>: AnyEdit,
{
    let values: Vec<T> = run(ids(g), &Script::arbitrary(g));
    match choose(g, values.len()) {
        Some(at) => values[at].clone(),
        None => T::default(),
    }
}

/// Which of so many values of an execution: a state as often as something that was sent.
fn choose(g: &mut Gen, count: usize) -> Option<usize> {
    let places: Vec<usize> = (0..count).collect();
    let (states, sent) = places.split_at(REPLICAS);
    let kind = if bool::arbitrary(g) { states } else { sent };
    g.choose(kind).copied()
}

/// Smaller values than `value`: joins of some of its parts.
///
/// A value is its parts, any of which may have been lost on the way, so this too is what an
/// execution makes.
pub fn shrink<T: Decompose + Clone + 'static>(value: &T) -> Box<dyn Iterator<Item = T>> {
    let mut parts = Vec::new();
    value.decompose(&mut |part| parts.push(part));
    let gaps = Gaps { count: parts.len(), length: parts.len(), at: 0 };
    Box::new(Shrunk { parts, gaps })
}

/// Joins of some parts of a value.
struct Shrunk<T> {
    parts: Vec<T>,
    gaps: Gaps,
}

impl<T: Decompose> Iterator for Shrunk<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let gap = self.gaps.next()?;
        let mut joined = T::default();
        for at in 0..self.parts.len() {
            if !gap.contains(&at) {
                joined.merge(self.parts[at].clone());
            }
        }
        Some(joined)
    }
}

/// Which runs of so many parts to leave out, one after the other: all of them, then each half, then
/// each quarter, down to single ones.
struct Gaps {
    count: usize,
    length: usize,
    at: usize,
}

impl Iterator for Gaps {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        if self.at >= self.count {
            self.length /= 2;
            self.at = 0;
        }
        if self.length == 0 {
            return None;
        }
        let start = self.at;
        self.at += self.length;
        Some(start..self.at)
    }
}

/// The content of an [`arbitrary`] causal value.
pub fn arbitrary_store<S>(g: &mut Gen) -> S
where
    S: DotStore + Clone + 'static,
    for<'a> S::Cursor<'a>: AnyEdit,
{
    arbitrary::<Causal<S>>(g).store().clone()
}

/// Smaller contents than `store`: some of its pieces.
pub fn shrink_store<S: DotStore + Clone + 'static>(store: &S) -> Box<dyn Iterator<Item = S>> {
    let mut seen = CausalContext::new();
    store.dots(&mut |dot| {
        seen.insert(dot);
    });
    match Causal::from_parts(store.clone(), seen, CausalContext::new()) {
        Ok(causal) => Box::new(shrink(&causal).map(|causal| causal.store().clone())),
        Err(_) => Box::new(core::iter::empty()),
    }
}

/// Values of one execution, which know something of each other: the states of its three replicas,
/// and then what they sent, such as deltas and stale snapshots.
///
/// It derefs to a slice, is never empty, and shrinks as an execution.
///
/// ```
/// use rejoin_core::laws::Related;
/// use rejoin_core::{Causal, Crdt, DotMap, DotSet};
///
/// fn merging_everything_is_the_same_in_any_order(
///     related: Related<Causal<DotMap<u8, DotSet>>>,
/// ) -> bool {
///     let (mut forth, mut back) = (related[0].clone(), related[0].clone());
///     for (value, other) in related.iter().zip(related.iter().rev()) {
///         forth.merge(value.clone());
///         back.merge(other.clone());
///     }
///     forth == back
/// }
/// quickcheck::quickcheck(merging_everything_is_the_same_in_any_order as fn(_) -> _);
/// ```
#[derive(Clone, Debug)]
pub struct Related<T> {
    values: Vec<T>,
    ids: [ReplicaId; REPLICAS],
    script: Script,
}

impl<T> Related<T>
where
    T: Edit + Clone + 'static,
    for<'a> T::Cursor<'a>: AnyEdit,
{
    fn new(ids: [ReplicaId; REPLICAS], script: Script) -> Self {
        Self { values: run(ids, &script), ids, script }
    }
}

impl<T> Arbitrary for Related<T>
where
    T: Edit + Clone + 'static,
    for<'a> T::Cursor<'a>: AnyEdit,
{
    fn arbitrary(g: &mut Gen) -> Self {
        Self::new(ids(g), Script::arbitrary(g))
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let ids = self.ids;
        Box::new(self.script.shrink().map(move |script| Self::new(ids, script)))
    }
}

impl<T> Deref for Related<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.values
    }
}

/// The final states of an execution, then all that was sent.
fn run<T>(ids: [ReplicaId; REPLICAS], script: &Script) -> Vec<T>
where
    T: Edit + Clone + 'static,
    for<'a> T::Cursor<'a>: AnyEdit,
{
    let edit = |cursor: &mut T::Cursor<'_>, g: &mut Gen| {
        for _ in 0..u8::arbitrary(g) % 4 + 1 {
            cursor.any_edit(g);
        }
    };
    let mut arena = Arena::new(&edit, None, None);
    Execution::run(ids, script, &mut arena);
    arena.values
}

/// Replicas that nobody else is. Arbitrary integers would not do: many of them are 0, 1 or the
/// largest.
fn ids(g: &mut Gen) -> [ReplicaId; REPLICAS] {
    let bytes: [u8; 256] = core::array::from_fn(|byte| byte as u8);
    let mut byte = || g.choose(&bytes).copied().unwrap_or_default();
    core::array::from_fn(|_| ReplicaId::from_bytes(core::array::from_fn(|_| byte())))
}

/// Makes lattices [`Arbitrary`](quickcheck::Arbitrary): values are those that executions make, with
/// the edits of [`AnyEdit`], and shrink by their parts.
///
/// ```
/// use rejoin_core::laws::{self, AnyEdit};
/// use rejoin_core::{Causal, Crdt, Decompose, Diff, DotSet};
///
/// #[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, AnyEdit)]
/// struct Lamps {
///     hall: Causal<DotSet>,
///     door: Causal<DotSet>,
/// }
/// laws::arbitrary!(Lamps);
///
/// fn both_sides_become_equal(mut here: Lamps, mut there: Lamps) -> bool {
///     there.merge(here.clone());
///     here.merge(there.clone());
///     here == there
/// }
/// quickcheck::quickcheck(both_sides_become_equal as fn(_, _) -> _);
/// ```
///
/// With parameters: `laws::arbitrary!(impl[T: Arbitrary + Ord] Basket<T>);`, and then a `where`
/// clause if need be.
#[doc(hidden)] // documented as `laws::arbitrary!`
#[macro_export]
macro_rules! __arbitrary {
    (impl[$($generics:tt)*] $type:ty $(where $($bounds:tt)*)?) => {
        impl<$($generics)*> $crate::laws::Arbitrary for $type $(where $($bounds)*)? {
            fn arbitrary(g: &mut $crate::laws::Gen) -> Self {
                $crate::laws::arbitrary(g)
            }

            fn shrink(&self) -> $crate::laws::__Box<dyn ::core::iter::Iterator<Item = Self>> {
                $crate::laws::shrink(self)
            }
        }
    };
    ($type:ty) => {
        $crate::laws::arbitrary!(impl[] $type);
    };
}

/// Makes dot stores [`Arbitrary`](quickcheck::Arbitrary): the content of an arbitrary
/// [`Causal`](crate::Causal). `Causal<S>` is so without it.
#[doc(hidden)] // documented as `laws::arbitrary_store!`
#[macro_export]
macro_rules! __arbitrary_store {
    (impl[$($generics:tt)*] $type:ty $(where $($bounds:tt)*)?) => {
        impl<$($generics)*> $crate::laws::Arbitrary for $type $(where $($bounds)*)? {
            fn arbitrary(g: &mut $crate::laws::Gen) -> Self {
                $crate::laws::arbitrary_store(g)
            }

            fn shrink(&self) -> $crate::laws::__Box<dyn ::core::iter::Iterator<Item = Self>> {
                $crate::laws::shrink_store(self)
            }
        }
    };
    ($type:ty) => {
        $crate::laws::arbitrary_store!(impl[] $type);
    };
}
