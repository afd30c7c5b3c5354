mod buffered;
mod difference;
mod durability;
mod error;
mod exchange;
mod noticed;
mod outgoing;
mod peer;
mod refused;
mod staging;
mod transfers;

use core::fmt;
use core::mem;
use std::collections::BTreeMap;

use rejoin_core::{CausalContext, NodeId, ReplicaId, WallTime};
use rejoin_fragments::{Assembler, Transfers};
use rejoin_gossip::{CausalDelivery, DeltaGroup, Gossip, GroupClock, Time};

pub use self::buffered::Buffered;
use self::difference::fingerprint;
pub use self::durability::Pending;
pub use self::error::HandleError;
pub use self::exchange::{Handled, Transmit};
use self::peer::Peer;
pub use self::refused::RefusedEdit;
use crate::config::Config;
use crate::event::Events;
use crate::notes::Notes;
use crate::record::Record;
use crate::replicated::Replicated;
use crate::stats::Stats;
use crate::written::Written;

/// One replica of a value, without network, disk, threads or clock: bytes go in and come out.
///
/// Reads and edits are local and immediate. The caller drives the rest, after whatever happens:
///
/// 1. events go in: [`connected`](Self::connected), [`disconnected`](Self::disconnected),
///    [`handle`](Self::handle) for each message, [`handle_timeout`](Self::handle_timeout) when the
///    time of [`poll_timeout`](Self::poll_timeout) has come;
/// 2. what has changed is made durable: [`pending`](Self::pending), then
///    [`persisted`](Self::persisted); `Durable` of rejoin-durable does this;
/// 3. messages come out: [`poll_transmit`](Self::poll_transmit), until `None`.
///
/// **Nothing that is not durable leaves a replica.** A dot that has been sent and is then lost in a
/// crash would be minted again, for another edit, and one of the two would be lost everywhere. So
/// no message leaves until everything in the value has been reported as persisted.
///
/// Edits travel by [gossip](rejoin_gossip): to the neighbours and on from there, along one tree for
/// each writer, until they are acknowledged. Now and then replicas compare fingerprints, and what
/// gossip cannot bring, because it keeps it no more, comes as a difference of values.
///
/// Under concurrency, what the type says happens: replicas exchange deltas and differences, which
/// may be lost, repeated, delayed and reordered without harm.
///
/// Memory: the value; the deltas since the last [`pending`](Self::pending); those that a connected
/// peer may lack, up to [`Config::max_log`]; for each peer the difference that is being sent to it;
/// and what has come of long messages and differences, up to [`Config::max_value`] and
/// [`Config::max_incoming`].
pub struct Replica<S> {
    id: ReplicaId,
    state: S,
    config: Config,
    rng: fastrand::Rng,
    /// How often the value has been rewritten.
    epoch: u64,
    gossip: Gossip<Written<S>>,
    /// Which deltas wait for others, if any do.
    delivery: Option<CausalDelivery<Written<S>>>,
    /// Edited here since the last group was taken.
    local: S,
    /// Received since then.
    received: Record<S>,
    /// Whether `local` may hold anything.
    touched: bool,
    /// When that began.
    touched_at: Time,
    /// The number of the last group taken, and of the last one known to be durable.
    taken: u64,
    durable: u64,
    peers: BTreeMap<ReplicaId, Peer>,
    arrivals: Assembler,
    transfers: Transfers<ReplicaId>,
    /// How many differences have been sent in answer to a question.
    answers: u64,
    stats: Stats,
    /// What layers above want to be remembered.
    notes: Notes,
    events: Events,
    /// The latest `now` passed to any method.
    now: Time,
    /// What the wall clock showed, and when, if there is a clock.
    clock: Option<(Time, WallTime)>,
}

impl<S: Replicated> Replica<S> {
    /// A replica that has seen nothing yet.
    ///
    /// `id` must be one that nobody else writes under, and that no lost or older copy of this value
    /// has written under (see [`ReplicaId`]).
    #[must_use]
    pub fn new(id: ReplicaId, config: Config) -> Self {
        let mixed = config.seed ^ u64::from(crc32fast::hash(id.as_bytes()));
        let weigh = |written: &Written<S>| {
            rejoin_codec::encoded_len(&written.delta).unwrap_or(usize::MAX / 4)
        };
        let delivery =
            config.causal.then(|| CausalDelivery::new(|written: &Written<S>| &written.after));
        Self {
            id,
            state: S::default(),
            epoch: 0,
            gossip: Gossip::new(id, 0, config.gossip(), weigh).with_cut(Written::forget_stamp),
            delivery,
            config,
            rng: fastrand::Rng::with_seed(mixed),
            local: S::default(),
            received: Record::new(),
            touched: false,
            touched_at: Time::ZERO,
            taken: 0,
            durable: 0,
            peers: BTreeMap::new(),
            arrivals: Assembler::default(),
            transfers: Transfers::default(),
            answers: 0,
            stats: Stats::default(),
            notes: Notes::default(),
            events: Events::default(),
            now: Time::ZERO,
            clock: None,
        }
    }

    /// A replica that goes on from `state`, all of which is durable.
    #[must_use]
    pub fn with_state(id: ReplicaId, state: S, config: Config) -> Self {
        Self { state, ..Self::new(id, config) }
    }

    /// A number that is the same for equal values, and not for others but one time in 2⁶⁴. It takes
    /// the time of encoding the value.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        fingerprint(&self.state)
    }

    /// Whether nothing was ever written or seen here.
    fn is_blank(&self) -> bool {
        self.gossip.have().is_empty()
            && !self.touched
            && self.fingerprint() == fingerprint(&S::default())
    }

    /// This replica in the next epoch, with this value, which was rewritten in a way that is no
    /// edit: `None` if there is no next one. Deltas for peers, and what was seen of them, are
    /// forgotten.
    #[must_use]
    pub fn next_epoch(&self, state: S) -> Option<Self> {
        let mut next = Self::with_state(self.id, state, self.config.clone());
        next.epoch = self.epoch.checked_add(1)?;
        next.notes = self.notes.clone();
        next.events.set_capacity(self.events.capacity());
        Some(next)
    }

    /// Joins what its writer spreads, or what was read elsewhere, and returns whether the value
    /// changed.
    ///
    /// It becomes durable here as an edit does. But this replica does not gossip it: peers get it
    /// from its writer, or notice that it is missing.
    pub fn learn(&mut self, delta: S) -> bool {
        let changed = self.apply(delta.clone());
        if changed {
            self.received.add_state(delta, &CausalContext::new());
        }
        changed
    }

    /// Remembers something for a layer above, in the place of what it had remembered in an earlier
    /// version. It becomes durable as an edit does, and goes to no peer.
    pub fn set_note(&mut self, layer: &str, version: u64, note: Vec<u8>) {
        if self.notes.insert(layer, version, note.clone()) {
            self.received.notes.insert(layer, version, note);
        }
    }

    /// Takes note that something may be in `local`, and when that was first so.
    fn touch(&mut self) {
        if !self.touched {
            self.touched_at = self.now;
        }
        self.touched = true;
    }

    /// Gives the edits since the last time a number, so that what is told of the value and what is
    /// told of the numbers go together.
    fn number_edits(&mut self) {
        if mem::take(&mut self.touched) {
            let mut delta = S::default();
            if delta.merge(mem::take(&mut self.local)) {
                self.publish(delta);
            }
        }
    }

    /// Gives a delta of this replica's edits the next number, under which it travels.
    fn publish(&mut self, delta: S) {
        let Some(seq) = self.gossip.have().max(self.id).checked_add(1) else {
            // Somebody has claimed that we gave the last number. So this has none, and peers, who
            // turn out to lack it, get it as a difference.
            self.received.add_state(delta, &CausalContext::new());
            return;
        };
        let after = self.delivery.as_mut().map(|delivery| delivery.depend(self.id));
        let at = self.wall_time(self.touched_at);
        let delta = Written { at, after: after.unwrap_or_default(), delta };
        let group = DeltaGroup { origin: self.id, seqs: vec![seq..=seq], delta };
        if let Some(delivery) = &mut self.delivery {
            delivery.absorb(&group.dots());
        }
        // A long one would make every frame wait that it is in. Peers will turn out to lack it, and
        // get it in pieces.
        let is_long = rejoin_codec::encoded_len(&group.delta.delta)
            .is_ok_and(|length| length > self.config.target());
        if is_long {
            self.gossip.absorb(&group.dots());
            let dots = group.dots();
            self.received.add_state(group.delta.delta, &dots);
        } else {
            self.gossip.restore(self.now, group.clone());
            self.received.groups.push(group);
        }
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

    /// How many groups of edits of each replica, in each of its runs, are in the value here
    /// without a gap: what a causal token asks for.
    #[must_use]
    pub fn seen(&self) -> GroupClock {
        GroupClock::of_groups(self.seen_dots().clock().clone())
    }

    /// How often the value has been rewritten: see [`next_epoch`](Self::next_epoch).
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What a layer above has [wanted to be remembered](Self::set_note) last, and its version.
    #[must_use]
    pub fn note(&self, layer: &str) -> Option<(u64, &[u8])> {
        self.notes.get(layer)
    }

    /// What this replica and all of these nodes are known to have, durably: nothing, if one of them
    /// is not connected.
    ///
    /// It is causally stable among them: of a client that goes to no other nodes than these, a
    /// causal token need not ask for it.
    #[must_use]
    pub fn settled(&self, nodes: impl IntoIterator<Item = NodeId>) -> GroupClock {
        let others = nodes.into_iter().filter(|node| *node != self.id.node());
        let mut known = self.seen_dots().clock().clone();
        for node in others {
            let runs = self.peers.keys().filter(|peer| peer.node() == node);
            let clocks =
                runs.filter_map(|run| self.gossip.known(*run)).map(|all| all.clock().clone());
            let Some(there) = clocks.reduce(|a, b| a.meet(&b)) else { return GroupClock::new() };
            known = known.meet(&there);
        }
        GroupClock::of_groups(known)
    }

    /// The deltas in the value here.
    pub(super) fn seen_dots(&self) -> &CausalContext {
        self.delivery.as_ref().map_or(self.gossip.have(), CausalDelivery::seen)
    }

    /// Sets the wall clock: at `now` it shows `wall`. From then on edits are stamped with it,
    /// so that peers can measure how far they lag behind.
    ///
    /// An edit is stamped with the latest `now` passed to any method; call this before each batch
    /// of edits.
    pub fn set_clock(&mut self, now: Time, wall: WallTime) {
        self.now = self.now.max(now);
        self.clock = Some((now, wall));
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
        !self.touched && self.received.is_empty() && self.durable == self.taken
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
