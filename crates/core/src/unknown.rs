#[cfg(feature = "laws")]
mod any_edit;
#[cfg_attr(not(feature = "serde"), allow(dead_code, reason = "nothing is read"))]
mod content;
mod cursor;
#[cfg(feature = "serde")]
pub(crate) mod fields;
#[cfg_attr(not(feature = "serde"), allow(dead_code, reason = "nothing is read"))]
mod leaf;
#[cfg(feature = "serde")]
mod wire;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use core::fmt;

use rejoin_clocks::{CausalContext, Dot, ReplicaId};

use self::content::Content;
pub use self::cursor::UnknownCursor;
use crate::store::{Journal, Writer};
use crate::watch::joined;
use crate::{DotStore, WatchStore};

/// The fields of a struct that this version of it does not know.
///
/// Replicas are upgraded one by one, so for a while some have a version of a struct with fields
/// that others do not know. A struct with a field `unknown: Unknown` keeps the content of such
/// fields, merges it, passes it on and stores it, and so loses nothing of what later versions
/// write. It is a dot store, under the context of the whole document: removing a key of a map
/// removes what is unknown below it too, and a key with nothing else under it is present.
///
/// `#[derive(Upgradable)]` writes serde's traits for such a struct. In the encoding the unknown
/// fields stand among the known ones, so equal values have equal bytes in every version.
///
/// ```
/// use rejoin_core::{DotFun, DotSet, DotStore, Unknown};
///
/// #[derive(Clone, Debug, Default, PartialEq, DotStore)]
/// struct Task {
///     title: DotFun<String>,
///     done: DotSet,
///     #[crdt(unknown)]
///     unknown: Unknown,
/// }
/// assert!(Task::default().unknown.is_empty());
/// ```
///
/// Under concurrency it is as the fields are that it keeps: what lives in it depends on dots alone.
/// It can be looked at by names, and an edit can [remove](UnknownCursor::remove) a field. Of its
/// values only the version that knows them can be asked.
///
/// Human-readable formats have no form of it, so a value with unknown content is an error there.
///
/// It takes 8 bytes when it is empty, which it is unless replicas run different versions.
#[derive(Clone, Default, PartialEq)]
pub struct Unknown {
    /// None of them is bottom, and the map is not empty.
    #[allow(clippy::box_collection, reason = "nearly always empty, and then 8 bytes and not 24")]
    fields: Option<Box<BTreeMap<Box<str>, Content>>>,
}

impl Unknown {
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_none()
    }

    /// The names of the fields that are unknown and have content, in ascending order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &Content)> {
        self.fields.iter().flat_map(|fields| fields.iter()).map(|(name, field)| (&**name, field))
    }

    /// Puts a field in, unless it is bottom.
    fn insert(&mut self, name: Box<str>, content: Content) {
        if !content.is_bottom() {
            self.fields.get_or_insert_default().insert(name, content);
        }
    }

    /// Takes a field out.
    fn remove(&mut self, name: &str) -> Option<Self> {
        let (name, content) = self.fields.as_mut()?.remove_entry(name)?;
        self.prune();
        let mut removed = Self::default();
        removed.insert(name, content);
        Some(removed)
    }

    /// Leaves out what is bottom.
    fn prune(&mut self) {
        if let Some(fields) = &mut self.fields {
            fields.retain(|_, content| !content.is_bottom());
            if fields.is_empty() {
                self.fields = None;
            }
        }
    }
}

impl DotStore for Unknown {
    type Cursor<'a> = UnknownCursor<'a>;

    fn cursor<'a>(&'a mut self, writer: Writer<'a, Self>) -> UnknownCursor<'a> {
        UnknownCursor { value: self, writer }
    }

    fn is_bottom(&self) -> bool {
        self.is_empty()
    }

    fn lowest_dot(&self) -> Option<Dot> {
        self.iter().filter_map(|(_, content)| content.lowest_dot()).min()
    }

    fn dots(&self, visit: &mut dyn FnMut(Dot)) {
        self.iter().for_each(|(_, content)| content.dots(visit));
    }

    fn windows(&self, visit: &mut dyn FnMut(ReplicaId, u64, u64)) {
        self.iter().for_each(|(_, content)| content.windows(visit));
    }

    fn join(
        &mut self,
        own: &CausalContext,
        mut other: Self,
        theirs: &CausalContext,
        journal: &mut Journal,
    ) -> bool {
        let mut changed = false;
        if let Some(fields) = &mut self.fields {
            for (name, content) in fields.iter_mut() {
                let others = other.fields.as_mut().and_then(|others| others.remove(name));
                changed |= content.join(own, others.unwrap_or_default(), theirs, journal);
            }
        }
        for (name, others) in other.fields.into_iter().flat_map(|fields| *fields) {
            let mut content = Content::default();
            changed |= content.join(own, others, theirs, journal);
            self.insert(name, content);
        }
        self.prune();
        changed
    }

    fn within(&self, dots: &CausalContext) -> Self {
        let mut within = Self::default();
        for (name, content) in self.iter() {
            within.insert(name.into(), content.within(dots));
        }
        within
    }

    fn relabel(&mut self, label: &dyn Fn(Dot) -> Dot) {
        for content in self.fields.iter_mut().flat_map(|fields| fields.values_mut()) {
            content.relabel(label);
        }
    }
}

/// The content of an unknown field has changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnknownChange {
    /// The name of the field.
    pub field: String,
}

impl WatchStore for Unknown {
    type Change = UnknownChange;

    /// Clones both sides, which are small.
    fn changes(
        &self,
        own: &CausalContext,
        other: &Self,
        theirs: &CausalContext,
        visit: &mut dyn FnMut(UnknownChange),
    ) {
        if self.is_empty() && other.is_empty() {
            return;
        }
        let after = joined(self, own, other, theirs);
        let mut names: alloc::vec::Vec<_> = self.names().chain(after.names()).collect();
        names.sort_unstable();
        names.dedup();
        let of = |unknown: &Self, name| {
            unknown.fields.as_ref().and_then(|fields| fields.get(name)).cloned()
        };
        for name in names {
            if of(self, name) != of(&after, name) {
                visit(UnknownChange { field: name.into() });
            }
        }
    }
}

impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
