//! From a storage to a replica.

use rejoin_core::ReplicaId;
use rejoin_store::{Config, Replica, Replicated};

use super::{Durable, compact_above, stored_bytes};
use crate::error::LoadError;
use crate::loading::{Loaded, Loading};
use crate::progress::Progress;
use crate::storage::{Storage, Stored};

impl<S, D: Storage> Durable<S, D> {
    /// Reads everything that is stored, and goes on from there, in a
    /// [fresh run](rejoin_core::NodeId::fresh_run) of the storage's node.
    ///
    /// So a disk that was copied or restored from a backup does no harm: no dot is minted twice,
    /// whatever the copy does and whatever the original has done since.
    ///
    /// A record that cannot be read does not cost the others: the replica goes on without it,
    /// and [`unreadable`](Self::unreadable) has it.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read, and when what is stored is of another type, by its
    /// [`Shape`](rejoin_shape::Shape): then the message names the place where the types differ.
    /// Content of versions with other fields is of no other type; two versions that have another
    /// type for a field are.
    pub fn open(storage: D, config: Config) -> Result<Self, LoadError<D::Error>>
    where
        S: Replicated, // here and not above, so that the message says what `S` lacks
    {
        Self::open_with(storage, config, |_| ())
    }

    /// As [`open`](Self::open), and tells `progress` how far it is, after each record: every 60 KiB
    /// of a long snapshot, and every commit of the log.
    ///
    /// ```
    /// use rejoin_core::{Causal, DotMap, DotSet};
    /// use rejoin_durable::{Config, Durable, Memory, NodeId};
    ///
    /// # let disk = Memory::new(NodeId::from_u128(1));
    /// let tags = Durable::<Causal<DotMap<String, DotSet>>, _>::open_with(
    ///     disk,
    ///     Config::default(),
    ///     |progress| eprintln!("{} of {} bytes", progress.bytes, progress.total),
    /// )?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(
        storage: D,
        config: Config,
        progress: impl FnMut(Progress),
    ) -> Result<Self, LoadError<D::Error>>
    where
        S: Replicated,
    {
        let incarnation = storage.node().fresh_run();
        Self::open_under(incarnation, storage, config, progress)
    }

    /// Reads everything that is stored, and goes on from there, in this incarnation of the
    /// storage's node; for runs that have to be the same each time.
    ///
    /// It must not be one in which anything was written that is not in this storage: a dot would
    /// be minted twice.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and when a record is unreadable, because of the dots in it.
    pub fn open_as(
        storage: D,
        incarnation: u64,
        config: Config,
    ) -> Result<Self, LoadError<D::Error>>
    where
        S: Replicated,
    {
        let id = storage.node().run(incarnation);
        let durable = Self::open_under(id, storage, config, |_| ())?;
        match durable.unreadable.first() {
            Some(record) => Err(LoadError::Record(record.error.clone())),
            None => Ok(durable),
        }
    }

    fn open_under(
        id: ReplicaId,
        mut storage: D,
        config: Config,
        mut progress: impl FnMut(Progress),
    ) -> Result<Self, LoadError<D::Error>>
    where
        S: Replicated,
    {
        let mut loading = Loading::new(Replica::new(id, config));
        let (mut bytes, total) = (0, stored_bytes(&storage));
        let mut take = |stored: Stored<'_>| {
            loading.take(stored);
            if let Stored::Record(record) = stored {
                bytes += record.len() as u64;
                progress(Progress { bytes, total });
            }
        };
        storage.load(&mut take).map_err(LoadError::Storage)?;
        let loaded = loading.finish().map_err(LoadError::Type)?;
        let Loaded { replica, unreadable, shape, says_shape, is_news } = loaded;
        // The next commit writes a snapshot that is true without what is missing.
        let compact_above = if is_news { 0 } else { compact_above(&storage) };
        let (unsaved, compact_error) = (None, None);
        Ok(Self {
            replica,
            storage,
            shape,
            says_shape,
            unsaved,
            compact_above,
            compact_error,
            unreadable,
        })
    }
}
