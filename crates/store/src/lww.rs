use core::borrow::Borrow;
use core::fmt;
use core::time::Duration;

use rejoin_core::{Hlc, HlcClock, HlcError, IntoValue};
use rejoin_maps::LwwMap;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{CommitError, Config, Durable, LoadError, Memory, Storage};

/// A keyed store in which the last write of a key wins, by hybrid logical clocks.
///
/// A write wins over all that its replica has seen, whatever its wall clock says. Of two concurrent
/// writes the one with the later clock wins, and **the other one is lost, without a sign**: that is
/// what last-write-wins means. Use an `MvRegister` where both should stay, and counters, sets and
/// maps where both should count.
///
/// Wall-clock time is an argument, in milliseconds since 1970.
///
/// ```
/// use rejoin_core::ReplicaId;
/// use rejoin_store::{Config, LwwStore, Memory};
///
/// let disk = Memory::new(ReplicaId::random());
/// let mut settings = LwwStore::<String, String>::open(disk, Config::default())?;
/// settings.put("theme", "dark", 1_000)?;
/// settings.put("theme", "light", 999)?; // the clock went back, and the later write wins all the same
/// assert_eq!(settings.get("theme").map(String::as_str), Some("light"));
/// settings.remove("theme", 1_001)?;
/// assert_eq!(settings.get("theme"), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A removed key leaves its stamp, so that an older put that comes later does not bring it back.
pub struct LwwStore<K, V, D: Storage = Memory> {
    durable: Durable<LwwMap<K, V>, D>,
    clock: HlcClock,
}

/// How far ahead of the wall clock here a write may be to be written over.
const MAX_DRIFT: Duration = Duration::from_secs(60);

// `'static` is what the compiler cannot yet do without where a generic cursor meets a closure.
impl<K, V, D> LwwStore<K, V, D>
where
    K: Clone + Ord + Serialize + DeserializeOwned + 'static,
    V: Clone + Ord + Serialize + DeserializeOwned + 'static,
    D: Storage,
{
    /// Reads everything that is stored, and goes on from there: see [`Durable::open`].
    ///
    /// # Errors
    ///
    /// When the storage cannot be read, or holds a damaged record.
    pub fn open(storage: D, config: Config) -> Result<Self, LoadError<D::Error>> {
        Durable::open(storage, config).map(Self::from)
    }

    /// Puts `value` under `key`.
    ///
    /// # Errors
    ///
    /// When what is there is more than a minute ahead of `wall`: one of the two clocks is wrong. Then
    /// nothing has changed. And as [`Durable::commit`].
    pub fn put(
        &mut self,
        key: impl IntoValue<K>,
        value: impl IntoValue<V>,
        wall: u64,
    ) -> Result<(), LwwError<D::Error>> {
        let key = key.into_value();
        let stamp = self.stamp(&key, wall)?;
        self.durable.batch(|map| map.insert(stamp, key, value)).map_err(LwwError::Commit)?;
        Ok(())
    }

    /// Removes `key`, and returns whether it was present.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn remove(
        &mut self,
        key: impl IntoValue<K>,
        wall: u64,
    ) -> Result<bool, LwwError<D::Error>> {
        let key = key.into_value();
        let stamp = self.stamp(&key, wall)?;
        let was_present = self.get(&key).is_some();
        self.durable.batch(|map| map.remove(stamp, key)).map_err(LwwError::Commit)?;
        Ok(was_present)
    }

    /// A stamp later than that of the last write of `key`.
    fn stamp(&mut self, key: &K, wall: u64) -> Result<Hlc, LwwError<D::Error>> {
        match self.durable.state().stamp(key) {
            Some((stamp, _)) => self.clock.observe(*stamp, wall),
            None => self.clock.now(wall),
        }
        .map_err(LwwError::Clock)
    }
}

impl<K: Ord, V, D: Storage> LwwStore<K, V, D> {
    /// The value under `key`.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.durable.state().get(key)
    }

    /// The entries in ascending order of keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.durable.state().iter()
    }

    /// The durable value inside.
    #[must_use]
    pub fn durable(&self) -> &Durable<LwwMap<K, V>, D> {
        &self.durable
    }

    /// The durable value inside, to connect peers, handle messages, commit what they brought, and
    /// poll for messages.
    #[must_use]
    pub fn durable_mut(&mut self) -> &mut Durable<LwwMap<K, V>, D> {
        &mut self.durable
    }

    /// Gives the durable value back.
    #[must_use]
    pub fn into_durable(self) -> Durable<LwwMap<K, V>, D> {
        self.durable
    }
}

impl<K, V, D: Storage> From<Durable<LwwMap<K, V>, D>> for LwwStore<K, V, D> {
    fn from(durable: Durable<LwwMap<K, V>, D>) -> Self {
        Self { durable, clock: HlcClock::new(MAX_DRIFT) }
    }
}

impl<K: fmt::Debug, V: fmt::Debug, D: Storage> fmt::Debug for LwwStore<K, V, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LwwStore")
            .field("durable", &self.durable)
            .field("clock", &self.clock)
            .finish()
    }
}

/// A write was not done, or may not be durable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LwwError<E> {
    /// The clock here and that of the last writer are too far apart. Nothing has changed.
    Clock(HlcError),
    /// As for any edit.
    Commit(CommitError<E>),
}

impl<E> fmt::Display for LwwError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clock(_) => f.write_str("the clocks of two writers are too far apart"),
            Self::Commit(_) => f.write_str("the write may not be durable"),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for LwwError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Clock(error) => Some(error),
            Self::Commit(error) => Some(error),
        }
    }
}
