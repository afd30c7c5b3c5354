use core::fmt;
use core::ops::Deref;

use crate::{Crdt, Draft};

/// Edits a lattice that has no cursor of its own: by joining deltas that the caller makes.
///
/// The derives hand it out for fields that are marked `#[crdt(join)]`, for which a hand-written
/// `merge` is enough.
///
/// ```
/// use rejoin_core::{Crdt, Draft, JoinCursor, ReplicaId};
///
/// #[derive(Clone, Debug, Default, PartialEq)]
/// struct Hottest(i32);
///
/// impl Crdt for Hottest {
///     fn merge(&mut self, other: Self) -> bool {
///         let hotter = other.0 > self.0;
///         self.0 = self.0.max(other.0);
///         hotter
///     }
/// }
///
/// let (mut value, mut delta, mut before) = (Hottest(31), Hottest::default(), Hottest::default());
/// let draft = Draft::new(ReplicaId::from_u128(1), &mut delta, &mut before);
/// let mut cursor = JoinCursor::new(&mut value, draft);
/// assert!(!cursor.join(Hottest(12)));
/// assert!(cursor.join(Hottest(33)));
/// assert_eq!((value, delta, before), (Hottest(33), Hottest(33), Hottest(31)));
/// ```
pub struct JoinCursor<'a, L> {
    value: &'a mut L,
    draft: Draft<'a, L>,
}

impl<'a, L> JoinCursor<'a, L> {
    /// A cursor that edits `value`, and joins what changes it into the delta of `draft`.
    pub fn new(value: &'a mut L, draft: Draft<'a, L>) -> Self {
        Self { value, draft }
    }
}

impl<L: Crdt> JoinCursor<'_, L> {
    /// Joins `delta`, and returns whether the value changed.
    pub fn join(&mut self, delta: L) -> bool {
        if self.value.covers(&delta) {
            return false;
        }
        self.draft.keep(self.value);
        self.draft.delta().merge(delta.clone());
        self.value.merge(delta)
    }
}

impl<L> Deref for JoinCursor<'_, L> {
    type Target = L;

    fn deref(&self) -> &L {
        self.value
    }
}

impl<L> fmt::Debug for JoinCursor<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinCursor").finish_non_exhaustive()
    }
}
