mod error;
mod exchange;
mod outbox;

use core::fmt;
use core::mem;
use std::collections::BTreeMap;

use rejoin_core::{Edit, ReplicaId};

pub use self::error::HandleError;
use self::exchange::Peer;
pub use self::exchange::{Handled, Transmit};
use crate::message::{Message, VERSION};
use crate::{CodecError, Config, Replicated, Stats, codec};

/// One replica of a value, without network, disk, threads or clock: bytes go in and come out.
///
/// Reads and edits are local and immediate. The caller drives the rest, after whatever happens:
///
/// 1. events go in: [`connected`](Self::connected), [`disconnected`](Self::disconnected),
///    [`handle`](Self::handle) for each message, [`handle_timeout`](Self::handle_timeout) when the
///    time of [`poll_timeout`](Self::poll_timeout) has come;
/// 2. what has changed is made durable: [`pending`](Self::pending), then
///    [`persisted`](Self::persisted); [`Durable`](crate::Durable) does this;
/// 3. messages come out: [`poll_transmit`](Self::poll_transmit), until `None`.
///
/// **Nothing that is not durable leaves a replica.** A dot that has been sent and is then lost in a
/// crash would be minted again, for another edit, and one of the two would be lost everywhere. So a
/// message waits until everything that it may speak of has been reported as persisted.
///
/// Under concurrency, what the type says happens: replicas exchange states and differences, which
/// may be lost, repeated, delayed and reordered without harm.
///
/// Memory: the value, the deltas since the last [`pending`](Self::pending), and for each connected
/// peer at most [`Config::max_queue`] bytes of deltas and three other messages.
pub struct Replica<S> {
    id: ReplicaId,
    state: S,
    config: Config,
    rng: fastrand::Rng,
    /// Edited here since the last group was taken.
    local: S,
    /// Received since then, as far as it changed something.
    remote: S,
    /// Whether `local` or `remote` may hold anything.
    touched: bool,
    /// The number of the last group taken, and of the last one known to be durable.
    taken: u64,
    durable: u64,
    peers: BTreeMap<ReplicaId, Peer>,
    stats: Stats,
}

/// What has changed since the last group: the unit of durability.
#[derive(Clone, Debug)]
#[must_use = "its edits are sent only after `persisted` has been called with its number"]
pub struct Group<S> {
    /// Counts from 1, for [`Replica::persisted`].
    pub number: u64,
    /// Local edits and received differences, joined.
    pub delta: S,
}

impl<S: Replicated> Replica<S> {
    /// A replica that has seen nothing yet.
    ///
    /// `id` must be one that nobody else writes under, and that no lost or older copy of this value
    /// has written under (see [`ReplicaId`]).
    #[must_use]
    pub fn new(id: ReplicaId, config: Config) -> Self {
        Self::with_state(id, S::default(), config)
    }

    /// A replica that goes on from `state`, all of which is durable.
    #[must_use]
    pub fn with_state(id: ReplicaId, state: S, config: Config) -> Self {
        let mixed = config.seed ^ u64::from(crc32fast::hash(id.as_bytes()));
        Self {
            id,
            state,
            config,
            rng: fastrand::Rng::with_seed(mixed),
            local: S::default(),
            remote: S::default(),
            touched: false,
            taken: 0,
            durable: 0,
            peers: BTreeMap::new(),
            stats: Stats::default(),
        }
    }

    /// Edits the value. Applied at once; sent to the connected peers when it is durable.
    ///
    /// Whatever has been written before `edit` panics is kept, as one would expect of a `Vec`.
    pub fn edit<R>(&mut self, edit: impl FnOnce(&mut S::Cursor<'_>) -> R) -> R
    where
        S: Edit,
    {
        self.touched = true; // first: a panic in `edit` must not let anything out undurable
        self.stats.edits += 1;
        let unsettled = Unsettled { state: &mut self.state, local: &mut self.local };
        edit(&mut unsettled.state.cursor(unsettled.local, self.id))
    }

    /// Joins a delta that was made elsewhere, as if it were an edit, and returns whether the value
    /// changed.
    pub fn merge(&mut self, delta: S) -> bool {
        let changed = self.state.merge(delta.clone());
        if changed {
            self.touched = true;
            self.stats.edits += 1;
            self.local.merge(delta);
        }
        changed
    }

    /// Takes what has changed since the last group, to be made durable, or `None` if nothing has.
    ///
    /// The caller keeps the group until it is durable, and then calls
    /// [`persisted`](Self::persisted). Further groups may be taken before.
    pub fn pending(&mut self) -> Option<Group<S>> {
        if !mem::take(&mut self.touched) {
            return None;
        }
        let number = self.taken + 1;
        let (local, remote) = (mem::take(&mut self.local), mem::take(&mut self.remote));
        let has_peers = !self.peers.is_empty();
        let push = has_peers.then(|| codec::encode(VERSION, &delta_message(&local)));
        let mut delta = S::default();
        let edited = delta.merge(local);
        let received = delta.merge(remote);
        if !edited && !received {
            return None; // edits that changed nothing
        }
        self.taken = number;
        if let (true, Some(payload)) = (edited, push) {
            self.push_delta(number, payload);
        }
        Some(Group { number, delta })
    }

    /// Reports that the group with this number, and all before it, are durable.
    ///
    /// This releases the messages that waited for it.
    pub fn persisted(&mut self, number: u64) {
        self.durable = self.durable.max(number.min(self.taken));
    }

    /// How many bytes one message with the whole state takes: what this replica would send to each
    /// peer if it knew no deltas.
    ///
    /// # Errors
    ///
    /// When the value cannot be encoded.
    pub fn state_bytes(&self) -> Result<usize, CodecError> {
        codec::encoded_len(&delta_message(&self.state))
    }

    /// How many bytes the first message of a sync takes.
    ///
    /// # Errors
    ///
    /// When the digest cannot be encoded.
    pub fn digest_bytes(&self) -> Result<usize, CodecError> {
        codec::encoded_len(&Message::<(), _>::Sync { digest: self.state.digest() })
    }
}

impl<S> Replica<S> {
    /// Who writes here.
    #[must_use]
    pub fn id(&self) -> ReplicaId {
        self.id
    }

    /// The value as it is here and now, edits that are not durable yet included.
    #[must_use]
    pub fn state(&self) -> &S {
        &self.state
    }

    /// What has been done so far.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The limits and intervals.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether everything in the value is durable, as far as has been reported.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        !self.touched && self.durable == self.taken
    }

    /// The peers that are connected, in ascending order.
    pub fn peers(&self) -> impl ExactSizeIterator<Item = ReplicaId> {
        self.peers.keys().copied()
    }
}

impl<S: fmt::Debug> fmt::Debug for Replica<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replica")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("durable", &self.is_durable())
            .field("peers", &self.peers.keys())
            .finish_non_exhaustive()
    }
}

/// Settles an edit, also one that panics.
struct Unsettled<'a, S: Edit> {
    state: &'a mut S,
    local: &'a mut S,
}

impl<S: Edit> Drop for Unsettled<'_, S> {
    fn drop(&mut self) {
        self.state.settle(self.local);
    }
}

fn delta_message<S>(delta: &S) -> Message<&S, ()> {
    Message::Delta { delta }
}
