use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;

use rejoin_core::store::forward;
use rejoin_core::{DotMap, DotMapCursor, DotStore, EntryChange, IntoValue, WatchStore};

/// An observed-remove map: keys can be removed, values merge, and maps nest.
///
/// | concurrently | result |
/// |---|---|
/// | update k ‖ update k | both, as the value's type merges them |
/// | update k ‖ remove k | the update stays; what the remover had seen is gone, at every depth |
/// | remove k ‖ remove k | absent |
///
/// A key is present while anything written under it is live. A key that was removed can be written
/// again, and starts from nothing.
///
/// ```
/// use rejoin_maps::{Causal, Crdt, DotSet, Edit, OrMap, ReplicaId};
///
/// // A phone book: name → numbers.
/// type Book = OrMap<String, OrMap<String, DotSet>>;
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = Causal::<Book>::default();
/// here.edit(alice, |book| book.entry("Zoe").entry("555-0100").write());
/// let mut there = here.clone();
///
/// let removal = here.edit(alice, |book| book.remove("Zoe"));
/// let update = there.edit(bob, |book| book.entry("Zoe").entry("555-0199").write());
///
/// here.merge(update);
/// there.merge(removal);
/// assert_eq!(here, there);
/// let zoe = here.get("Zoe").expect("written concurrently");
/// assert!(zoe.contains_key("555-0199") && !zoe.contains_key("555-0100"));
/// ```
///
/// So what is left of a struct that is removed while one of its fields is written is that field
/// alone. Decide what makes an entry one, and read it as absent without that: the example `kanban`
/// shows no card that has a place and no title.
///
/// Values must be dot stores (`AwSet`, `MvRegister`, another `OrMap`, a struct with
/// `#[derive(DotStore)]`), because what is left of a value after a removal has to be a function of
/// the surviving dots. [`Dotted<L>`](crate::Dotted) makes a lattice one, unless it counts.
///
/// Look-ups are O(1); an edit and its delta cost O(log n) for the map, whatever is in it; merging a
/// delta of k pieces or removals is O(k log n). A removed key leaves nothing behind but its dots in
/// the context.
///
/// The methods that edit it are those of [`OrMapCursor`].
///
/// Source: Almeida, Shoker, Baquero, *Delta State Replicated Data Types* (2018), section 7.4.
#[derive(Clone)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        transparent,
        bound(
            serialize = "K: Ord + serde::Serialize, V: serde::Serialize",
            deserialize = "K: Ord + Hash + serde::Deserialize<'de>, V: DotStore + serde::Deserialize<'de>",
        )
    )
)]
#[rustfmt::skip] // which would move the comment away from the line that messages show
pub struct OrMap<K, V> { // `V` is a dot store: a lattice, such as a `Max`, goes in as `Dotted<V>`
    #[cfg_attr(feature = "serde", serde(deserialize_with = "announced"))]
    entries: DotMap<K, V>,
}

#[cfg(feature = "serde")]
fn announced<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    rejoin_core::wire::deserialize_named("rejoin::OrMap", deserializer)
}

impl<K, V> OrMap<K, V> {
    /// How many keys are present.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no key is present.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries in ascending order of keys. Computes in O(n log n) time.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> + DoubleEndedIterator
    where
        K: Ord,
    {
        self.entries.iter()
    }

    /// The keys in ascending order. Computes in O(n log n) time.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> + DoubleEndedIterator
    where
        K: Ord,
    {
        self.iter().map(|(key, _)| key)
    }

    /// The values in ascending order of keys. Computes in O(n log n) time.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> + DoubleEndedIterator
    where
        K: Ord,
    {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Hash + Eq, V> OrMap<K, V> {
    /// The value under `key`. Computes in O(1) time.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.entries.get(key)
    }

    /// Whether `key` is present. Computes in O(1) time.
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.entries.contains_key(key)
    }
}

forward! {
    entries =>
    impl<K: Clone + Hash + Eq, V: DotStore> DotStore for OrMap<K, V> { type Cursor = OrMapCursor; }
    impl<K: Clone + Hash + Ord, V: WatchStore> WatchStore for OrMap<K, V> {
        type Change = EntryChange<K, V::Change>;
    }
    impl<K, V> Default for OrMap<K, V> {}
    impl<K: Hash + Eq, V: PartialEq> PartialEq for OrMap<K, V> {}
    impl<K: Hash + Eq, V: Eq> Eq for OrMap<K, V> {}
    impl<K: Ord + Hash, V: Hash> Hash for OrMap<K, V> {}
}

impl<K: Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for OrMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.fmt(f)
    }
}

impl<K: Ord, V> IntoIterator for OrMap<K, V> {
    type Item = (K, V);
    type IntoIter = alloc::vec::IntoIter<(K, V)>;

    /// The entries by value, in ascending order of keys. Computes in O(n log n) time.
    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a, K: Ord, V> IntoIterator for &'a OrMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = alloc::vec::IntoIter<(&'a K, &'a V)>;

    /// The entries in ascending order of keys. Computes in O(n log n) time.
    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<alloc::vec::Vec<_>>().into_iter()
    }
}

/// Edits an [`OrMap`].
#[derive(Debug)]
pub struct OrMapCursor<'a, K: Clone + Hash + Eq, V: DotStore> {
    entries: DotMapCursor<'a, K, V>,
}

impl<K: Clone + Hash + Eq, V: DotStore> OrMapCursor<'_, K, V> {
    /// The cursor of the value under `key`, from nothing if it is absent.
    ///
    /// The key is present afterwards if something was written under it. Computes in O(log n) time.
    pub fn entry(&mut self, key: impl IntoValue<K>) -> V::Cursor<'_> {
        self.entries.entry(key.into_value())
    }

    /// Removes `key` with everything under it, and returns whether it was present. Computes in
    /// O(d log n) time for the d dots under the key.
    pub fn remove<Q>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.entries.remove(key)
    }

    /// Removes all keys, as one removal.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Keeps the entries that `keep` accepts; all others go as one removal. Computes in O(n) time,
    /// and O(log n) for each dot that goes.
    pub fn retain(&mut self, keep: impl FnMut(&K, &V) -> bool) {
        self.entries.retain(keep);
    }

    /// The value under `key`.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.entries.get(key)
    }

    /// Whether `key` is present.
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.entries.contains_key(key)
    }

    /// How many keys are present.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no key is present.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries in ascending order of keys. Computes in O(n log n) time.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)>
    where
        K: Ord,
    {
        self.entries.iter()
    }
}
