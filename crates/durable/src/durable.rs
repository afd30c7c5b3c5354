mod migrating;
mod opening;
mod shapes;

use core::fmt;
use core::mem;

use rejoin_core::{Edit, ReplicaId};
use rejoin_shape::Shape;
use rejoin_store::{EncodeError, Pending, RefusedEdit, Replica, Replicated};

use crate::error::{CommitError, EpochError};
use crate::storage::Storage;
use crate::stored;
use crate::unreadable::Unreadable;

/// A log may grow to this many bytes, or to twice the snapshot, before it is compacted.
const COMPACT_ABOVE: u64 = 1 << 20;

/// A [`Replica`] together with the [`Storage`] that it survives crashes in.
///
/// An [`edit`](Self::edit) is durable when it answers `Ok`. One that is [staged](Self::stage) is
/// applied at once, and durable after the next [`commit`](Self::commit): one transaction for all
/// that was staged, and received, since the last one.
///
/// ```
/// use rejoin_core::{Causal, DotMap, DotSet};
/// use rejoin_durable::{Config, Durable, Memory, NodeId};
///
/// let disk = Memory::new(NodeId::from_u128(1));
/// let mut tags: Durable<Causal<DotMap<String, DotSet>>, _> =
///     Durable::open(disk, Config::default())?;
/// tags.edit(|tags| tags.entry("red".to_owned()).write())?;
/// tags.stage(|tags| tags.remove("red"))?;
///
/// // A crash before the next commit.
/// let disk = tags.into_storage();
/// let tags: Durable<Causal<DotMap<String, DotSet>>, _> = Durable::open(disk, Config::default())?;
/// assert!(tags.state().contains_key("red"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Cost: a commit writes the delta. One that finds the log longer than 1 MiB and than twice the
/// snapshot also writes the whole value as the new snapshot, so that what a restart reads stays
/// within a constant of the value. A snapshot of more than about 4 MiB is written and read in
/// chunks of 60 KiB; a value that cannot be taken apart, such as a long text in one register, is
/// one chunk.
pub struct Durable<S, D: Storage> {
    replica: Replica<S>,
    storage: D,
    /// That of the type together with all that were accepted, and whether it is stored.
    shape: Shape,
    says_shape: bool,
    /// A group that could not be made durable yet.
    unsaved: Option<Pending>,
    /// The length of the log from which on the next commit compacts it.
    compact_above: u64,
    compact_error: Option<CommitError<D::Error>>,
    /// Records that could not be read.
    unreadable: Vec<Unreadable>,
}

impl<S: Replicated, D: Storage> Durable<S, D> {
    /// Edits the value: applied at once, durable and sent after the next [`commit`](Self::commit).
    ///
    /// # Errors
    ///
    /// As [`Replica::stage`]: nothing has changed then.
    pub fn stage<R>(&mut self, edit: impl FnOnce(&mut S::Cursor<'_>) -> R) -> Result<R, RefusedEdit>
    where
        S: Edit,
    {
        self.replica.stage(edit)
    }

    /// Edits the value and commits: several edits in one closure are one transaction.
    ///
    /// # Errors
    ///
    /// [`CommitError::Refused`] when the edit cannot be encoded or is too long, and
    /// [`CommitError::Suspended`] when an earlier commit has failed and still does: nothing has
    /// changed, and the edit will not happen. Otherwise as [`commit`](Self::commit): the edit has
    /// been applied, and it is undecided whether it is durable.
    pub fn edit<R>(
        &mut self,
        edit: impl FnOnce(&mut S::Cursor<'_>) -> R,
    ) -> Result<R, CommitError<D::Error>>
    where
        S: Edit,
    {
        if self.unsaved.is_some() {
            // So that what is pending does not grow with each edit that is tried on a full disk.
            self.save().map_err(|error| CommitError::Suspended(Box::new(error)))?;
        }
        let result = self.stage(edit).map_err(CommitError::Refused)?;
        self.commit().map(|()| result)
    }

    /// Makes everything that has changed durable, and releases the messages that waited for it.
    ///
    /// Without changes it does nothing. The storage may be compacted on the way; when that fails,
    /// the commit still holds, and [`compaction_error`](Self::compaction_error) tells.
    ///
    /// # Errors
    ///
    /// When the changes may not be durable. They stay in the value and pending, nothing that speaks
    /// of them is sent, and the next `commit` tries again.
    pub fn commit(&mut self) -> Result<(), CommitError<D::Error>> {
        self.save()?;
        self.compact_if_long();
        Ok(())
    }

    /// Commits, and puts the whole value in the place of the log: before a backup, say, or after
    /// much has been removed. Commits do so by themselves when the log is long.
    ///
    /// Everybody waits while it writes the value.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit), and when the snapshot cannot be written. Nothing is lost then.
    pub fn compact(&mut self) -> Result<(), CommitError<D::Error>> {
        self.save()?;
        self.replace_log()?;
        self.compact_error = None;
        Ok(())
    }

    /// Rewrites the value in a way that is no edit, such as handing the writes of departed replicas
    /// over with [`Causal::retire`](rejoin_core::Causal::retire), and begins an epoch.
    ///
    /// Version vectors have an entry for each run of each replica that has written. Where that is
    /// too much, rarely, the operator stops **all** replicas when they are equal
    /// ([`Replica::fingerprint`]), opens each storage, and rewrites each value in the same way.
    /// From then on they refuse messages of an earlier epoch, with
    /// [`HandleError::Epoch`](rejoin_store::HandleError::Epoch): of a replica that was left out,
    /// and is to be given an empty storage. Deltas for peers and what was seen of them are
    /// forgotten; so are causal tokens, which sessions have to begin without.
    ///
    /// Everybody waits while it writes the value.
    ///
    /// ```
    /// use rejoin_core::{Causal, DotMap, DotSet};
    /// use rejoin_durable::{Config, Durable, Memory, NodeId, ReplicaId};
    ///
    /// type Tags = Causal<DotMap<String, DotSet>>;
    /// let mut disk = Memory::new(NodeId::from_u128(1));
    /// for run in 1..=10 {
    ///     let mut tags = Durable::<Tags, _>::open_as(disk, run, Config::default())?;
    ///     tags.edit(|tags| tags.entry(format!("run {run}")).write())?;
    ///     disk = tags.into_storage();
    /// }
    /// let mut tags = Durable::<Tags, _>::open(disk, Config::default())?;
    /// assert_eq!(tags.state().context().replicas().count(), 10);
    ///
    /// let departed = ReplicaId::from_u128(0); // nobody writes under it
    /// tags.begin_epoch(|tags| {
    ///     let writers: Vec<ReplicaId> = tags.context().replicas().collect();
    ///     writers.into_iter().try_for_each(|writer| tags.retire(writer, departed))
    /// })?;
    /// assert_eq!(tags.state().context().replicas().count(), 1);
    /// assert_eq!(tags.state().len(), 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When peers are connected, when records are [unreadable](Self::unreadable), which could not
    /// be merged any more, when `rewrite` fails, when the commit fails, when the snapshot
    /// cannot be written, or when there is no further epoch. Then the value and the epoch are what
    /// they were, here and on the disk.
    pub fn begin_epoch<E>(
        &mut self,
        rewrite: impl FnOnce(&mut S) -> Result<(), E>,
    ) -> Result<(), EpochError<E, D::Error>> {
        if self.replica.peers().len() > 0 {
            return Err(EpochError::Connected);
        }
        if !self.unreadable.is_empty() {
            return Err(EpochError::Unreadable);
        }
        self.save().map_err(EpochError::Commit)?;
        let mut state = self.replica.state().clone();
        rewrite(&mut state).map_err(EpochError::Rewrite)?;
        let next = self.replica.next_epoch(state).ok_or(EpochError::Exhausted)?;
        let before = mem::replace(&mut self.replica, next);
        if let Err(error) = self.replace_log() {
            self.replica = before;
            return Err(EpochError::Commit(error));
        }
        Ok(())
    }

    /// Deletes the [unreadable](Self::unreadable) records for good, and compacts.
    ///
    /// What other replicas have of them has come from there, or will. What was in them alone is
    /// lost. Everybody waits while it writes the value.
    ///
    /// # Errors
    ///
    /// As [`compact`](Self::compact): the records are still there then.
    pub fn discard_unreadable(&mut self) -> Result<(), CommitError<D::Error>> {
        let records = mem::take(&mut self.unreadable);
        let result = self.compact();
        if result.is_err() {
            self.unreadable = records;
        }
        result
    }

    fn next_unsaved(&mut self) -> Result<Option<Pending>, EncodeError> {
        match self.unsaved.take() {
            Some(group) => Ok(Some(group)),
            None => self.replica.pending(),
        }
    }

    fn save(&mut self) -> Result<(), CommitError<D::Error>> {
        while let Some(group) = self.next_unsaved()? {
            let number = group.number;
            match self.store(&group) {
                Ok(()) => self.replica.persisted(number),
                Err(error) => {
                    self.unsaved = Some(group);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// The first half of a commit, for drivers that have to do something between the two: stores
    /// what is [pending](Replica::pending), which stays so until [`Replica::persisted`] is called.
    ///
    /// # Errors
    ///
    /// When it may not be durable. The same has to be stored again then.
    pub fn store(&mut self, pending: &Pending) -> Result<(), CommitError<D::Error>> {
        let record = stored::encode(&pending.record)?;
        if !self.says_shape {
            let shape = stored::encode_shape(&self.shape);
            self.storage.append(&shape).map_err(CommitError::Storage)?;
            self.says_shape = true;
        }
        self.storage.append(&record).map_err(CommitError::Storage)
    }

    /// The end of a commit: compacts the storage if its log is long. When that fails, the log
    /// stays, and [`compaction_error`](Self::compaction_error) says why.
    pub fn compact_if_long(&mut self) {
        if self.storage.log_bytes() > self.compact_above {
            self.compact_error = self.replace_log().err();
        }
    }

    fn replace_log(&mut self) -> Result<(), CommitError<D::Error>> {
        let (replica, kept, shape) = (&self.replica, &self.unreadable, &self.shape);
        let bytes = stored_bytes(&self.storage);
        let mut snapshot =
            |visit: &mut dyn FnMut(&[u8])| stored::snapshot(replica, kept, shape, bytes, visit);
        let result = self.storage.compact(&mut snapshot);
        self.compact_above = match result {
            Err(_) => self.storage.log_bytes().saturating_mul(2), // not again at every commit
            Ok(()) => {
                self.says_shape = true;
                compact_above(&self.storage)
            }
        };
        result
    }
}

impl<S, D: Storage> Durable<S, D> {
    /// Who writes here.
    #[must_use]
    pub fn id(&self) -> ReplicaId {
        self.replica.id()
    }

    /// The value as it is here and now, edits that are not durable yet included.
    #[must_use]
    pub fn state(&self) -> &S {
        self.replica.state()
    }

    /// The replica inside.
    #[must_use]
    pub fn replica(&self) -> &Replica<S> {
        &self.replica
    }

    /// The replica inside, to connect peers, handle messages and poll for them.
    ///
    /// Its groups belong to [`commit`](Self::commit): a caller who takes one from
    /// [`pending`](Replica::pending) loses it in the next crash.
    #[must_use]
    pub fn replica_mut(&mut self) -> &mut Replica<S> {
        &mut self.replica
    }

    /// The storage inside.
    #[must_use]
    pub fn storage(&self) -> &D {
        &self.storage
    }

    /// Gives the storage back, and drops everything that has not been committed, as a crash does.
    #[must_use]
    pub fn into_storage(self) -> D {
        self.storage
    }

    /// The records that could not be read when this was opened, in the order of the storage:
    /// damaged ones, those of another version or type, and those that the storage has lost.
    ///
    /// While there are any, this replica may lack edits that it had acknowledged. It does not claim
    /// to have them, so whatever peers have of them comes back from there. The records are kept, in
    /// memory and in every snapshot, and each opening tries to read them: a program whose type
    /// reads them again has them back. [`discard_unreadable`](Self::discard_unreadable) deletes
    /// them.
    ///
    /// Where the node has rights of its own, as in a bounded counter, or votes, those that it has
    /// used up may be in there: see [`Storage::renew`].
    #[must_use]
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    /// Why the last compaction failed, if it did. Nothing is lost then, but the log keeps growing.
    #[must_use]
    pub fn compaction_error(&self) -> Option<&CommitError<D::Error>> {
        self.compact_error.as_ref()
    }
}

impl<S: fmt::Debug, D: Storage> fmt::Debug for Durable<S, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Durable")
            .field("replica", &self.replica)
            .field("log_bytes", &self.storage.log_bytes())
            .field("snapshot_bytes", &self.storage.snapshot_bytes())
            .finish_non_exhaustive()
    }
}

fn stored_bytes(storage: &impl Storage) -> u64 {
    storage.snapshot_bytes() + storage.log_bytes()
}

fn compact_above(storage: &impl Storage) -> u64 {
    storage.snapshot_bytes().saturating_mul(2).max(COMPACT_ABOVE)
}
