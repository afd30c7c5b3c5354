use core::fmt;

use rejoin_core::{CausalContext, Dot, DotFun, DotFunCursor, DotStore, Journal, Writer};

/// A register that keeps concurrent writes beside each other: a multi-value register.
///
/// Under concurrency all writes stay, as *siblings*, until a write that has seen them replaces
/// them.
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
/// Source: Shapiro, Preguiça, Baquero, Zawirski, *A comprehensive study of CRDTs* (2011),
/// section 3.2.2; without its duplicates of one value written twice at once: they count as two
/// writes here too, with a dot each.
#[derive(Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct MvRegister<V> {
    values: DotFun<V>,
}

impl<V> MvRegister<V> {
    /// The siblings in ascending order of their dots: one value, unless writes were concurrent.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> {
        self.values.iter().map(|(_, value)| value)
    }

    /// The siblings, each with the dot that wrote it.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Dot, &V)> {
        self.values.iter()
    }

    /// The value, if there is exactly one: nothing was written concurrently.
    #[must_use]
    pub fn get(&self) -> Option<&V> {
        let mut values = self.values();
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// How many siblings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether nothing was written, or all was cleared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl<V: Clone> DotStore for MvRegister<V> {
    type Cursor<'a>
        = MvRegisterCursor<'a, V>
    where
        V: 'a;

    fn cursor<'a>(
        &'a mut self,
        delta: &'a mut Self,
        writer: Writer<'a>,
    ) -> MvRegisterCursor<'a, V> {
        MvRegisterCursor { values: self.values.cursor(&mut delta.values, writer) }
    }

    fn is_bottom(&self) -> bool {
        self.is_empty()
    }

    fn dots(&self, visit: &mut dyn FnMut(Dot)) {
        self.values.dots(visit);
    }

    fn join(
        &mut self,
        own: &CausalContext,
        other: Self,
        theirs: &CausalContext,
        journal: &mut Journal,
    ) -> bool {
        self.values.join(own, other.values, theirs, journal)
    }

    fn unseen(&self, seen: &CausalContext) -> Self {
        Self { values: self.values.unseen(seen) }
    }

    fn pieces(&self, visit: &mut dyn FnMut(Dot, Self)) {
        self.values.pieces(&mut |dot, values| visit(dot, Self { values }));
    }
}

impl<V> Default for MvRegister<V> {
    fn default() -> Self {
        Self { values: DotFun::default() }
    }
}

impl<V: fmt::Debug> fmt::Debug for MvRegister<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MvRegister")?;
        f.debug_list().entries(self.values()).finish()
    }
}

/// Edits an [`MvRegister`].
#[derive(Debug)]
pub struct MvRegisterCursor<'a, V> {
    values: DotFunCursor<'a, V>,
}

impl<V: Clone> MvRegisterCursor<'_, V> {
    /// Writes `value` in place of all siblings.
    pub fn set(&mut self, value: impl Into<V>) {
        self.values.write(value.into());
    }

    /// Removes all siblings, and returns whether there were any.
    pub fn clear(&mut self) -> bool {
        self.values.clear()
    }

    /// The siblings in ascending order of their dots.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> {
        self.values.iter().map(|(_, value)| value)
    }
}
