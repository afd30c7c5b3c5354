use core::fmt;
use core::ops::Deref;

use crate::Crdt;

/// Edits a lattice that has no cursor of its own: by joining deltas that the caller makes.
///
/// The derives hand it out for fields that are marked `#[crdt(join)]`, for which a hand-written
/// `merge` is enough.
///
/// ```
/// use rejoin_core::{Crdt, JoinCursor};
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
/// let (mut value, mut delta) = (Hottest(31), Hottest::default());
/// let mut cursor = JoinCursor::new(&mut value, &mut delta);
/// assert!(!cursor.join(Hottest(12)));
/// assert!(cursor.join(Hottest(33)));
/// assert_eq!((value, delta), (Hottest(33), Hottest(33)));
/// ```
pub struct JoinCursor<'a, L> {
    value: &'a mut L,
    delta: &'a mut L,
}

impl<'a, L> JoinCursor<'a, L> {
    /// A cursor that edits `value`, and joins what changes it into `delta`.
    pub fn new(value: &'a mut L, delta: &'a mut L) -> Self {
        Self { value, delta }
    }
}

impl<L: Crdt + Clone> JoinCursor<'_, L> {
    /// Joins `delta`, and returns whether the value changed.
    pub fn join(&mut self, delta: L) -> bool {
        let changed = self.value.merge(delta.clone());
        if changed {
            self.delta.merge(delta);
        }
        changed
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
