mod buffered;
mod delivery;
mod difference;
mod error;
mod exchange;
mod noticed;
mod outgoing;
mod peer;
mod refused;
mod staging;

use core::fmt;
use core::mem;
use core::time::Duration;
use std::collections::BTreeMap;

use rejoin_core::{CausalContext, ReplicaId};
use rejoin_fragments::Assembler;
use rejoin_gossip::{DeltaGroup, Gossip, GroupClock, Time};

pub use self::buffered::Buffered;
use self::delivery::{Delivery, borrowed};
use self::difference::fingerprint;
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
/// and received pieces of long messages, up to [`Config::max_value`].
pub struct Replica<S> {
    id: ReplicaId,
    state: S,
    config: Config,
    rng: fastrand::Rng,
    /// How often the value has been rewritten.
    epoch: u64,
    gossip: Gossip<Written<S>>,
    /// Which deltas wait for others, if any do.
    delivery: Option<Delivery<S>>,
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
    stats: Stats,
    /// What layers above want to be remembered.
    notes: Notes,
    events: Events,
    /// The latest `now` passed to any method.
    now: Time,
    /// The time since 1970 at [`Time::ZERO`], if there is a clock.
    started: Option<Duration>,
}

/// What has changed since the last time that this was taken: the unit of durability.
#[derive(Clone, Debug)]
#[must_use = "its edits are sent only after `persisted` has been called with its number"]
pub struct Pending<S> {
    /// Counts from 1, for [`Replica::persisted`].
    pub number: u64,
    /// Local edits and what was received.
    pub record: Record<S>,
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
        let delivery = config.causal.then(Delivery::new);
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
            stats: Stats::default(),
            notes: Notes::default(),
            events: Events::default(),
            now: Time::ZERO,
            started: None,
        }
    }

    /// A replica that goes on from `state`, all of which is durable.
    #[must_use]
    pub fn with_state(id: ReplicaId, state: S, config: Config) -> Self {
        Self { state, ..Self::new(id, config) }
    }

    /// Takes in a record that is durable, before any peer is connected.
    pub fn restore(&mut self, record: Record<S>) {
        for group in record.groups {
            self.gossip.restore(self.now, group.clone());
            match &mut self.delivery {
                None => {
                    self.state.merge(group.delta.delta);
                }
                Some(delivery) => delivery.hold(group),
            }
        }
        if let Some(state) = record.state {
            self.state.merge(state);
        }
        self.gossip.absorb(&record.have);
        self.epoch = self.epoch.max(record.epoch);
        self.notes.merge(record.notes);
        if let Some(delivery) = &mut self.delivery {
            delivery.absorb(&record.have);
            while let Some(news) = delivery.next() {
                self.state.merge(news.group.delta.delta);
            }
        }
    }

    /// A record of everything, which stands for all records until now.
    #[must_use]
    pub fn snapshot(&self) -> Record<&S> {
        let held = self.delivery.iter().flat_map(Delivery::held);
        Record::snapshot(
            self.epoch,
            held.map(borrowed).collect(),
            &self.state,
            self.seen_dots().clone(),
            self.notes.clone(),
        )
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

    /// Takes what has changed since the last group, to be made durable, or `None` if nothing has.
    ///
    /// The caller keeps the group until it is durable, and then calls
    /// [`persisted`](Self::persisted). Further groups may be taken before.
    pub fn pending(&mut self) -> Option<Pending<S>> {
        self.number_edits();
        if self.received.is_empty() {
            return None; // edits that changed nothing
        }
        self.taken += 1;
        let record = mem::replace(&mut self.received, Record::new());
        Some(Pending { number: self.taken, record })
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
        let after = self.delivery.as_mut().map(|delivery| delivery.tell(self.id));
        let at = self.wall(self.touched_at).map(|at| at.as_millis());
        let at = at.map(|at| u64::try_from(at).unwrap_or(u64::MAX));
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

    /// Reports that the group with this number, and all before it, are durable.
    ///
    /// Messages leave when all are.
    pub fn persisted(&mut self, number: u64) {
        self.durable = self.durable.max(number.min(self.taken));
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

    /// How many groups of edits of each replica, in each of its incarnations, are in the value here
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
    pub fn settled(&self, nodes: impl IntoIterator<Item = ReplicaId>) -> GroupClock {
        let others = nodes.into_iter().map(ReplicaId::node).filter(|node| *node != self.id.node());
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
        self.delivery.as_ref().map_or(self.gossip.have(), Delivery::seen)
    }

    /// Sets the wall clock: at `now` it shows `since_1970`. From then on edits are stamped with it,
    /// so that peers can measure how far they lag behind.
    ///
    /// An edit is stamped with the latest `now` passed to any method; call this before each batch
    /// of edits.
    pub fn set_clock(&mut self, now: Time, since_1970: Duration) {
        self.now = self.now.max(now);
        self.started = Some(since_1970.saturating_sub(now.since_start()));
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
