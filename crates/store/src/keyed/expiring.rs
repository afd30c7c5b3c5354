use core::borrow::Borrow;
use core::hash::Hash;
use core::time::Duration;

use rejoin_core::{DotFun, DotStore, IntoValue};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Store;
use crate::{CommitError, Storage};

/// A value that ends at a time, which is replicated with it.
///
/// The time is wall-clock time, as the duration since 1970 in milliseconds: what
/// `SystemTime::now().duration_since(UNIX_EPOCH)` gives. Replicas whose clocks differ see a value end
/// at different moments, by as much.
///
/// Under concurrency, of two times the later one holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, DotStore, Serialize, Deserialize)]
pub struct Expiring<V> {
    /// The value, whether or not it has ended.
    pub value: V,
    /// Milliseconds; several after concurrent writes.
    ends: DotFun<u64>,
}

impl<V> Expiring<V> {
    /// When it ends; `None` for one that never does.
    #[must_use]
    pub fn ends(&self) -> Option<Duration> {
        self.ends.iter().map(|(_, ends)| Duration::from_millis(*ends)).max()
    }

    /// The value, if it has not ended at `now`.
    #[must_use]
    pub fn get(&self, now: Duration) -> Option<&V> {
        self.ends().is_none_or(|ends| now < ends).then_some(&self.value)
    }
}

/// Values that end.
///
/// Nothing ends by itself: a value that has ended is left out by [`get_at`](Self::get_at) and
/// [`iter_at`](Self::iter_at) everywhere, and some replica removes it by a [`sweep`](Self::sweep),
/// which is an edit like any other. So no replica brings back what another one has swept, and whoever
/// prolongs a value in time keeps it.
impl<K, V, D> Store<K, Expiring<V>, D>
where
    K: Clone + Ord + Hash + Serialize + DeserializeOwned + 'static,
    V: DotStore + Clone + Serialize + DeserializeOwned + 'static,
    D: Storage,
{
    /// Edits the value under `key`, which then ends at `ends` and no other time.
    ///
    /// A sweep elsewhere that has not seen this edit removes what it has seen. The value is safe
    /// from that if it is written anew here, or if this edit arrives there before the old time and
    /// the sweep's `grace` are over.
    ///
    /// # Errors
    ///
    /// As [`Store::edit`].
    pub fn edit_until<R>(
        &mut self,
        key: impl IntoValue<K>,
        ends: Duration,
        edit: impl FnOnce(&mut V::Cursor<'_>) -> R,
    ) -> Result<R, CommitError<D::Error>> {
        let ends = u64::try_from(ends.as_millis()).unwrap_or(u64::MAX);
        self.batch(|map| {
            let mut entry = map.entry(key);
            entry.ends().write(ends);
            edit(&mut entry.value())
        })
    }

    /// Removes all values that ended at least `grace` before `now`, and returns how many.
    ///
    /// `grace` is the longest time that an edit may be on its way, and that clocks may differ. One
    /// replica is enough to sweep; if several do, they remove the same keys once each, which costs a
    /// little and does no harm. To share the work, let each wait for another `grace`, in turn.
    ///
    /// # Errors
    ///
    /// As [`Store::edit`].
    pub fn sweep(
        &mut self,
        now: Duration,
        grace: Duration,
    ) -> Result<usize, CommitError<D::Error>> {
        let Some(now) = now.checked_sub(grace) else { return Ok(0) };
        let ended = |value: &Expiring<V>| value.get(now).is_none();
        let count = self.map().values().filter(|value| ended(value)).count();
        if count > 0 {
            self.batch(|map| map.retain(|_, value| !ended(value)))?;
        }
        Ok(count)
    }
}

impl<K, V, D: Storage> Store<K, Expiring<V>, D> {
    /// The value under `key`, if it has not ended at `now`.
    #[must_use]
    pub fn get_at<Q>(&self, key: &Q, now: Duration) -> Option<&V>
    where
        K: Borrow<Q> + Hash + Eq,
        Q: Hash + Eq + ?Sized,
    {
        self.get(key)?.get(now)
    }

    /// The entries that have not ended at `now`, in ascending order of keys. Computes in O(n log n)
    /// time.
    pub fn iter_at(&self, now: Duration) -> impl Iterator<Item = (&K, &V)>
    where
        K: Ord,
    {
        self.iter().filter_map(move |(key, value)| Some((key, value.get(now)?)))
    }
}
