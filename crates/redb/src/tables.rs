//! What is where in the database.

use redb::{
    Builder, Database, Durability, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    TableDefinition, TableError, WriteTransaction,
};
use rejoin_durable::{NodeId, ReplicaId};

use crate::RedbError;

/// What this build writes, and the only one that it reads.
const FORMAT: u8 = 2;

/// `format`, `replica`, which is the id of the node, and `snapshot bytes`.
pub(crate) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("rejoin meta");
/// The records of the snapshot, counted from 0.
pub(crate) const SNAPSHOT: TableDefinition<'_, u64, &[u8]> =
    TableDefinition::new("rejoin snapshot");
/// The deltas since the snapshot, in order; the key is where the delta ends, in bytes from the
/// snapshot on, so that the size of the log is in its last key.
pub(crate) const LOG: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("rejoin log");

/// What a delta costs beside its own bytes, in the keys of [`LOG`]: a bit more than nothing, so
/// that keys ascend even if a delta were empty.
pub(crate) const KEY_BYTES: u64 = 8;

/// redb's page cache. What is written here is read once, at opening, so a large one is wasted.
const CACHE_BYTES: usize = 16 << 20;

pub(crate) fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// A transaction that is on the disk when its commit returns.
pub(crate) fn begin(database: &Database) -> Result<WriteTransaction, RedbError> {
    let mut write = database.begin_write()?;
    write.set_durability(Durability::Immediate)?;
    Ok(write)
}

/// Whether the database is empty, so that a store can be made of it. If it is neither that nor a
/// store, that is an error.
pub(crate) fn is_blank(database: &Database) -> Result<bool, RedbError> {
    let read = database.begin_read()?;
    match read.open_table(META) {
        Ok(meta) => match meta.get("format")?.and_then(|bytes| bytes.value().first().copied()) {
            Some(FORMAT) => Ok(false),
            Some(found) if found > FORMAT => Err(RedbError::NewerFormat { found, known: FORMAT }),
            _ => Err(RedbError::Foreign),
        },
        Err(TableError::TableDoesNotExist(_)) => {
            let is_empty = read.list_tables()?.next().is_none()
                && read.list_multimap_tables()?.next().is_none();
            // An empty file, or one whose creation a crash has cut short.
            if is_empty { Ok(true) } else { Err(RedbError::Foreign) }
        }
        Err(TableError::Storage(error)) => Err(error.into()),
        Err(_) => Err(RedbError::Foreign), // a table of that name, of other types
    }
}

/// Makes an empty store of an empty database.
pub(crate) fn initialize(database: &Database, node: NodeId) -> Result<(), RedbError> {
    let write = begin(database)?;
    {
        let mut meta = write.open_table(META)?;
        meta.insert("format", [FORMAT].as_slice())?;
        meta.insert("replica", node.as_bytes().as_slice())?;
        write.open_table(SNAPSHOT)?;
        write.open_table(LOG)?;
    }
    Ok(write.commit()?)
}

/// Whose store it is, and how much is in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contents {
    pub(crate) node: NodeId,
    pub(crate) log_bytes: u64,
    pub(crate) snapshot_bytes: u64,
}

impl Contents {
    pub(crate) fn of(database: &Database) -> Result<Self, RedbError> {
        let read = database.begin_read()?;
        let meta = read.open_table(META)?;
        let replica = meta.get("replica")?.and_then(|id| id.value().try_into().ok());
        // Files of the first drafts have an incarnation there, which was never used.
        let node = replica.map(|id| ReplicaId::from_bytes(id).node()).ok_or(RedbError::Foreign)?;
        let bytes = meta.get("snapshot bytes")?.and_then(|size| size.value().try_into().ok());
        let snapshot_bytes = bytes.map_or(0, u64::from_be_bytes);
        let log = read.open_table(LOG)?;
        let log_bytes = end_of(&log)? - KEY_BYTES * log.len()?;
        Ok(Self { node, log_bytes, snapshot_bytes })
    }
}

/// The key of the last delta.
pub(crate) fn end_of(log: &impl ReadableTable<u64, &'static [u8]>) -> Result<u64, RedbError> {
    Ok(log.last()?.map_or(0, |(end, _)| end.value()))
}
