use core::convert::Infallible;
use core::fmt;

use rejoin_core::store::{Journal, Writer, joined};
use rejoin_core::{
    CausalContext, Crdt, Dot, DotFun, DotFunCursor, DotStore, Edit, Unnumbered, ValueChange,
    WatchStore,
};

/// A lattice as a dot store, so that it can be the value of an `OrMap` or a field beside one.
///
/// Every edit's delta is kept under the dot of the edit, and the value is the join of those that
/// are live: a function of the surviving dots, as it must be to be removable. A delta that covers
/// an earlier one replaces it, so that a `Max` or an `LwwRegister` keeps one.
///
/// Under concurrency, edits merge as `L` does; a removal takes the edits that it saw, and the value
/// is the join of the others.
///
/// `L` is [`Unnumbered`]: a counter or a `Causal<S>` in here would count from 0 again after a
/// removal, and what is written then could be taken for what others have seen already. A counter
/// that can be removed is a `ResetCounter`, and `Dotted<Causal<S>>` is plain `S`.
///
/// ```
/// use rejoin_maps::{Causal, Crdt, Dotted, Edit, OrMap, ReplicaId};
/// # use rejoin_maps::Unnumbered;
/// # #[derive(Clone, Debug, Default, PartialEq)]
/// # struct Max(u64);
/// # impl Crdt for Max {
/// #     fn merge(&mut self, other: Self) -> bool {
/// #         let news = other.0 > self.0;
/// #         self.0 = self.0.max(other.0);
/// #         news
/// #     }
/// # }
/// # impl Unnumbered for Max {}
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = Causal::<OrMap<&str, Dotted<Max>>>::default();
/// here.edit(alice, |scores| scores.entry("Zoe").join(Max(31)));
/// let mut there = here.clone();
///
/// let removal = here.edit(alice, |scores| scores.remove("Zoe"));
/// let update = there.edit(bob, |scores| scores.entry("Zoe").join(Max(17)));
/// there.merge(removal); // takes what it saw: the 31
/// here.merge(update);
/// assert_eq!(here, there);
/// assert_eq!(here.get("Zoe").map(|score| score.value().0), Some(17));
/// ```
///
/// An edit and a merge are linear in the live deltas of this value.
///
/// The methods that edit it are those of [`DottedCursor`].
///
/// Source: the dot function of Almeida, Shoker, Baquero, *Delta State Replicated Data Types*
/// (2018), section 7.1, with lattice values.
#[derive(Clone)]
#[rustfmt::skip] // which would move the comment away from the line that messages show
pub struct Dotted<L> { // `L` is `Unnumbered`: a counter is `ResetCounter`, `Dotted<Causal<S>>` plain `S`
    deltas: DotFun<L>,
    /// The join of `deltas`.
    value: L,
}

impl<L> Dotted<L> {
    /// The join of the live edits.
    #[must_use]
    pub fn value(&self) -> &L {
        &self.value
    }
}

impl<L: Crdt> Dotted<L> {
    fn from_deltas(deltas: DotFun<L>) -> Self {
        let mut value = L::default();
        for (_, delta) in deltas.iter() {
            value.merge(delta.clone());
        }
        Self { deltas, value }
    }
}

impl<L: Unnumbered> DotStore for Dotted<L> {
    type Cursor<'a>
        = DottedCursor<'a, L>
    where
        L: 'a;

    fn cursor<'a>(&'a mut self, writer: Writer<'a, Self>) -> DottedCursor<'a, L> {
        let replica = writer.replica();
        DottedCursor {
            deltas: self.deltas.cursor(writer.part(|dotted| &mut dotted.deltas)),
            value: &mut self.value,
            replica,
        }
    }

    fn is_bottom(&self) -> bool {
        self.deltas.is_empty()
    }

    fn lowest_dot(&self) -> Option<Dot> {
        self.deltas.lowest_dot()
    }

    fn dots(&self, visit: &mut dyn FnMut(Dot)) {
        self.deltas.dots(visit);
    }

    fn join(
        &mut self,
        own: &CausalContext,
        other: Self,
        theirs: &CausalContext,
        journal: &mut Journal,
    ) -> bool {
        let changed = self.deltas.join(own, other.deltas, theirs, journal);
        if changed {
            *self = Self::from_deltas(core::mem::take(&mut self.deltas));
        }
        changed
    }

    fn within(&self, dots: &CausalContext) -> Self {
        Self::from_deltas(self.deltas.within(dots))
    }

    fn pieces(&self, visit: &mut dyn FnMut(Dot, Self)) {
        self.deltas.pieces(&mut |dot, deltas| visit(dot, Self::from_deltas(deltas)));
    }

    fn relabel(&mut self, label: &dyn Fn(Dot) -> Dot) {
        self.deltas.relabel(label);
    }
}

impl<L: Unnumbered + PartialEq> WatchStore for Dotted<L> {
    type Change = ValueChange<L>;

    fn changes(
        &self,
        own: &CausalContext,
        other: &Self,
        theirs: &CausalContext,
        visit: &mut dyn FnMut(Self::Change),
    ) {
        let after = joined(self, own, other, theirs);
        ValueChange::between(self.value.clone(), after.value).into_iter().for_each(visit);
    }
}

impl<L: Default> Default for Dotted<L> {
    fn default() -> Self {
        Self { deltas: DotFun::default(), value: L::default() }
    }
}

impl<L: PartialEq> PartialEq for Dotted<L> {
    fn eq(&self, other: &Self) -> bool {
        self.deltas == other.deltas
    }
}

impl<L: Eq> Eq for Dotted<L> {}

impl<L: core::hash::Hash> core::hash::Hash for Dotted<L> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.deltas.hash(state);
    }
}

impl<L: fmt::Debug> fmt::Debug for Dotted<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dotted").field(&self.value).finish()
    }
}

/// Edits a [`Dotted`].
#[derive(Debug)]
pub struct DottedCursor<'a, L> {
    deltas: DotFunCursor<'a, L>,
    value: &'a mut L,
    replica: rejoin_core::ReplicaId,
}

impl<L: Unnumbered> DottedCursor<'_, L> {
    /// Edits the lattice, and keeps the delta of all of `f`'s edits under one dot.
    ///
    /// Edits of `f` that change nothing leave nothing behind.
    pub fn edit<R>(&mut self, f: impl FnOnce(&mut L::Cursor<'_>) -> R) -> R
    where
        L: Edit,
    {
        let edit = |cursor: &mut L::Cursor<'_>| Ok::<R, Infallible>(f(cursor));
        match self.value.try_edit(self.replica, edit) {
            Ok((result, delta)) => {
                self.keep(delta);
                result
            }
            Err(never) => match never {},
        }
    }

    /// Joins `delta`, under a dot of its own.
    ///
    /// It is kept even if it changes nothing now: it counts once what covers it has been removed.
    pub fn join(&mut self, delta: L) {
        self.value.merge(delta.clone());
        self.keep(delta);
    }

    /// Removes the edits that are live here, and returns whether there were any.
    pub fn clear(&mut self) -> bool {
        let any = self.deltas.clear();
        if any {
            *self.value = L::default();
        }
        any
    }

    /// The join of the live edits.
    #[must_use]
    pub fn value(&self) -> &L {
        self.value
    }

    /// Puts `delta`, which `value` covers, under a dot of its own, unless it is bottom.
    fn keep(&mut self, delta: L) {
        if delta.is_bottom() {
            return;
        }
        // What the new delta covers is the same with and without the old one, whichever of the two
        // a concurrent removal has seen.
        self.deltas.replace_if(delta.clone(), |old| delta.covers(old));
    }
}

#[cfg(feature = "serde")]
mod serde_impls {
    use rejoin_core::{Crdt, DotFun, wire};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use super::Dotted;

    /// The dots with their deltas, in ascending order of dots.
    impl<L: Serialize> Serialize for Dotted<L> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.deltas.serialize(serializer)
        }
    }

    impl<'de, L: Crdt + Deserialize<'de>> Deserialize<'de> for Dotted<L> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let deltas: DotFun<L> = wire::deserialize_named("rejoin::Dotted", deserializer)?;
            if deltas.iter().any(|(_, delta)| delta.is_bottom()) {
                return Err(de::Error::custom("a bottom delta"));
            }
            Ok(Self::from_deltas(deltas))
        }
    }
}
