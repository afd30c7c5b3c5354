//! One link: what goes over it, what has come, and what each side wants of the other.

mod sending;

use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::{CausalContext, ReplicaId};

use crate::arrived::{Arrival, Arrived};
use crate::{Acks, Frame, GossipConfig, LazyDigest, LinkSession, Subscription, Time};

/// How many frames may come until the next acknowledgement.
const BUSY: u32 = 16;

/// A neighbour, as this side knows it.
#[derive(Debug)]
pub(crate) struct Link {
    session: LinkSession,
    /// Whether this side lists in digests what is young, and the other one only what is left.
    leads: bool,
    /// The peer lacks deltas that are not kept.
    pub(crate) behind: bool,

    // What this side sends.
    /// Say what is here before anything else.
    hello: bool,
    /// The peer has said what it has.
    pub(crate) greeted: bool,
    /// Since when it could have.
    pub(crate) since: Time,
    next: u64,
    flying: BTreeMap<u64, Flight>,
    /// What is on its way outside of frames, and does not get lost.
    carried: CausalContext,
    last_acked: u64,
    /// How many timeouts there were since the last acknowledgement.
    patience: u32,
    /// What the peer has.
    known: CausalContext,
    /// That, and what is on its way.
    covered: CausalContext,
    /// The writers that the peer has asked about, with the number of the frame that said so.
    asked: BTreeMap<ReplicaId, (u64, Push)>,
    digest: LazyDigest,
    next_digest: Time,

    // What this side hears.
    theirs: Option<LinkSession>,
    arrived: Arrived,
    ack_at: Option<Time>,
    /// How many frames have come since the last acknowledgement.
    unacked: u32,
    /// The writers that the peer was asked to bring no more.
    declined: BTreeSet<ReplicaId>,
    /// The writers of which that is still to be said, or the opposite.
    unsaid: BTreeSet<ReplicaId>,
    heard: Option<Heard>,
    heard_ack: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Push {
    Eager,
    Lazy,
}

/// A frame that has not been acknowledged.
#[derive(Debug)]
struct Flight {
    sent: Time,
    hello: bool,
    dots: CausalContext,
    subscriptions: Vec<ReplicaId>,
}

/// A digest of which something is missing here.
#[derive(Debug)]
struct Heard {
    digest: LazyDigest,
    ask_at: Time,
    /// How often that time has come.
    strikes: u32,
}

impl Link {
    pub(crate) fn new(
        now: Time,
        session: LinkSession,
        leads: bool,
        declined: BTreeSet<ReplicaId>,
        config: &GossipConfig,
    ) -> Self {
        Self {
            session,
            leads,
            behind: false,
            hello: true,
            greeted: false,
            since: now,
            next: 1,
            flying: BTreeMap::new(),
            carried: CausalContext::new(),
            last_acked: 0,
            patience: 0,
            known: CausalContext::new(),
            covered: CausalContext::new(),
            asked: BTreeMap::new(),
            digest: LazyDigest { number: 0, dots: CausalContext::new() },
            next_digest: now + config.digest_interval,
            theirs: None,
            arrived: Arrived::default(),
            ack_at: None,
            unacked: 0,
            unsaid: declined.clone(),
            declined,
            heard: None,
            heard_ack: None,
        }
    }

    pub(crate) fn known(&self) -> &CausalContext {
        &self.known
    }

    pub(crate) fn knows(&self, have: &CausalContext) -> bool {
        self.greeted && self.known.is_superset(have)
    }

    pub(crate) fn declines(&self, origin: ReplicaId) -> bool {
        self.declined.contains(&origin)
    }

    /// Whether a frame of this session of the peer may be handled; a new one starts the link over.
    pub(crate) fn admit(&mut self, now: Time, session: LinkSession) -> bool {
        match self.theirs {
            Some(known) if session < known => return false,
            Some(known) if session > known => self.start_over(now),
            _ => {}
        }
        self.theirs = Some(session);
        true
    }

    /// Forgets what the peer said, because it has forgotten what this side said.
    ///
    /// Numbers go on: this side has not forgotten anything, so its session stays.
    fn start_over(&mut self, now: Time) {
        self.hello = true;
        self.greeted = false;
        self.since = now;
        self.flying.clear();
        self.carried = CausalContext::new();
        self.patience = 0;
        self.known = CausalContext::new();
        self.covered = CausalContext::new();
        self.asked.clear();
        self.digest.dots = CausalContext::new();
        self.arrived = Arrived::default();
        self.ack_at = None;
        self.unsaid = self.declined.clone();
        self.heard = None;
        self.heard_ack = None;
    }

    /// Handles all of a frame but its deltas, and says whether those are to be handled: they are
    /// not if the frame has been here before.
    pub(crate) fn receive<D>(
        &mut self,
        now: Time,
        frame: &Frame<D>,
        config: &GossipConfig,
    ) -> bool {
        if let Some(acks) = frame.acks.as_ref().filter(|acks| acks.session == self.session) {
            self.settle(acks, config);
        }
        if frame.digest_ack.is_some_and(|number| number == self.digest.number) {
            let dots = core::mem::take(&mut self.digest.dots);
            self.learn(&dots);
        }
        if frame.number > 0 {
            let arrival = self.arrived.insert(frame.number);
            self.unacked += 1;
            // A loss, a repetition, or a busy link: the sender should know soon.
            let may_wait = arrival == Arrival::Fresh && self.unacked < BUSY;
            let due = if may_wait { now + config.ack_delay } else { now };
            self.ack_at = Some(self.ack_at.map_or(due, |at| at.min(due)));
            if arrival == Arrival::Again {
                return false;
            }
        }
        if let Some(dots) = &frame.hello {
            self.greeted = true;
            self.learn(dots);
        }
        for subscription in &frame.subscriptions {
            self.subscribe(frame.number, subscription);
        }
        if let Some(digest) = &frame.digest {
            self.learn(&digest.dots);
            let is_latest =
                self.heard.as_ref().is_none_or(|heard| heard.digest.number <= digest.number);
            if is_latest {
                let (ask_at, strikes) = match &self.heard {
                    Some(heard) => (heard.ask_at, heard.strikes), // it had to be said again
                    None => (now + config.grace, 0),
                };
                self.heard = Some(Heard { digest: digest.clone(), ask_at, strikes });
            }
        }
        for group in &frame.groups {
            self.learn(&group.dots());
        }
        true
    }

    /// Says once more what is here.
    pub(crate) fn greet(&mut self) {
        self.hello = true;
    }

    /// The peer has these dots.
    pub(crate) fn learn(&mut self, dots: &CausalContext) {
        self.known.join(dots);
        self.covered.join(dots);
        if !self.carried.is_empty() {
            self.carried = self.carried.difference(dots);
        }
    }

    /// The peer wants the deltas of a writer, or wants them no more.
    fn subscribe(&mut self, number: u64, subscription: &Subscription) {
        let (origin, push, have) = match subscription {
            Subscription::Graft { origin, have } => (*origin, Push::Eager, have.as_slice()),
            Subscription::Prune { origin } => (*origin, Push::Lazy, [].as_slice()),
        };
        let said = self.asked.entry(origin).or_insert((number, push));
        if number >= said.0 {
            *said = (number, push);
        }
        let mut dots = CausalContext::new();
        for seqs in have {
            dots.insert_run(origin, seqs.clone());
        }
        self.learn(&dots);
    }

    /// Frames have been handled by the peer, and others must have been lost.
    fn settle(&mut self, acks: &Acks, config: &GossipConfig) {
        let landed: Vec<u64> =
            self.flying.keys().copied().filter(|number| acks.contains(*number)).collect();
        for number in landed {
            if let Some(flight) = self.flying.remove(&number) {
                self.known.join(&flight.dots);
                self.patience = 0;
                self.last_acked = self.last_acked.max(number);
            }
        }
        let lost = self.last_acked.saturating_sub(config.reorder);
        self.lose(|number, _| number <= lost);
    }

    /// Takes back what was in frames that count as lost, and says whether there were any.
    fn lose(&mut self, is_lost: impl Fn(u64, &Flight) -> bool) -> bool {
        let lost: Vec<u64> = self
            .flying
            .iter()
            .filter(|(number, flight)| is_lost(**number, flight))
            .map(|(number, _)| *number)
            .collect();
        for number in &lost {
            if let Some(flight) = self.flying.remove(number) {
                self.hello |= flight.hello;
                self.unsaid.extend(flight.subscriptions);
            }
        }
        if !lost.is_empty() {
            self.covered = self.known.clone();
            self.covered.join(&self.carried);
            for flight in self.flying.values() {
                self.covered.join(&flight.dots);
            }
        }
        !lost.is_empty()
    }

    /// Asks the peer to bring the deltas of `origin` no more.
    pub(crate) fn decline(&mut self, origin: ReplicaId) {
        let is_said = self.flying.values().any(|flight| flight.subscriptions.contains(&origin));
        if self.declined.insert(origin) || !is_said {
            self.unsaid.insert(origin);
        }
    }

    /// Asks the peer to bring the deltas of `origin` again, if it was asked not to.
    pub(crate) fn ask(&mut self, origin: ReplicaId) {
        if self.declined.remove(&origin) {
            self.unsaid.insert(origin);
        }
    }

    /// Acknowledges the last digest once everything in it is here.
    pub(crate) fn check_heard(&mut self, have: &CausalContext) {
        if let Some(heard) = self.heard.take_if(|heard| have.is_superset(&heard.digest.dots)) {
            self.heard_ack = Some(heard.digest.number);
        }
    }
}
