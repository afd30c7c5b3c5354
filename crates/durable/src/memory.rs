use core::convert::Infallible;

use rejoin_core::NodeId;

use crate::error::CommitError;
use crate::storage::{Snapshot, Storage, Stored};

/// Storage in memory, for tests, caches and the simulator: it lasts as long as the process.
///
/// A clone is a copy of the "disk" at that moment. Starting a replica from an old copy while peers
/// have seen later edits is a restored backup: see [`Storage::renew`].
#[derive(Clone, Debug)]
pub struct Memory {
    node: NodeId,
    snapshot: Vec<Vec<u8>>,
    log: Vec<Vec<u8>>,
    log_bytes: u64,
}

impl Memory {
    /// Empty storage of this node.
    #[must_use]
    pub fn new(node: NodeId) -> Self {
        Self { node, snapshot: Vec::new(), log: Vec::new(), log_bytes: 0 }
    }
}

impl Storage for Memory {
    type Error = Infallible;

    fn node(&self) -> NodeId {
        self.node
    }

    fn renew(&mut self, node: NodeId) -> Result<(), Infallible> {
        self.node = node;
        Ok(())
    }

    fn load(&mut self, visit: &mut dyn FnMut(Stored<'_>)) -> Result<(), Infallible> {
        for record in self.snapshot.iter().chain(&self.log) {
            visit(Stored::Record(record));
        }
        Ok(())
    }

    fn append(&mut self, delta: &[u8]) -> Result<(), Infallible> {
        self.log.push(delta.to_vec());
        self.log_bytes += delta.len() as u64;
        Ok(())
    }

    fn compact(&mut self, snapshot: &mut Snapshot<'_>) -> Result<(), CommitError<Infallible>> {
        let mut records = Vec::new();
        snapshot(&mut |record| records.push(record.to_vec()))?;
        self.snapshot = records;
        self.log.clear();
        self.log_bytes = 0;
        Ok(())
    }

    fn log_bytes(&self) -> u64 {
        self.log_bytes
    }

    fn snapshot_bytes(&self) -> u64 {
        self.snapshot.iter().map(|record| record.len() as u64).sum()
    }
}
