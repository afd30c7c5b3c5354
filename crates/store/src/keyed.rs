mod expiring;
mod siblings;

use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;

use rejoin_core::{Causal, DotStore, IntoValue};
use rejoin_maps::{OrMap, OrMapCursor};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::expiring::{Expiring, ExpiringCursor};
pub use self::siblings::{PutError, Siblings};
use crate::{CommitError, Config, Durable, LoadError, Memory, Progress, Storage};

/// Many keyed values under one causal context: what a [`Store`] replicates.
pub type Keyed<K, V> = Causal<OrMap<K, V>>;

/// A replicated map from keys to dot stores, every edit of which is durable when it returns.
///
/// All keys share one clock, so two stores with a million keys each tell by a version vector
/// whether they are equal, and exchange what differs and nothing else.
///
/// Under concurrency, removing a key takes what the remover saw of it; a concurrent edit of the
/// same key stays.
///
/// ```
/// use rejoin_registers::{MvRegister, ReplicaId};
/// use rejoin_store::{Config, Memory, Store};
///
/// let disk = Memory::new(ReplicaId::from_u128(1));
/// let mut carts = Store::<String, MvRegister<String>>::open(disk, Config::default())?;
///
/// carts.edit("cart:42", |cart| cart.set("oat milk"))?;
/// carts.batch(|carts| {
///     carts.entry("cart:43").set("tea");
///     carts.entry("cart:44").set("figs");
/// })?; // one transaction, one message to each peer
/// carts.remove("cart:42")?;
///
/// assert_eq!(carts.keys().collect::<Vec<_>>(), ["cart:43", "cart:44"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It is a thin face of [`Durable`], which connects it to peers: see
/// [`durable_mut`](Self::durable_mut).
pub struct Store<K, V, D: Storage = Memory> {
    durable: Durable<Keyed<K, V>, D>,
}

// `'static` is what the compiler cannot yet do without where a generic cursor meets a closure.
impl<K, V, D> Store<K, V, D>
where
    K: Clone + Ord + Hash + Serialize + DeserializeOwned + 'static,
    V: DotStore + Clone + Serialize + DeserializeOwned + 'static,
    D: Storage,
{
    /// Reads everything that is stored, and goes on from there: see
    /// [`Durable::open`].
    ///
    /// # Errors
    ///
    /// When the storage cannot be read, or holds a damaged record.
    pub fn open(storage: D, config: Config) -> Result<Self, LoadError<D::Error>> {
        Durable::open(storage, config).map(Self::from)
    }

    /// As [`open`](Self::open), and tells `progress` how far it is: see [`Durable::open_with`].
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(
        storage: D,
        config: Config,
        progress: impl FnMut(Progress),
    ) -> Result<Self, LoadError<D::Error>> {
        Durable::open_with(storage, config, progress).map(Self::from)
    }

    /// Edits the value under `key`, from bottom if it is absent.
    ///
    /// # Errors
    ///
    /// When the edit may not be durable. It has been applied here; it is sent to nobody before a
    /// later edit or commit succeeds, which makes both durable.
    pub fn edit<R>(
        &mut self,
        key: impl IntoValue<K>,
        edit: impl FnOnce(&mut V::Cursor<'_>) -> R,
    ) -> Result<R, CommitError<D::Error>> {
        self.batch(|map| edit(&mut map.entry(key)))
    }

    /// Edits any number of keys in one transaction, and one message to each peer.
    ///
    /// # Errors
    ///
    /// As [`edit`](Self::edit).
    pub fn batch<R>(
        &mut self,
        edit: impl FnOnce(&mut OrMapCursor<'_, K, V>) -> R,
    ) -> Result<R, CommitError<D::Error>> {
        self.durable.batch(edit)
    }

    /// Removes `key` with everything under it, and returns whether it was present.
    ///
    /// # Errors
    ///
    /// As [`edit`](Self::edit).
    pub fn remove<Q>(&mut self, key: &Q) -> Result<bool, CommitError<D::Error>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.batch(|map| map.remove(key))
    }
}

impl<K, V, D: Storage> Store<K, V, D> {
    /// The value under `key`.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q> + Hash + Eq,
        Q: Hash + Eq + ?Sized,
    {
        self.map().get(key)
    }

    /// Whether `key` is present.
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q> + Hash + Eq,
        Q: Hash + Eq + ?Sized,
    {
        self.map().contains_key(key)
    }

    /// How many keys are present.
    #[must_use]
    pub fn len(&self) -> usize {
        self.map().len()
    }

    /// Whether no key is present.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map().is_empty()
    }

    /// The entries in ascending order of keys. Computes in O(n log n) time.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)>
    where
        K: Ord,
    {
        self.map().iter()
    }

    /// The keys in ascending order. Computes in O(n log n) time.
    pub fn keys(&self) -> impl Iterator<Item = &K>
    where
        K: Ord,
    {
        self.iter().map(|(key, _)| key)
    }

    /// The durable value inside.
    #[must_use]
    pub fn durable(&self) -> &Durable<Keyed<K, V>, D> {
        &self.durable
    }

    /// The durable value inside, to connect peers, handle messages, commit what they brought, and
    /// poll for messages.
    #[must_use]
    pub fn durable_mut(&mut self) -> &mut Durable<Keyed<K, V>, D> {
        &mut self.durable
    }

    /// Gives the durable value back, for a transport that takes it over.
    #[must_use]
    pub fn into_durable(self) -> Durable<Keyed<K, V>, D> {
        self.durable
    }

    fn map(&self) -> &OrMap<K, V> {
        self.durable.state()
    }
}

impl<K, V, D: Storage> From<Durable<Keyed<K, V>, D>> for Store<K, V, D> {
    fn from(durable: Durable<Keyed<K, V>, D>) -> Self {
        Self { durable }
    }
}

impl<K: Ord + fmt::Debug, V: fmt::Debug, D: Storage> fmt::Debug for Store<K, V, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("durable", &self.durable).finish()
    }
}
