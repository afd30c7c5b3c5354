use rejoin_clocks::{CausalContext, Dot};

use crate::DotStore;
use crate::few::Few;
use crate::store::{Journal, Writer};

/// A value under each live dot: the dot store of multi-value registers.
///
/// Under concurrency, writes stand beside each other, each with its value, and a removal takes the
/// dots that it saw. One value is stored inline. All operations take time linear in the live
/// values, of which there are more than one only while writes are concurrent.
///
/// The value under a dot never changes, so it need not be a lattice.
///
/// The methods that edit it are those of [`DotFunCursor`].
///
/// Source: Almeida, Shoker, Baquero, *Delta State Replicated Data Types* (2018), section 7.1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DotFun<V> {
    /// In ascending order of dots.
    values: Few<(Dot, V)>,
}

impl<V> DotFun<V> {
    /// The live dots and their values, in ascending order of dots.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Dot, &V)> {
        self.values.as_slice().iter().map(|(dot, value)| (*dot, value))
    }

    /// The value written by `dot`, if it is live.
    #[must_use]
    pub fn get(&self, dot: Dot) -> Option<&V> {
        self.values.as_slice().get(self.find(dot).ok()?).map(|(_, value)| value)
    }

    /// How many writes are live.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether nothing is live.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The store of one write.
    #[cfg(feature = "laws")]
    pub(crate) fn of(dot: Dot, value: V) -> Self {
        Self { values: Few::One((dot, value)) }
    }

    fn find(&self, dot: Dot) -> Result<usize, usize> {
        self.values.as_slice().binary_search_by_key(&dot, |(dot, _)| *dot)
    }

    fn insert(&mut self, dot: Dot, value: V) {
        match self.find(dot) {
            Ok(_) => {} // the same write
            Err(at) => self.values.insert(at, (dot, value)),
        }
    }
}

impl<V: Clone> DotStore for DotFun<V> {
    type Cursor<'a>
        = DotFunCursor<'a, V>
    where
        V: 'a;

    fn cursor<'a>(&'a mut self, writer: Writer<'a, Self>) -> DotFunCursor<'a, V> {
        DotFunCursor { value: self, writer }
    }

    fn is_bottom(&self) -> bool {
        self.values.is_empty()
    }

    fn lowest_dot(&self) -> Option<Dot> {
        self.iter().next().map(|(dot, _)| dot)
    }

    fn dots(&self, visit: &mut dyn FnMut(Dot)) {
        self.iter().for_each(|(dot, _)| visit(dot));
    }

    fn join(
        &mut self,
        own: &CausalContext,
        other: Self,
        theirs: &CausalContext,
        journal: &mut Journal,
    ) -> bool {
        let mut changed = false;
        self.values.retain(|(dot, _)| {
            let stays = !theirs.contains(*dot) || other.find(*dot).is_ok();
            if !stays {
                journal.removed(*dot);
                changed = true;
            }
            stays
        });
        for (dot, value) in other.values {
            if !own.contains(dot) {
                journal.added(dot);
                self.insert(dot, value);
                changed = true;
            }
        }
        changed
    }

    #[inline]
    fn within(&self, dots: &CausalContext) -> Self {
        Self { values: self.values.filtered(|(dot, _)| dots.contains(*dot)) }
    }

    fn pieces(&self, visit: &mut dyn FnMut(Dot, Self)) {
        for (dot, value) in self.iter() {
            visit(dot, Self { values: Few::One((dot, value.clone())) });
        }
    }

    fn relabel(&mut self, label: &dyn Fn(Dot) -> Dot) {
        let values = self.values.as_mut_slice();
        values.iter_mut().for_each(|(dot, _)| *dot = label(*dot));
        values.sort_unstable_by_key(|(dot, _)| *dot);
    }
}

impl<V> Default for DotFun<V> {
    fn default() -> Self {
        Self { values: Few::new() }
    }
}

/// Edits a [`DotFun`].
#[derive(Debug)]
pub struct DotFunCursor<'a, V> {
    value: &'a mut DotFun<V>,
    writer: Writer<'a, DotFun<V>>,
}

impl<V> DotFunCursor<'_, V> {
    /// Replaces the values that are live here by `value`, under a fresh dot.
    pub fn write(&mut self, value: V) {
        self.replace_if(value, |_| true);
    }

    /// Adds `value` under a fresh dot, in place of the live values that `replaces` accepts.
    pub fn replace_if(&mut self, value: V, mut replaces: impl FnMut(&V) -> bool) -> Dot {
        self.replace_where(value, |_, old| replaces(old))
    }

    /// Adds `value` under a fresh dot, in place of the live values that `replaces` accepts with
    /// their dots.
    pub fn replace_where(&mut self, value: V, mut replaces: impl FnMut(Dot, &V) -> bool) -> Dot {
        let Self { value: DotFun { values }, writer } = self;
        values.retain_or(
            |(dot, old)| !replaces(*dot, old),
            |(dot, old)| {
                writer.supersede(dot);
                writer.removed().insert(dot, old);
            },
        );
        let dot = self.writer.mint();
        self.value.insert(dot, value);
        dot
    }

    /// Removes the values that are live here, and returns whether there were any.
    pub fn clear(&mut self) -> bool {
        if self.value.is_empty() {
            return false;
        }
        for (dot, old) in core::mem::take(&mut self.value.values) {
            self.writer.supersede(dot);
            self.writer.removed().insert(dot, old);
        }
        self.writer.mint_removal();
        true
    }
}

impl<V> core::ops::Deref for DotFunCursor<'_, V> {
    type Target = DotFun<V>;

    fn deref(&self) -> &DotFun<V> {
        self.value
    }
}

#[cfg(feature = "serde")]
mod serde_impls {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{DotFun, Few};
    use crate::wire;

    /// The dots with their values, in ascending order of dots.
    impl<V: Serialize> Serialize for DotFun<V> {
        #[inline]
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let pieces = self.values.as_slice().iter().map(|(dot, value)| (*dot, value));
            wire::serialize_store(pieces, serializer)
        }
    }

    impl<'de, V: Deserialize<'de>> Deserialize<'de> for DotFun<V> {
        #[inline]
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let mut values = Few::new();
            wire::deserialize_store(deserializer, |dot, value| {
                values.insert(values.len(), (dot, value));
            })?;
            Ok(Self { values })
        }
    }
}
