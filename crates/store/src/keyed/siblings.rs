use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;

use rejoin_core::{Dot, IntoValue};
use rejoin_registers::MvRegister;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Store;
use crate::observe::Report;
use crate::{CommitError, Storage, Time};

/// All values of one key, and the context in which they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Siblings<'a, V> {
    writes: Vec<(Dot, &'a V)>,
}

impl<'a, V: PartialEq> Siblings<'a, V> {
    /// The values, each once: none if the key is absent, several after concurrent writes.
    pub fn values(&self) -> impl Iterator<Item = &'a V> + '_ {
        let is_first = |index: &usize| {
            let value = self.writes[*index].1;
            self.writes[..*index].iter().all(|(_, other)| *other != value)
        };
        (0..self.writes.len()).filter(is_first).map(|index| self.writes[index].1)
    }

    /// Whether there are several values, which somebody should resolve.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.values().nth(1).is_some()
    }

    /// What was read here, for a later [`Store::put`], at this replica or another: what Riak calls
    /// the causal context. To a client it is opaque.
    #[must_use]
    pub fn context(&self) -> Vec<Dot> {
        self.writes.iter().map(|(dot, _)| *dot).collect()
    }
}

/// A multi-value store: a read returns what was written concurrently as siblings, and a write
/// replaces what its writer has seen.
///
/// ```
/// use rejoin_registers::{MvRegister, ReplicaId};
/// use rejoin_store::{Config, Memory, Store};
///
/// let disk = Memory::new(ReplicaId::random());
/// let mut names = Store::<String, MvRegister<String>>::open(disk, Config::default())?;
/// names.put("user:1", "Alice", &[])?;
///
/// let context = names.siblings("user:1").context();
/// names.put("user:1", "Alicia", &context)?; // replaces Alice
/// names.put("user:1", "Allison", &context)?; // did not see Alicia
/// assert!(names.siblings("user:1").is_conflict());
///
/// names.resolve("user:1", |siblings| siblings.iter().max().unwrap().to_string())?;
/// assert_eq!(names.siblings("user:1").values().collect::<Vec<_>>(), ["Allison"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<K, V, D> Store<K, MvRegister<V>, D>
where
    K: Clone + Ord + Hash + Serialize + DeserializeOwned + 'static,
    V: Clone + PartialEq + Serialize + DeserializeOwned + 'static,
    D: Storage,
{
    /// The values under `key`, with the context in which they are read.
    #[must_use]
    pub fn siblings<Q>(&self, key: &Q) -> Siblings<'_, V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        Siblings {
            writes: self.get(key).map_or(Vec::new(), |register| register.writes().collect()),
        }
    }

    /// Writes `value` in place of what was `seen`; whatever else is there stays as a sibling.
    ///
    /// # Errors
    ///
    /// When the key has [`Config::max_siblings`](crate::Config::max_siblings) already that were not
    /// seen, and then nothing has changed: read and resolve them first. And as [`Store::edit`].
    pub fn put(
        &mut self,
        key: impl IntoValue<K>,
        value: impl IntoValue<V>,
        seen: &[Dot],
    ) -> Result<(), PutError<D::Error>> {
        let key = key.into_value();
        let limit = self.durable.replica().config().max_siblings;
        let unseen = |(dot, _): &(Dot, &V)| !seen.contains(dot);
        let count = self.get(&key).map_or(0, |register| register.writes().filter(unseen).count());
        if count >= limit {
            return Err(PutError::TooManySiblings { count, limit });
        }
        self.edit(key, |register| register.set_over(seen, value)).map_err(PutError::Commit)
    }

    /// If `key` has several values, writes what `resolver` makes of them in their place, and returns
    /// whether it had.
    ///
    /// Two replicas that resolve at once make siblings again, unless they come to equal values.
    ///
    /// # Errors
    ///
    /// As [`Store::edit`].
    pub fn resolve<Q>(
        &mut self,
        key: &Q,
        resolver: impl FnOnce(&[&V]) -> V,
    ) -> Result<bool, CommitError<D::Error>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        let siblings = self.siblings(key);
        if !siblings.is_conflict() {
            return Ok(false);
        }
        let values: Vec<&V> = siblings.values().collect();
        let (resolved, seen) = (resolver(&values), siblings.context());
        self.batch(|map| map.entry(key.to_owned()).set_over(&seen, resolved))?;
        Ok(true)
    }

    /// How this replica is doing, with [`conflicts`](Self::conflicts) counted: see
    /// [`Replica::report`](crate::Replica::report). Computes in O(n log n) time.
    #[must_use]
    pub fn report(&self, now: Time) -> Report {
        self.durable.replica().report(now).with_conflicts(self.conflicts().count() as u64)
    }

    /// The keys with several values, in ascending order. Computes in O(n log n) time.
    pub fn conflicts(&self) -> impl Iterator<Item = &K> {
        self.iter().filter(|(_, register)| register.values().nth(1).is_some()).map(|(key, _)| key)
    }
}

/// A put was not done, or may not be durable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PutError<E> {
    /// The key has too many values that the writer has not seen. Nothing has changed.
    TooManySiblings {
        /// How many.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// As for any edit.
    Commit(CommitError<E>),
}

impl<E> fmt::Display for PutError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManySiblings { count, limit } => {
                write!(f, "{count} siblings that were not seen, where {limit} are allowed")
            }
            Self::Commit(_) => f.write_str("the put may not be durable"),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for PutError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::TooManySiblings { .. } => None,
            Self::Commit(error) => Some(error),
        }
    }
}
