use rejoin_clocks::{CausalContext, Dot};

use crate::few::Few;
use crate::store::{Journal, Writer};
use crate::{DotStore, WatchStore};

/// A set of dots: the dot store of things that are just there, such as an element of a set or a
/// flag.
///
/// Under concurrency, writes accumulate and a removal takes the dots that it saw. One dot is stored
/// inline; a second exists only while two writes are concurrent. All operations take time linear
/// in the dots here.
///
/// The methods that edit it are those of [`DotSetCursor`].
///
/// Source: Almeida, Shoker, Baquero, *Delta State Replicated Data Types* (2018), section 7.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DotSet {
    /// In ascending order.
    dots: Few<Dot>,
}

impl DotSet {
    /// The live dots, in ascending order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Dot> + '_ {
        self.dots.as_slice().iter().copied()
    }

    /// How many writes are live.
    #[must_use]
    pub fn len(&self) -> usize {
        self.dots.len()
    }

    /// Whether nothing is live.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.dots.is_empty()
    }

    fn insert(&mut self, dot: Dot) {
        if let Err(at) = self.dots.as_slice().binary_search(&dot) {
            self.dots.insert(at, dot);
        }
    }
}

/// The set of one dot.
impl From<Dot> for DotSet {
    fn from(dot: Dot) -> Self {
        Self { dots: Few::One(dot) }
    }
}

impl DotStore for DotSet {
    type Cursor<'a> = DotSetCursor<'a>;

    fn cursor<'a>(&'a mut self, writer: Writer<'a, Self>) -> DotSetCursor<'a> {
        DotSetCursor { value: self, writer }
    }

    fn is_bottom(&self) -> bool {
        self.dots.is_empty()
    }

    fn lowest_dot(&self) -> Option<Dot> {
        self.iter().next()
    }

    fn dots(&self, visit: &mut dyn FnMut(Dot)) {
        self.iter().for_each(visit);
    }

    fn join(
        &mut self,
        own: &CausalContext,
        other: Self,
        theirs: &CausalContext,
        journal: &mut Journal,
    ) -> bool {
        let mut changed = false;
        self.dots.retain(|dot| {
            let stays = !theirs.contains(*dot) || other.dots.as_slice().binary_search(dot).is_ok();
            if !stays {
                journal.removed(*dot);
                changed = true;
            }
            stays
        });
        for dot in other.dots {
            if !own.contains(dot) {
                journal.added(dot);
                self.insert(dot);
                changed = true;
            }
        }
        changed
    }

    #[inline]
    fn within(&self, dots: &CausalContext) -> Self {
        Self { dots: self.dots.filtered(|dot| dots.contains(*dot)) }
    }

    fn pieces(&self, visit: &mut dyn FnMut(Dot, Self)) {
        for dot in self.iter() {
            visit(dot, Self { dots: Few::One(dot) });
        }
    }

    fn relabel(&mut self, label: &dyn Fn(Dot) -> Dot) {
        self.dots.as_mut_slice().iter_mut().for_each(|dot| *dot = label(*dot));
        self.dots.as_mut_slice().sort_unstable();
    }
}

/// Which dots are live is not visible: only whether any is, which the container tells.
impl WatchStore for DotSet {
    type Change = core::convert::Infallible;

    fn changes(
        &self,
        _own: &CausalContext,
        _other: &Self,
        _theirs: &CausalContext,
        _visit: &mut dyn FnMut(Self::Change),
    ) {
    }
}

/// Edits a [`DotSet`].
#[derive(Debug)]
pub struct DotSetCursor<'a> {
    value: &'a mut DotSet,
    writer: Writer<'a, DotSet>,
}

impl DotSetCursor<'_> {
    /// Replaces the dots that are live here by one fresh dot.
    pub fn write(&mut self) {
        self.supersede_all();
        self.value.dots = Few::One(self.writer.mint());
    }

    /// Adds a fresh dot beside those that are live here.
    pub fn add(&mut self) -> Dot {
        let dot = self.writer.mint();
        self.value.insert(dot);
        dot
    }

    /// Removes one dot, and returns whether it was live.
    pub fn remove(&mut self, dot: Dot) -> bool {
        let before = self.value.len();
        self.value.dots.retain(|live| *live != dot);
        let was_live = self.value.len() < before;
        if was_live {
            self.writer.supersede(dot);
            self.writer.removed().insert(dot);
            self.writer.mint_removal();
        }
        was_live
    }

    /// Removes the dots that are live here, and returns whether there were any.
    pub fn clear(&mut self) -> bool {
        if self.value.is_empty() {
            return false;
        }
        self.supersede_all();
        self.writer.mint_removal();
        true
    }

    fn supersede_all(&mut self) {
        for dot in core::mem::take(&mut self.value.dots) {
            self.writer.supersede(dot);
            self.writer.removed().insert(dot);
        }
    }
}

impl core::ops::Deref for DotSetCursor<'_> {
    type Target = DotSet;

    fn deref(&self) -> &DotSet {
        self.value
    }
}

#[cfg(feature = "serde")]
mod serde_impls {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{DotSet, Few};
    use crate::wire;

    /// The dots, in ascending order.
    impl Serialize for DotSet {
        #[inline]
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            wire::serialize_dots(self.dots.as_slice().iter().copied(), serializer)
        }
    }

    impl<'de> Deserialize<'de> for DotSet {
        #[inline]
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let mut dots = Few::new();
            wire::deserialize_dots(deserializer, |dot| dots.insert(dots.len(), dot))?;
            Ok(Self { dots })
        }
    }
}
