use core::fmt;

use rejoin_clocks::ReplicaId;

use crate::Crdt;

/// One edit of a plain lattice in progress: who edits, what has changed, and what was there before.
///
/// The [delta](Draft::delta) is what peers merge; what was there [before](Draft::before) is what
/// [`Edit::undo`](crate::Edit::undo) puts back. Authors of plain lattices meet it in
/// [`Edit::cursor`](crate::Edit::cursor); dot stores have a [`Writer`](crate::store::Writer)
/// instead.
///
/// A value that is small keeps all of itself before its first change:
///
/// ```
/// use rejoin_core::{Crdt, Draft, Edit, ReplicaId};
///
/// /// The highest temperature that any of the sensors has seen.
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
/// struct HottestCursor<'a> {
///     value: &'a mut Hottest,
///     draft: Draft<'a, Hottest>,
/// }
///
/// impl HottestCursor<'_> {
///     fn measure(&mut self, degrees: i32) {
///         if degrees > self.value.0 {
///             self.draft.keep(self.value);
///             self.value.0 = degrees;
///             self.draft.delta().0 = degrees;
///         }
///     }
/// }
///
/// impl Edit for Hottest {
///     type Cursor<'a> = HottestCursor<'a>;
///
///     fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> HottestCursor<'a> {
///         HottestCursor { value: self, draft }
///     }
/// }
///
/// let mut roof = Hottest(31);
/// let refused = roof.try_edit(ReplicaId::from_u128(1), |roof| {
///     roof.measure(3_100);
///     Err::<(), _>("the sensor is broken")
/// });
/// assert_eq!(refused, Err("the sensor is broken"));
/// assert_eq!(roof, Hottest(31));
/// ```
pub struct Draft<'a, T> {
    replica: ReplicaId,
    delta: &'a mut T,
    before: &'a mut T,
}

impl<'a, T> Draft<'a, T> {
    /// A draft of an edit by `replica`, which joins what it changes into `delta` and keeps what it
    /// replaces in `before`. Both are bottom at first.
    #[inline]
    pub fn new(replica: ReplicaId, delta: &'a mut T, before: &'a mut T) -> Self {
        Self { replica, delta, before }
    }

    /// The replica that edits.
    #[must_use]
    #[inline]
    pub fn replica(&self) -> ReplicaId {
        self.replica
    }

    /// What has changed.
    #[inline]
    pub fn delta(&mut self) -> &mut T {
        self.delta
    }

    /// What was there before, of the parts that have changed: bottom where nothing was.
    #[inline]
    pub fn before(&mut self) -> &mut T {
        self.before
    }

    /// The delta and what was there before.
    #[inline]
    pub fn both(&mut self) -> (&mut T, &mut T) {
        (self.delta, self.before)
    }

    /// The same draft, borrowed for a while.
    #[inline]
    pub fn reborrow(&mut self) -> Draft<'_, T> {
        Draft { replica: self.replica, delta: self.delta, before: self.before }
    }

    /// The draft of one part of the value, such as a field.
    #[inline]
    pub fn part<U>(self, part: impl Fn(&mut T) -> &mut U) -> Draft<'a, U> {
        Draft { replica: self.replica, delta: part(self.delta), before: part(self.before) }
    }
}

impl<T: Crdt> Draft<'_, T> {
    /// Keeps all of `value` as it was before the edit, unless something has changed already. Called
    /// right before each change by types whose [`undo`](crate::Edit::undo) is the provided one.
    #[inline]
    pub fn keep(&mut self, value: &T) {
        if self.delta.is_bottom() {
            self.before.clone_from(value);
        }
    }
}

impl<'a, T: Crdt> Draft<'a, T> {
    /// [Keeps](Draft::keep) all of `value`, and returns the delta: for a cursor of a type that may
    /// be cloned once per edit.
    #[inline]
    pub fn into_delta(mut self, value: &T) -> &'a mut T {
        self.keep(value);
        self.delta
    }
}

impl<T: fmt::Debug> fmt::Debug for Draft<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("replica", &self.replica)
            .field("delta", &self.delta)
            .finish_non_exhaustive()
    }
}
