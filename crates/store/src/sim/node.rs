use rejoin_core::ReplicaId;

use crate::{Config, Durable, LoadError, Replicated, Storage, Time};

/// One replica of a simulated network.
pub(super) struct Node<S, D: Storage> {
    /// Of the running process, or the last one.
    pub(super) id: ReplicaId,
    starts: u64,
    /// The running process, if it runs.
    pub(super) process: Option<Durable<S, D>>,
    /// What a crash has left, while it is down.
    disk: Option<D>,
    /// How many edits the next crash would lose.
    pub(super) unsaved: usize,
    /// Whether a commit is on its way.
    pub(super) commit_due: bool,
    /// Which part of a partitioned network it is in.
    pub(super) part: usize,
}

impl<S: Replicated, D: Storage> Node<S, D> {
    pub(super) fn down(disk: D) -> Self {
        let id = disk.replica();
        Self {
            id,
            starts: 0,
            process: None,
            disk: Some(disk),
            unsaved: 0,
            commit_due: false,
            part: 0,
        }
    }

    pub(super) fn crash(&mut self) {
        if let Some(process) = self.process.take() {
            self.disk = Some(process.into_storage());
        }
        self.unsaved = 0;
        self.commit_due = false;
    }

    pub(super) fn restart(&mut self, config: Config) -> Result<(), LoadError<D::Error>> {
        if let Some(disk) = self.disk.take() {
            let process = Durable::open_as(disk, self.starts, config)?;
            self.starts += 1;
            self.id = process.id();
            self.process = Some(process);
        }
        Ok(())
    }
}

impl<S, D: Storage> Node<S, D> {
    pub(super) fn poll_timeout(&self) -> Option<Time> {
        self.process.as_ref()?.replica().poll_timeout()
    }
}
