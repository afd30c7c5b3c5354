mod divergence;
mod long;

use core::fmt;
use core::ops::RangeInclusive;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rejoin_core::{CausalContext, ReplicaId};

use crate::link::Link;
use crate::log::Log;
use crate::{DeltaGroup, Deltas, Frame, GossipConfig, LinkSession, Time};

/// Which deltas a replica has, which its neighbours have, and what to send to whom.
///
/// It knows deltas by *dots*: the id of the writer and a number that each writer counts from 1
/// without gaps. It holds no value: the caller merges what [`handle`](Self::handle) returns,
/// makes it durable, and only then takes frames from [`poll_transmit`](Self::poll_transmit),
/// because a frame says of everything that was handled that it is here to stay.
///
/// | after | what holds |
/// |---|---|
/// | loss, duplication, reordering, delay | what did not arrive is sent until it is acknowledged |
/// | a crash | [`restore`](Self::restore), under a larger incarnation; both sides greet again |
/// | a new or returning link | likewise; lazy for writers whose deltas come from elsewhere |
/// | a link that is gone | the writers that came over it are asked for on all others |
/// | a slow link | at most [`GossipConfig::max_flying`] frames are on their way over it |
/// | a silent link | nothing but probes, at ever longer intervals |
///
/// Memory: the deltas that some neighbour is not known to have, up to [`GossipConfig::max_log`] and
/// [`GossipConfig::max_age`], and a
/// few dots a writer and a link.
pub struct Gossip<D> {
    id: ReplicaId,
    incarnation: u64,
    config: GossipConfig,
    /// The dots whose deltas are in the value here.
    have: CausalContext,
    log: Log<D>,
    deltas: Deltas<D>,
    /// For each writer the neighbour that its deltas come from first. It is linked, and has not
    /// been asked to stop.
    parents: BTreeMap<ReplicaId, Parent>,
    /// For some writers a neighbour that was asked to stop and was faster than the parent all the
    /// same, and when it takes the parent's place unless that brings something too.
    rivals: BTreeMap<ReplicaId, (ReplicaId, Time)>,
    links: BTreeMap<ReplicaId, Link>,
    /// Counts the links made, to tell their sessions apart.
    linked: u64,
    /// When the oldest delta came that was dropped for lack of room, as long as a neighbour lacks
    /// what is not kept.
    shed: Option<Time>,
    /// Whether a neighbour has been learnt to have more, so that deltas may be dropped.
    droppable: bool,
    /// Frames to be sent.
    ready: VecDeque<(ReplicaId, Frame<D>)>,
    /// Whether they are all that there was to be said.
    drained: bool,
}

/// A delta that has come in a frame, and is news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News<D> {
    /// The delta, which may be known in part.
    pub group: DeltaGroup<D>,
    /// The numbers in it that are news.
    pub fresh: CausalContext,
}

/// The neighbour that a writer's deltas come from.
#[derive(Clone, Copy, Debug)]
struct Parent {
    peer: ReplicaId,
    last_news: Time,
}

impl<D: Clone> Gossip<D> {
    /// A replica that has nothing, and no neighbours.
    ///
    /// `incarnation` must be larger than that of any earlier run of this replica: a count of starts
    /// that is kept on disk, or the time of the start.
    #[must_use]
    pub fn new(id: ReplicaId, incarnation: u64, config: GossipConfig, deltas: Deltas<D>) -> Self {
        Self {
            id,
            incarnation,
            have: CausalContext::new(),
            log: Log::new(deltas, &config),
            config,
            deltas,
            parents: BTreeMap::new(),
            rivals: BTreeMap::new(),
            links: BTreeMap::new(),
            linked: 0,
            shed: None,
            droppable: false,
            ready: VecDeque::new(),
            drained: false,
        }
    }

    /// Takes in a delta of this replica's own edits, which have these numbers.
    pub fn record(&mut self, now: Time, seqs: RangeInclusive<u64>, delta: D) {
        self.restore(now, DeltaGroup { origin: self.id, seqs: vec![seqs], delta });
    }

    /// Takes in a delta of any writer that did not come in a frame: from the log of an earlier run.
    pub fn restore(&mut self, now: Time, group: DeltaGroup<D>) {
        self.take_in(now, &group);
    }

    /// Makes `peer` a neighbour. If it is one already, the link starts over.
    pub fn link(&mut self, now: Time, peer: ReplicaId) {
        if peer == self.id {
            return;
        }
        self.unlink(peer);
        self.linked += 1;
        let session = LinkSession { incarnation: self.incarnation, link: self.linked };
        // What comes from elsewhere already need not come over the new link too.
        let declined = self.parents.keys().copied().collect();
        let leads = self.id < peer;
        self.links.insert(peer, Link::new(now, session, leads, declined, &self.config));
    }

    /// Takes in a frame of a neighbour, and returns the deltas in it that are news, each with its
    /// place in the frame.
    ///
    /// A frame of someone who is no neighbour, or of an earlier run of the neighbour, is dropped.
    pub fn handle(&mut self, now: Time, from: ReplicaId, frame: Frame<D>) -> Vec<(usize, News<D>)> {
        let Some(link) = self.links.get_mut(&from) else { return Vec::new() };
        if !link.admit(now, frame.session) {
            return Vec::new();
        }
        self.droppable = true;
        if !link.receive(now, &frame, &self.config) {
            return Vec::new();
        }
        // Whether there was news of each writer in the whole frame.
        let mut origins = BTreeMap::new();
        let mut news = Vec::new();
        for (place, group) in frame.groups.into_iter().enumerate() {
            let fresh = self.take_in(now, &group);
            *origins.entry(group.origin).or_insert(false) |= fresh.is_some();
            news.extend(fresh.map(|fresh| (place, News { group, fresh })));
        }
        for (origin, is_news) in origins {
            self.judge(now, from, origin, is_news);
        }
        for link in self.links.values_mut() {
            link.check_heard(&self.have);
        }
        news
    }

    /// The next frame to be sent, and to whom, or `None` if there is none for now.
    ///
    /// Whatever is waiting for a neighbour goes into one frame, so it pays to wait a little between
    /// an edit and this call.
    pub fn poll_transmit(&mut self, now: Time) -> Option<(ReplicaId, Frame<D>)> {
        if self.ready.is_empty() && !core::mem::take(&mut self.drained) {
            self.tidy(now);
            self.promote_rivals(now);
            self.ask_for_missing(now);
            for (peer, link) in &mut self.links {
                while let Some(frame) = link.next_frame(now, &self.have, &self.log, &self.config) {
                    self.ready.push_back((*peer, frame));
                }
            }
            self.drained = !self.ready.is_empty();
        }
        self.ready.pop_front()
    }

    /// The deltas that are kept for neighbours that may lack them.
    pub fn kept(&self) -> impl Iterator<Item = &D> {
        self.log.deltas()
    }

    /// How much they weigh together: at most [`GossipConfig::max_log`] after
    /// [`poll_transmit`](Self::poll_transmit).
    pub fn weight(&self) -> usize {
        self.log.weight()
    }

    /// Decides who should bring the deltas of `origin`, of which `from` has brought some.
    fn judge(&mut self, now: Time, from: ReplicaId, origin: ReplicaId, is_news: bool) {
        let Some(link) = self.links.get_mut(&from) else { return };
        if origin == self.id {
            if !is_news {
                link.decline(origin); // it was written here
            }
            return;
        }
        let parent = self.parents.get(&origin).map(|parent| parent.peer);
        if parent == Some(from) {
            self.rivals.remove(&origin);
        } else if is_news && link.declines(origin) {
            // Mostly the parent is only a little late. But if it never comes, it may be waiting for
            // this replica itself, in a circle of neighbours that all took the other way for
            // slower.
            self.rivals.entry(origin).or_insert((from, now + self.config.grace));
            return;
        }
        if is_news {
            self.parents.insert(origin, Parent { peer: from, last_news: now });
        } else if parent.is_none() {
            link.ask(origin);
            self.parents.insert(origin, Parent { peer: from, last_news: now });
        } else if parent != Some(from) {
            // The path over the parent stays, so this is not the last one.
            link.decline(origin);
        }
    }

    /// Appends the unseen part of a delta to the log, and returns its dots; `None` if all were
    /// known.
    fn take_in(&mut self, now: Time, group: &DeltaGroup<D>) -> Option<CausalContext> {
        let fresh = group.dots().difference(&self.have);
        if fresh.is_empty() {
            return None;
        }
        self.have.join(&fresh);
        // The parts of a delta cannot be told apart, so what is partly known is kept whole.
        let seqs: Vec<_> = fresh.runs_of(group.origin).collect();
        let mut delta = group.delta.clone();
        if seqs.first().map(|seqs| seqs.start()) != group.seqs.first().map(|seqs| seqs.start()) {
            (self.deltas.cut)(&mut delta);
        }
        self.log.push(now, DeltaGroup { origin: group.origin, seqs, delta });
        let oldest = self.log.oldest();
        self.log.shrink(self.config.max_log); // here too: without neighbours none may ever transmit
        self.note_shed(oldest);
        Some(fresh)
    }

    /// Makes parents of the rivals whose time has come.
    fn promote_rivals(&mut self, now: Time) {
        let due = self.rivals.extract_if(.., |_, (_, at)| *at <= now);
        for (origin, (peer, _)) in due {
            if let Some(link) = self.links.get_mut(&peer) {
                link.ask(origin);
                self.parents.insert(origin, Parent { peer, last_news: now });
            }
        }
    }

    /// Asks for what has been listed in digests and has not come the usual way.
    fn ask_for_missing(&mut self, now: Time) {
        if !self.links.values().any(|link| link.is_asking(now)) {
            return;
        }
        let is_lively = |parent: &&Parent| now.since(parent.last_news) < self.config.lazy_delay;
        let lively: BTreeSet<ReplicaId> = self
            .parents
            .iter()
            .filter(|(_, parent)| is_lively(parent))
            .map(|(origin, _)| *origin)
            .collect();
        for link in self.links.values_mut().filter(|link| link.is_asking(now)) {
            link.ask_for_missing(now, &self.have, &lively, &self.config);
        }
    }

    /// Drops deltas that no neighbour lacks, or that there is no room for.
    fn tidy(&mut self, now: Time) {
        if core::mem::take(&mut self.droppable) {
            let mut links = self.links.values();
            if let Some(first) = links.next() {
                let everywhere =
                    links.fold(first.known().clone(), |all, link| all.intersection(link.known()));
                self.log.drop_within(&everywhere);
            }
        }
        let GossipConfig { lazy_delay, digest_interval, max_log, max_age, .. } = self.config;
        self.log.join_old(now, lazy_delay, digest_interval);
        self.forget_shed();
        let oldest = self.log.oldest();
        self.log.shrink(max_log);
        self.log.expire(now, max_age);
        self.note_shed(oldest);
    }
}

impl<D> Gossip<D> {
    /// Takes note that the value here includes these dots, of which there are no deltas: they came
    /// by an exchange of states, or are in a snapshot.
    ///
    /// A neighbour that lacks one of them will be [`behind`](Self::behind).
    pub fn absorb(&mut self, dots: &CausalContext) {
        self.have.join(dots);
        for link in self.links.values_mut() {
            link.check_heard(&self.have);
        }
    }

    /// Makes `peer` a neighbour no more, and asks the others for what came from it.
    pub fn unlink(&mut self, peer: ReplicaId) {
        if self.links.remove(&peer).is_none() {
            return;
        }
        self.droppable = true;
        let orphans: Vec<ReplicaId> = self
            .parents
            .iter()
            .filter(|(_, parent)| parent.peer == peer)
            .map(|(o, _)| *o)
            .collect();
        for origin in orphans {
            self.parents.remove(&origin);
            for link in self.links.values_mut() {
                link.ask(origin);
            }
        }
    }

    /// When to call [`poll_transmit`](Self::poll_transmit), if nothing else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        let links = self.links.values().filter_map(|link| link.timeout(&self.have, &self.config));
        links.chain(self.rivals.values().map(|(_, at)| *at)).min()
    }

    /// The neighbours that lack deltas which are not kept any more. They need another exchange;
    /// tell what they have after it with [`caught_up`](Self::caught_up).
    pub fn behind(&self) -> impl Iterator<Item = ReplicaId> {
        self.links.iter().filter(|(_, link)| link.behind).map(|(peer, _)| *peer)
    }

    /// Takes note that a neighbour has these dots.
    pub fn caught_up(&mut self, peer: ReplicaId, dots: &CausalContext) {
        if let Some(link) = self.links.get_mut(&peer) {
            link.learn(dots);
            link.behind = false;
            self.droppable = true;
        }
    }

    /// Tells a neighbour everything that is here, after an exchange of states with it.
    pub fn greet(&mut self, peer: ReplicaId) {
        if let Some(link) = self.links.get_mut(&peer) {
            link.greet();
        }
    }

    /// The dots that a neighbour is known to have; `None` if it is none.
    #[must_use]
    pub fn known(&self, peer: ReplicaId) -> Option<&CausalContext> {
        self.links.get(&peer).map(Link::known)
    }

    /// The dots whose deltas are in the value here.
    #[must_use]
    pub fn have(&self) -> &CausalContext {
        &self.have
    }

    /// The neighbour that the deltas of `origin` come from first, if they come from one.
    #[must_use]
    pub fn parent(&self, origin: ReplicaId) -> Option<ReplicaId> {
        self.parents.get(&origin).map(|parent| parent.peer)
    }

    /// Whether `peer` has been asked to bring the deltas of `origin` no more.
    #[must_use]
    pub fn declines(&self, peer: ReplicaId, origin: ReplicaId) -> bool {
        self.links.get(&peer).is_some_and(|link| link.declines(origin))
    }

    /// Whether every neighbour is known to have everything.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.links.values().all(|link| link.knows(&self.have))
    }
}

impl<D> fmt::Debug for Gossip<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gossip")
            .field("id", &self.id)
            .field("have", &self.have)
            .field("parents", &self.parents)
            .field("links", &self.links)
            .finish_non_exhaustive()
    }
}
