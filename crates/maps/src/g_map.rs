mod digest;
#[cfg(feature = "serde")]
mod form;

use alloc::collections::{BTreeMap, btree_map};
use core::borrow::Borrow;
use core::fmt;
use core::ops::RangeBounds;

use rejoin_core::{
    Crdt, Decompose, Diff, Draft, Edit, EntryChange, ForkedId, IntoValue, ReplicaId, Unnumbered,
    Watch,
};

pub use self::digest::GMapDigest;

/// A map that only grows: keys cannot be removed, and values are any lattice.
///
/// Under concurrency it is the union of the keys, and values under the same key merge. A key is
/// present once its value is more than bottom.
///
/// ```
/// use rejoin_maps::{Causal, Crdt, Edit, GMap, ReplicaId};
/// use rejoin_sets::AwSet;
///
/// type Tags = Causal<AwSet<&'static str>>;
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let (mut here, mut there) = (GMap::<String, Tags>::new(), GMap::<String, Tags>::new());
/// here.edit(alice, |posts| posts.entry("hello").insert("greeting"));
/// let delta = there.edit(bob, |posts| posts.entry("hello").insert("first"));
///
/// here.merge(delta);
/// assert_eq!(here.get("hello").map(|tags| tags.len()), Some(2));
/// ```
///
/// It is a `BTreeMap`, in memory and in cost. Its digest has a value's digest for every key.
///
/// The methods that edit it are those of [`GMapCursor`].
///
/// Source: the map lattice; Almeida, Shoker, Baquero, *Delta State Replicated Data Types* (2018),
/// section 5.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct GMap<K, V> {
    /// No value is bottom.
    entries: BTreeMap<K, V>,
}

impl<K, V> GMap<K, V> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: BTreeMap::new() }
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries in ascending order of keys.
    pub fn iter(&self) -> btree_map::Iter<'_, K, V> {
        self.entries.iter()
    }

    /// The keys in ascending order.
    pub fn keys(&self) -> btree_map::Keys<'_, K, V> {
        self.entries.keys()
    }

    /// The values in ascending order of keys.
    pub fn values(&self) -> btree_map::Values<'_, K, V> {
        self.entries.values()
    }
}

impl<K: Ord, V> GMap<K, V> {
    /// The value under `key`. Computes in O(log n) time.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.entries.get(key)
    }

    /// Whether `key` is present. Computes in O(log n) time.
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.entries.contains_key(key)
    }

    /// The entries whose keys are in `range`, in ascending order. Computes in O(log n) time, and in
    /// O(1) for each entry.
    ///
    /// # Panics
    ///
    /// As [`BTreeMap::range`]: if the range ends before it starts, or if it has two excluded ends
    /// that are equal.
    pub fn range<Q, R>(&self, range: R) -> btree_map::Range<'_, K, V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        self.entries.range(range)
    }
}

impl<K: Ord + Clone, V: Crdt> Crdt for GMap<K, V> {
    fn merge(&mut self, other: Self) -> bool {
        let mut changed = false;
        for (key, value) in other.entries {
            match self.entries.entry(key) {
                btree_map::Entry::Occupied(mut mine) => changed |= mine.get_mut().merge(value),
                btree_map::Entry::Vacant(place) => {
                    if !value.is_bottom() {
                        place.insert(value);
                        changed = true;
                    }
                }
            }
        }
        changed
    }

    fn covers(&self, other: &Self) -> bool {
        other.iter().all(|(key, value)| self.get(key).is_some_and(|mine| mine.covers(value)))
    }

    fn is_bottom(&self) -> bool {
        self.is_empty()
    }
}

impl<K: Ord + Clone, V: Unnumbered> Unnumbered for GMap<K, V> {}

impl<K: Ord + Clone, V: Diff> Diff for GMap<K, V> {
    type Digest = GMapDigest<K, V::Digest>;

    fn digest(&self) -> Self::Digest {
        let digests = self.iter().map(|(key, value)| (key.clone(), value.digest())).collect();
        GMapDigest { digests }
    }

    fn diff(&self, peer: &Self::Digest) -> Option<Self> {
        let entries: BTreeMap<_, _> = self
            .iter()
            .filter_map(|(key, value)| {
                let missing = match peer.digests.get(key) {
                    Some(digest) => value.diff(digest)?,
                    None => value.clone(),
                };
                Some((key.clone(), missing))
            })
            .collect();
        (!entries.is_empty()).then_some(Self { entries })
    }

    fn check_fork(&self, other: &Self, own: ReplicaId) -> Result<(), ForkedId> {
        let bottom = V::default();
        other
            .iter()
            .try_for_each(|(key, theirs)| self.get(key).unwrap_or(&bottom).check_fork(theirs, own))
    }
}

impl<K: Ord + Clone, V: Decompose> Decompose for GMap<K, V> {
    /// The parts of the values, each under its key.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        for (key, value) in self {
            value.decompose(&mut |part| visit(core::iter::once((key.clone(), part)).collect()));
        }
    }
}

impl<K: Ord + Clone, V: Edit> Edit for GMap<K, V> {
    type Cursor<'a>
        = GMapCursor<'a, K, V>
    where
        K: 'a,
        V: 'a;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> GMapCursor<'a, K, V> {
        GMapCursor { value: self, draft, open: None }
    }

    fn undo(&mut self, delta: &Self, mut before: Self) {
        for key in delta.keys() {
            before.entries.entry(key.clone()).or_default();
        }
        let bottom = V::default();
        for (key, before) in before {
            let value = self.entries.entry(key.clone()).or_default();
            value.undo(delta.get(&key).unwrap_or(&bottom), before);
            if value.is_bottom() {
                self.entries.remove(&key);
            }
        }
    }
}

impl<K: Ord + Clone, V: Watch> Watch for GMap<K, V> {
    type Change = EntryChange<K, V::Change>;

    fn changes(&self, other: &Self, visit: &mut dyn FnMut(Self::Change)) {
        for (key, value) in other {
            let change = match self.get(key) {
                None => Some(EntryChange::Added(key.clone())),
                Some(mine) => {
                    let mut changes = alloc::vec::Vec::new();
                    mine.changes(value, &mut |change| changes.push(change));
                    EntryChange::of(key.clone(), true, true, changes)
                }
            };
            change.into_iter().for_each(&mut *visit);
        }
    }
}

impl<K, V> Default for GMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for GMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Values under the same key merge, and bottom values are left out.
impl<K: Ord, V: Crdt> FromIterator<(K, V)> for GMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            if !value.is_bottom() {
                map.entries.entry(key).or_default().merge(value);
            }
        }
        map
    }
}

impl<K, V> IntoIterator for GMap<K, V> {
    type Item = (K, V);
    type IntoIter = btree_map::IntoIter<K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a, K, V> IntoIterator for &'a GMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = btree_map::Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Edits a [`GMap`].
pub struct GMapCursor<'a, K: Ord, V: Edit> {
    value: &'a mut GMap<K, V>,
    draft: Draft<'a, GMap<K, V>>,
    open: Option<Open<K, V>>,
}

/// The entry whose cursor was handed out last.
struct Open<K, V> {
    key: K,
    /// What that cursor has kept of the value before the edit.
    before: V,
    /// Whether that made an entry in the delta.
    in_delta: bool,
    /// Whether that made one in the value too.
    in_value: bool,
}

impl<K: Ord + Clone, V: Edit> GMapCursor<'_, K, V> {
    /// The cursor of the value under `key`, from bottom if it is absent. Computes in O(log n) time.
    pub fn entry(&mut self, key: impl IntoValue<K>) -> V::Cursor<'_> {
        self.close();
        let key = key.into_value();
        let replica = self.draft.replica();
        let (delta, before) = self.draft.both();
        let open = self.open.insert(Open {
            key: key.clone(),
            before: before.entries.remove(&key).unwrap_or_default(),
            in_delta: !delta.contains_key(&key),
            in_value: !self.value.contains_key(&key),
        });
        let value = self.value.entries.entry(key.clone()).or_default();
        let delta = delta.entries.entry(key).or_default();
        value.cursor(Draft::new(replica, delta, &mut open.before))
    }
}

impl<K: Ord, V: Edit> GMapCursor<'_, K, V> {
    /// The map as it is now.
    ///
    /// Borrows mutably, because it first takes an entry out again that was handed out and left
    /// empty.
    pub fn read(&mut self) -> &GMap<K, V> {
        self.close();
        self.value
    }

    /// Settles the entry whose cursor was handed out last, and takes it out again if nothing was
    /// written through that.
    fn close(&mut self) {
        let Some(Open { key, mut before, in_delta, in_value }) = self.open.take() else { return };
        let replica = self.draft.replica();
        let (deltas, befores) = self.draft.both();
        let Some(value) = self.value.entries.get_mut(&key) else { return };
        let Some(delta) = deltas.entries.get_mut(&key) else { return };
        value.settle(Draft::new(replica, delta, &mut before));
        if in_delta && delta.is_bottom() {
            deltas.entries.remove(&key);
            if in_value {
                self.value.entries.remove(&key);
            }
        }
        if !before.is_bottom() {
            befores.entries.insert(key, before);
        }
    }
}

impl<K: Ord, V: Edit> Drop for GMapCursor<'_, K, V> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<K: Ord, V: Edit> fmt::Debug for GMapCursor<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GMapCursor").field("keys", &self.value.len()).finish_non_exhaustive()
    }
}
