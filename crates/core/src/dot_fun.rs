use rejoin_clocks::{CausalContext, Dot};
use smallvec::SmallVec;

use crate::{DotStore, Journal, Writer};

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
    values: SmallVec<[(Dot, V); 1]>,
}

impl<V> DotFun<V> {
    /// The live dots and their values, in ascending order of dots.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Dot, &V)> {
        self.values.iter().map(|(dot, value)| (*dot, value))
    }

    /// The value written by `dot`, if it is live.
    #[must_use]
    pub fn get(&self, dot: Dot) -> Option<&V> {
        self.find(dot).ok().map(|at| &self.values[at].1)
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

    fn find(&self, dot: Dot) -> Result<usize, usize> {
        self.values.binary_search_by_key(&dot, |(dot, _)| *dot)
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

    fn cursor<'a>(&'a mut self, delta: &'a mut Self, writer: Writer<'a>) -> DotFunCursor<'a, V> {
        DotFunCursor { value: self, delta, writer }
    }

    fn is_bottom(&self) -> bool {
        self.values.is_empty()
    }

    fn dots(&self, visit: &mut dyn FnMut(Dot)) {
        self.values.iter().for_each(|(dot, _)| visit(*dot));
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

    fn unseen(&self, seen: &CausalContext) -> Self {
        Self {
            values: self.values.iter().filter(|(dot, _)| !seen.contains(*dot)).cloned().collect(),
        }
    }

    fn pieces(&self, visit: &mut dyn FnMut(Dot, Self)) {
        for (dot, value) in &self.values {
            visit(*dot, Self { values: SmallVec::from_buf([(*dot, value.clone())]) });
        }
    }

    fn relabel(&mut self, label: &dyn Fn(Dot) -> Dot) {
        self.values.iter_mut().for_each(|(dot, _)| *dot = label(*dot));
        self.values.sort_unstable_by_key(|(dot, _)| *dot);
    }
}

impl<V> Default for DotFun<V> {
    fn default() -> Self {
        Self { values: SmallVec::new() }
    }
}

/// Edits a [`DotFun`].
#[derive(Debug)]
pub struct DotFunCursor<'a, V> {
    value: &'a mut DotFun<V>,
    delta: &'a mut DotFun<V>,
    writer: Writer<'a>,
}

impl<V> DotFunCursor<'_, V> {
    /// Replaces the values that are live here by `value`, under a fresh dot.
    pub fn write(&mut self, value: V)
    where
        V: Clone,
    {
        self.replace_if(value, |_| true);
    }

    /// Adds `value` under a fresh dot, in place of the live values that `replaces` accepts.
    pub fn replace_if(&mut self, value: V, mut replaces: impl FnMut(&V) -> bool) -> Dot
    where
        V: Clone,
    {
        let Self { value: values, delta, writer } = self;
        values.values.retain(|(dot, old)| {
            let stays = !replaces(old);
            if !stays {
                writer.supersede(*dot);
                if let Ok(at) = delta.find(*dot) {
                    delta.values.remove(at);
                }
            }
            stays
        });
        let dot = writer.mint();
        delta.insert(dot, value.clone());
        values.insert(dot, value);
        dot
    }

    /// Removes the values that are live here, and returns whether there were any.
    pub fn clear(&mut self) -> bool {
        if self.value.values.is_empty() {
            return false;
        }
        for (dot, _) in self.value.values.drain(..) {
            self.writer.supersede(dot);
        }
        self.delta.values.clear();
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
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use super::{Dot, DotFun, SmallVec};

    impl<V: Serialize> Serialize for DotFun<V> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.values.serialize(serializer)
        }
    }

    impl<'de, V: Deserialize<'de>> Deserialize<'de> for DotFun<V> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let values = SmallVec::<[(Dot, V); 1]>::deserialize(deserializer)?;
            if !values.is_sorted_by(|(a, _), (b, _)| a < b) {
                return Err(de::Error::custom("dots are not in ascending order"));
            }
            Ok(Self { values })
        }
    }
}
