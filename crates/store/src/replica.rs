mod buffered;
mod difference;
mod durability;
mod error;
mod exchange;
mod inner;
mod noticed;
mod outgoing;
mod peer;
mod staging;
mod transfers;

use core::fmt;
use core::time::Duration;

use rejoin_codec::{DecodeError, EncodeError};
use rejoin_content::{Replicated, Value, fingerprint};
use rejoin_core::{NodeId, ReplicaId, WallTime};
use rejoin_gossip::{GroupClock, Time};

pub use self::buffered::Buffered;
pub use self::durability::Pending;
pub use self::error::HandleError;
pub use self::exchange::{Handled, Transmit};
use self::inner::{Erased, Inner};
use crate::config::Config;
use crate::delta::Delta;
use crate::event::Event;
use crate::record::Record;
use crate::stats::Stats;

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
    inner: Inner<Value<S>>,
}

impl<S: Replicated> Replica<S> {
    /// A replica that has seen nothing yet.
    ///
    /// `id` must be one that no other process writes under, and that no lost or older copy of this
    /// value has written under (see [`ReplicaId`]).
    #[must_use]
    pub fn new(id: ReplicaId, config: Config) -> Self {
        Self::with_state(id, S::default(), config)
    }

    /// A replica that goes on from `state`, all of which is durable.
    #[must_use]
    pub fn with_state(id: ReplicaId, state: S, config: Config) -> Self {
        Self { inner: Inner::new(id, Value::new(state), Delta::of::<S>(), config) }
    }

    fn erased(&self) -> &Erased<'_> {
        &self.inner
    }

    fn erased_mut(&mut self) -> &mut Erased<'_> {
        &mut self.inner
    }

    /// A number that is the same for equal values, and not for others but one time in 2⁶⁴. It takes
    /// the time of encoding the value.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        fingerprint(self.state())
    }

    /// This replica in the next epoch, with this value, which was rewritten in a way that is no
    /// edit, or has another type: `None` if there is no next one. Deltas for peers, and what was
    /// seen of them, are forgotten.
    #[must_use]
    pub fn next_epoch<T: Replicated>(&self, state: T) -> Option<Replica<T>> {
        let Inner { id, config, epoch, notes, events, .. } = &self.inner;
        let mut next = Replica::with_state(*id, state, config.clone());
        next.inner.epoch = epoch.checked_add(1)?;
        next.inner.notes = notes.clone();
        next.inner.events.set_capacity(events.capacity());
        Some(next)
    }

    /// Joins what its writer spreads, or what was read elsewhere, and returns whether the value
    /// changed.
    ///
    /// It becomes durable here as an edit does. But this replica does not gossip it: peers get it
    /// from its writer, or notice that it is missing.
    pub fn learn(&mut self, delta: S) -> bool {
        let changed = self.inner.content.learn_value(delta);
        self.inner.count_merge(changed)
    }

    /// Reports that messages can be exchanged with `peer`, or can again.
    ///
    /// Both sides report it. They tell each other what they have, and send what the other lacks.
    pub fn connected(&mut self, now: Time, peer: ReplicaId) {
        self.erased_mut().connected(now, peer);
    }

    /// Reports that `peer` cannot be reached any more, and forgets what waited for it.
    pub fn disconnected(&mut self, peer: ReplicaId) {
        self.inner.peers.remove(&peer);
        self.inner.gossip.unlink(peer);
        self.inner.transfers.forget_if_empty(&peer);
    }

    /// Takes in a message from a connected peer.
    ///
    /// Any bytes may come: whatever is not a well-formed message is an error. Well-formed messages
    /// are believed, so the transport lets only members in.
    ///
    /// # Errors
    ///
    /// When the message is refused. Nothing has changed then.
    pub fn handle(
        &mut self,
        now: Time,
        from: ReplicaId,
        message: &[u8],
    ) -> Result<Handled, HandleError> {
        self.erased_mut().handle(now, from, message)
    }

    /// Does what is due: asks each peer that has not been heard of for an interval.
    pub fn handle_timeout(&mut self, now: Time) {
        self.erased_mut().handle_timeout(now);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        self.erased().poll_timeout()
    }

    /// Takes the next message to be sent, or `None` if there is none that may leave yet.
    pub fn poll_transmit(&mut self, now: Time) -> Option<Transmit> {
        self.erased_mut().poll_transmit(now)
    }

    /// Takes in a record that is durable, before any peer is connected.
    ///
    /// # Errors
    ///
    /// When what it brings to the value cannot be read. Nothing has changed then.
    pub fn restore(&mut self, record: Record) -> Result<(), DecodeError> {
        self.erased_mut().restore(record)
    }

    /// A record of everything but the value, to be restored after [records of
    /// it](Record::of_state). Together they stand for all records until now.
    #[must_use]
    pub fn snapshot(&self) -> Record {
        self.inner.snapshot()
    }

    /// Takes what has changed since the last group, to be made durable, or `None` if nothing has.
    ///
    /// The caller keeps the group until it is durable, and then calls
    /// [`persisted`](Self::persisted). Further groups may be taken before.
    ///
    /// # Errors
    ///
    /// When it cannot be encoded. Nothing has been taken then.
    pub fn pending(&mut self) -> Result<Option<Pending>, EncodeError> {
        self.erased_mut().pending()
    }

    /// Reports that the group with this number, and all before it, are durable.
    ///
    /// Messages leave when all are.
    pub fn persisted(&mut self, number: u64) {
        self.inner.durable = self.inner.durable.max(number.min(self.inner.taken));
    }

    /// Whether everything in the value has been reported as durable.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.erased().is_durable()
    }

    /// Whether nothing is left to be said: everything here is durable, and each connected peer has
    /// acknowledged all that it was sent and is known to have all that is here.
    ///
    /// When all replicas say so and nothing is on its way, there is no traffic but the questions
    /// whether they are equal, and their answers.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.erased().is_settled()
    }

    /// The age of the oldest write here that some connected peer is not known to have, edits that
    /// are not durable included; zero if there is none.
    ///
    /// A peer that has fallen behind the log counts from the oldest write that the log has dropped,
    /// or from when that was noticed. A peer that is not connected does not count.
    #[must_use]
    pub fn divergence_window(&self, now: Time) -> Duration {
        self.erased().divergence_window(now)
    }
}

impl<S> Replica<S> {
    /// Who writes here.
    #[must_use]
    pub fn id(&self) -> ReplicaId {
        self.inner.id
    }

    /// The value as it is here and now, edits that are not durable yet included.
    #[must_use]
    pub fn state(&self) -> &S {
        self.inner.content.state()
    }

    /// How many groups of edits of each replica, in each of its runs, are in the value here
    /// without a gap: what a causal token asks for.
    #[must_use]
    pub fn seen(&self) -> GroupClock {
        GroupClock::of_groups(self.inner.seen_dots().clock().clone())
    }

    /// How often the value has been rewritten: see [`next_epoch`](Self::next_epoch).
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.inner.epoch
    }

    /// What a layer above has [wanted to be remembered](Self::set_note) last, and its version.
    #[must_use]
    pub fn note(&self, layer: &str) -> Option<(u64, &[u8])> {
        self.inner.notes.get(layer)
    }

    /// What this replica and all of these nodes are known to have, durably: nothing, if one of them
    /// is not connected.
    ///
    /// It is causally stable among them: of a client that goes to no other nodes than these, a
    /// causal token need not ask for it.
    #[must_use]
    pub fn settled(&self, nodes: impl IntoIterator<Item = NodeId>) -> GroupClock {
        let others = nodes.into_iter().filter(|node| *node != self.inner.id.node());
        let mut known = self.inner.seen_dots().clock().clone();
        for node in others {
            let runs = self.inner.peers.keys().filter(|peer| peer.node() == node);
            let known_there = runs.filter_map(|run| self.inner.gossip.known(*run));
            let clocks = known_there.map(|seen| seen.clock().clone());
            match clocks.reduce(|all, one| all.meet(&one)) {
                Some(there) => known = known.meet(&there),
                None => return GroupClock::new(),
            }
        }
        GroupClock::of_groups(known)
    }

    /// Sets the wall clock: at `now` it shows `wall`. From then on edits are stamped with it,
    /// so that peers can measure how far they lag behind.
    ///
    /// An edit is stamped with the latest `now` passed to any method; call this before each batch
    /// of edits.
    pub fn set_clock(&mut self, now: Time, wall: WallTime) {
        self.inner.now = self.inner.now.max(now);
        self.inner.clock = Some((now, wall));
    }

    /// What has been done so far.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.inner.stats
    }

    /// The limits and intervals.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The peers that are connected, in ascending order.
    pub fn peers(&self) -> impl ExactSizeIterator<Item = ReplicaId> {
        self.inner.peers.keys().copied()
    }

    /// Remembers something for a layer above, in the place of what it had remembered in an earlier
    /// version. It becomes durable as an edit does, and goes to no peer.
    pub fn set_note(&mut self, layer: &str, version: u64, note: Vec<u8>) {
        if self.inner.notes.insert(layer, version, note.clone()) {
            self.inner.received.notes.insert(layer, version, note);
        }
    }

    /// Keeps up to `capacity` [events](Event) for [`poll_event`](Self::poll_event): none, unless
    /// this is called. Of those that come when so many wait, only the number of writes is kept.
    pub fn set_event_capacity(&mut self, capacity: usize) {
        self.inner.events.set_capacity(capacity);
    }

    /// Takes the next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.inner.events.pop()
    }

    /// What the wall clock shows at this time, if there is [one](Self::set_clock).
    #[must_use]
    pub fn wall_time(&self, now: Time) -> Option<WallTime> {
        self.inner.wall_time(now)
    }

    /// How many groups of edits are known to be missing here: the writer's later ones have come.
    #[must_use]
    pub fn gaps(&self) -> u64 {
        self.inner.gossip.gaps()
    }

    /// How much is kept for peers now.
    ///
    /// Takes time in the number of peers and of messages that wait for them.
    #[must_use]
    pub fn buffered(&self) -> Buffered {
        self.inner.buffered()
    }

    /// The peers that have seen the same writes, and have another value all the same.
    ///
    /// That cannot come from replication. Memory or a disk was damaged, or one dot was minted
    /// twice: two processes wrote under one id ([`check_dots`](rejoin_core::Causal::check_dots)
    /// tells which). Give one of the two an empty storage, and it gets everything from its peers.
    pub fn diverged(&self) -> impl Iterator<Item = ReplicaId> {
        self.inner.peers.iter().filter(|(_, peer)| peer.diverged).map(|(id, _)| *id)
    }
}

impl<S: fmt::Debug> fmt::Debug for Replica<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replica")
            .field("id", &self.id())
            .field("state", self.state())
            .field("peers", &self.inner.peers.keys())
            .finish_non_exhaustive()
    }
}
