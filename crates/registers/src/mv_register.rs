mod siblings;

use alloc::vec::Vec;
use core::fmt;

use rejoin_core::store::forward;
use rejoin_core::{Dot, DotFun, DotFunCursor, IntoValue, ValueChange};

pub use self::siblings::TooManySiblings;

/// A register that keeps concurrent writes beside each other: a multi-value register.
///
/// Under concurrency all writes stay, as *siblings*, until a write that has seen them replaces
/// them. Concurrent writes of equal values do not contradict each other, and read as one value.
///
/// ```
/// use rejoin_registers::{Causal, Crdt, Edit, MvRegister, ReplicaId};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = Causal::<MvRegister<&str>>::default();
/// let mut there = here.clone();
/// here.edit(alice, |name| name.set("Alicia"));
/// let delta = there.edit(bob, |name| name.set("Allison"));
///
/// here.merge(delta);
/// assert_eq!(here.values().collect::<Vec<_>>(), [&"Alicia", &"Allison"]);
///
/// here.edit(alice, |name| name.set("Alice")); // has seen both
/// assert_eq!(here.values().collect::<Vec<_>>(), [&"Alice"]);
/// ```
///
/// A single value is stored inline. All operations are linear in the siblings.
///
/// Replicas compare the bytes of what they have, so values that are equal have to be encoded alike.
/// In the codec of this workspace a `HashMap` is, and a `HashSet` is not: use a `BTreeSet`.
///
/// The methods that edit it are those of [`MvRegisterCursor`].
///
/// Source: Shapiro, Preguiça, Baquero, Zawirski, *A comprehensive study of CRDTs* (2011),
/// section 3.2.2.
#[derive(Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(transparent, bound(deserialize = "V: serde::Deserialize<'de>"))
)]
pub struct MvRegister<V> {
    #[cfg_attr(feature = "serde", serde(deserialize_with = "announced"))]
    writes: DotFun<V>,
}

#[cfg(feature = "serde")]
fn announced<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    rejoin_core::wire::deserialize_named("rejoin::MvRegister", deserializer)
}

impl<V> MvRegister<V> {
    /// The live writes, in ascending order of their dots, each with the dot that made it.
    pub fn writes(&self) -> impl ExactSizeIterator<Item = (Dot, &V)> {
        self.writes.iter()
    }

    /// Whether nothing was written, or all was cleared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }
}

impl<V: PartialEq> MvRegister<V> {
    /// The siblings: the different values of the live writes, in ascending order of their dots.
    ///
    /// There is one value, unless different ones were written concurrently.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        distinct(&self.writes)
    }

    /// The value, if there is exactly one: no two live writes contradict each other.
    #[must_use]
    pub fn get(&self) -> Option<&V> {
        let mut values = self.values();
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }
}

/// The values of `writes`, without those that an earlier one equals.
fn distinct<V: PartialEq>(writes: &DotFun<V>) -> impl Iterator<Item = &V> {
    writes.iter().enumerate().filter_map(|(at, (_, value))| {
        writes.iter().take(at).all(|(_, earlier)| earlier != value).then_some(value)
    })
}

forward! {
    writes =>
    impl<V: Clone> DotStore for MvRegister<V> { type Cursor = MvRegisterCursor; }
    impl<V: Clone + PartialEq> WatchStore for MvRegister<V> {
        type Change = ValueChange<Vec<V>>;
        |register| register.values().cloned().collect()
    }
    impl<V> Default for MvRegister<V> {}
}

impl<V: fmt::Debug> fmt::Debug for MvRegister<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MvRegister")?;
        f.debug_list().entries(self.writes()).finish()
    }
}

/// Edits an [`MvRegister`].
#[derive(Debug)]
pub struct MvRegisterCursor<'a, V> {
    writes: DotFunCursor<'a, V>,
}

impl<V: Clone> MvRegisterCursor<'_, V> {
    /// Writes `value` in place of all siblings.
    pub fn set(&mut self, value: impl IntoValue<V>) {
        self.writes.write(value.into_value());
    }

    /// Writes `value` in place of the siblings that were written under these dots; the others stay.
    ///
    /// This is for a writer who has read the register earlier or elsewhere, and knows only the
    /// [`writes`](MvRegister::writes) that it saw then. Of those, one that has not arrived here yet
    /// becomes a sibling when it does.
    pub fn set_over(&mut self, seen: &[Dot], value: impl IntoValue<V>) {
        self.writes.replace_where(value.into_value(), |dot, _| seen.contains(&dot));
    }

    /// Removes all siblings, and returns whether there were any.
    pub fn clear(&mut self) -> bool {
        self.writes.clear()
    }
}

impl<V: PartialEq> MvRegisterCursor<'_, V> {
    /// The siblings, as [`MvRegister::values`].
    pub fn values(&self) -> impl Iterator<Item = &V> {
        distinct(&self.writes)
    }
}
