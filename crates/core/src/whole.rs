use core::ops::Deref;

use crate::{Crdt, Decompose, Diff, Draft, Edit, JoinCursor, ValueChange, Watch};

/// A lattice that has only a `merge`, made ready for all that asks for more: the store, the
/// derives, the law kit.
///
/// It is edited by joining deltas that the caller makes ([`JoinCursor`]), its digest is a copy of
/// itself, and a difference is the whole value. That is correct for any lattice, and right for
/// small ones; where values are large, implement [`Edit`], [`Diff`] and [`Decompose`], and drop the
/// wrapper.
///
/// ```
/// use rejoin_core::{Crdt, Diff, Edit, ReplicaId, Whole};
///
/// /// A lattice from elsewhere, in a newtype that gives it the trait.
/// #[derive(Clone, Debug, Default, PartialEq)]
/// struct Colours(std::collections::BTreeSet<&'static str>);
///
/// impl Crdt for Colours {
///     fn merge(&mut self, other: Self) -> bool {
///         let before = self.0.len();
///         self.0.extend(other.0);
///         self.0.len() > before
///     }
/// }
///
/// let (mut here, mut there) = (Whole::<Colours>::default(), Whole::<Colours>::default());
/// here.edit(ReplicaId::from_u128(1), |colours| colours.join(Colours(["red"].into())));
/// there.merge(here.diff(&there.digest()).expect("red"));
/// assert!(there.0.contains("red"));
/// assert_eq!(here.diff(&there.digest()), None);
/// ```
///
/// Cost: a digest clones the value, a difference merges a clone into one of the peer's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(transparent))]
pub struct Whole<T>(T);

impl<T> Whole<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Whole<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> Deref for Whole<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Crdt> Crdt for Whole<T> {
    fn merge(&mut self, other: Self) -> bool {
        self.0.merge(other.0)
    }

    fn covers(&self, other: &Self) -> bool {
        self.0.covers(&other.0)
    }

    fn is_bottom(&self) -> bool {
        self.0.is_bottom()
    }
}

impl<T: Crdt> Edit for Whole<T> {
    type Cursor<'a>
        = JoinCursor<'a, T>
    where
        T: 'a;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> JoinCursor<'a, T> {
        JoinCursor::new(&mut self.0, draft.part(|whole| &mut whole.0))
    }
}

impl<T: Crdt> Diff for Whole<T> {
    /// Nothing shorter tells for every lattice who is ahead.
    type Digest = Self;

    fn digest(&self) -> Self {
        self.clone()
    }

    fn diff(&self, peer: &Self) -> Option<Self> {
        (!peer.covers(self)).then(|| self.clone())
    }
}

impl<T: Crdt> Decompose for Whole<T> {
    /// The value is its only part, as far as the wrapper can tell. So
    /// [`difference`](Decompose::difference) is a correct difference, though not the least.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        if !self.is_bottom() {
            visit(self.clone());
        }
    }
}

impl<T: Crdt> Watch for Whole<T> {
    type Change = ValueChange<T>;

    fn changes(&self, other: &Self, visit: &mut dyn FnMut(Self::Change)) {
        let mut after = self.0.clone();
        if after.merge(other.0.clone()) {
            visit(ValueChange { before: self.0.clone(), after });
        }
    }
}

#[cfg(feature = "serde")]
mod serde_impls {
    use serde::{Serialize, Serializer};

    use super::Whole;
    use crate::wire::Readable;

    /// The value.
    impl<T: Serialize> Serialize for Whole<T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            Readable(&self.0).serialize(serializer)
        }
    }
}
