//! One link: what goes over it, what has come, and what each side wants of the other.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::{CausalContext, Crdt, ReplicaId};

use super::arrived::{Arrival, Arrived};
use super::log::Log;
use super::{Acks, Config, Digest, Frame, Session, Wish};
use crate::Time;

/// After how many timeouts in a row the time to wait doubles with each.
const STEADY: u32 = 3;
/// After how many timeouts in a row a link is silent, so that only probes are sent.
const SILENT: u32 = 6;
/// How often the time to wait doubles at most.
const DOUBLINGS: u32 = 4;
/// How often a digest must list what is missing until it is asked for although newer deltas of the
/// same writer come.
const STRIKES: u32 = 3;

#[derive(Debug)]
pub(super) struct Link {
    session: Session,
    /// Whether this side lists in digests what is young, and the other one only what is left.
    leads: bool,
    /// The peer lacks deltas that are not kept.
    pub(super) behind: bool,

    // What this side sends.
    /// Say what is here before anything else.
    hello: bool,
    /// The peer has said what it has.
    greeted: bool,
    next: u64,
    flying: BTreeMap<u64, Flight>,
    last_acked: u64,
    /// How many timeouts there were since the last acknowledgement.
    patience: u32,
    /// What the peer has.
    known: CausalContext,
    /// That, and what is flying.
    covered: CausalContext,
    /// The writers that the peer has asked about, with the number of the frame that said so.
    asked: BTreeMap<ReplicaId, (u64, Push)>,
    digest: Digest,
    next_digest: Time,

    // What this side hears.
    theirs: Option<Session>,
    arrived: Arrived,
    ack_at: Option<Time>,
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
    wishes: Vec<ReplicaId>,
}

/// A digest of which something is missing here.
#[derive(Debug)]
struct Heard {
    digest: Digest,
    ask_at: Time,
    /// How often that time has come.
    strikes: u32,
}

impl Link {
    pub(super) fn new(
        now: Time,
        session: Session,
        leads: bool,
        declined: BTreeSet<ReplicaId>,
        config: &Config,
    ) -> Self {
        Self {
            session,
            leads,
            behind: false,
            hello: true,
            greeted: false,
            next: 1,
            flying: BTreeMap::new(),
            last_acked: 0,
            patience: 0,
            known: CausalContext::new(),
            covered: CausalContext::new(),
            asked: BTreeMap::new(),
            digest: Digest { number: 0, dots: CausalContext::new() },
            next_digest: now + config.digest_interval,
            theirs: None,
            arrived: Arrived::default(),
            ack_at: None,
            unsaid: declined.clone(),
            declined,
            heard: None,
            heard_ack: None,
        }
    }

    pub(super) fn known(&self) -> &CausalContext {
        &self.known
    }

    pub(super) fn knows(&self, have: &CausalContext) -> bool {
        self.greeted && self.known.is_superset(have)
    }

    pub(super) fn declines(&self, origin: ReplicaId) -> bool {
        self.declined.contains(&origin)
    }

    /// Whether a frame of this session of the peer may be handled; a new one starts the link over.
    pub(super) fn admit(&mut self, session: Session) -> bool {
        match self.theirs {
            Some(known) if session < known => return false,
            Some(known) if session > known => self.start_over(),
            _ => {}
        }
        self.theirs = Some(session);
        true
    }

    /// Forgets what the peer said, because it has forgotten what this side said.
    ///
    /// Numbers go on: this side has not forgotten anything, so its session stays.
    fn start_over(&mut self) {
        self.hello = true;
        self.greeted = false;
        self.flying.clear();
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
    pub(super) fn receive<D>(&mut self, now: Time, frame: &Frame<D>, config: &Config) -> bool {
        if let Some(acks) = frame.acks.as_ref().filter(|acks| acks.session == self.session) {
            self.settle(acks, config);
        }
        if frame.digest_ack.is_some_and(|number| number == self.digest.number) {
            let dots = core::mem::take(&mut self.digest.dots);
            self.learn(&dots);
        }
        if frame.number > 0 {
            let arrival = self.arrived.insert(frame.number);
            // A loss, or a repetition: the sender should know soon.
            let due = if arrival == Arrival::Fresh { now + config.ack_delay } else { now };
            self.ack_at = Some(self.ack_at.map_or(due, |at| at.min(due)));
            if arrival == Arrival::Again {
                return false;
            }
        }
        if let Some(dots) = &frame.hello {
            self.greeted = true;
            self.learn(dots);
        }
        for wish in &frame.wishes {
            self.obey(frame.number, wish);
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

    /// The peer has these dots.
    pub(super) fn learn(&mut self, dots: &CausalContext) {
        self.known.join(dots);
        self.covered.join(dots);
    }

    fn obey(&mut self, number: u64, wish: &Wish) {
        let push = if wish.eager { Push::Eager } else { Push::Lazy };
        let said = self.asked.entry(wish.origin).or_insert((number, push));
        if number >= said.0 {
            *said = (number, push);
        }
        let mut dots = CausalContext::new();
        for seqs in &wish.have {
            dots.insert_run(wish.origin, seqs.clone());
        }
        self.learn(&dots);
    }

    /// Frames have been handled by the peer, and others must have been lost.
    fn settle(&mut self, acks: &Acks, config: &Config) {
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
                self.unsaid.extend(flight.wishes);
            }
        }
        if !lost.is_empty() {
            self.covered = self.known.clone();
            for flight in self.flying.values() {
                self.covered.join(&flight.dots);
            }
        }
        !lost.is_empty()
    }

    /// Asks the peer to bring the deltas of `origin` no more.
    pub(super) fn decline(&mut self, origin: ReplicaId) {
        let is_said = self.flying.values().any(|flight| flight.wishes.contains(&origin));
        if self.declined.insert(origin) || !is_said {
            self.unsaid.insert(origin);
        }
    }

    /// Asks the peer to bring the deltas of `origin` again, if it was asked not to.
    pub(super) fn ask(&mut self, origin: ReplicaId) {
        if self.declined.remove(&origin) {
            self.unsaid.insert(origin);
        }
    }

    /// Acknowledges the last digest once everything in it is here.
    pub(super) fn check_heard(&mut self, have: &CausalContext) {
        if let Some(heard) = self.heard.take_if(|heard| have.is_superset(&heard.digest.dots)) {
            self.heard_ack = Some(heard.digest.number);
        }
    }

    /// The next frame for the peer, if there is anything to say.
    pub(super) fn next_frame<D: Crdt + Clone>(
        &mut self,
        now: Time,
        have: &CausalContext,
        log: &Log<D>,
        config: &Config,
    ) -> Option<Frame<D>> {
        self.expire(now, config);
        let mut frame = Frame::empty(self.session);
        if core::mem::take(&mut self.hello) {
            frame.hello = Some(have.clone());
        }
        frame.wishes = self.say_wishes(have);
        if self.greeted && self.patience < SILENT {
            frame.groups = self.deltas(have, log, config);
            frame.digest = self.next_digest(now, have, log, config);
        }
        frame.digest_ack = self.heard_ack.take();
        let is_due = self.ack_at.is_some_and(|at| at <= now);
        let is_needed = frame.is_numbered() || frame.digest.is_some() || frame.digest_ack.is_some();
        if let (true, Some(session)) = (is_due, self.theirs) {
            self.ack_at = None;
            frame.acks = Some(self.arrived.acks(session));
        } else if !is_needed {
            return None;
        }
        if frame.is_numbered() {
            self.launch(now, &mut frame);
        }
        Some(frame)
    }

    fn launch<D>(&mut self, now: Time, frame: &mut Frame<D>) {
        let mut dots = CausalContext::new();
        for group in &frame.groups {
            dots.join(&group.dots());
        }
        self.covered.join(&dots);
        let wishes = frame.wishes.iter().map(|wish| wish.origin).collect();
        let flight = Flight { sent: now, hello: frame.hello.is_some(), dots, wishes };
        frame.number = self.next;
        self.flying.insert(self.next, flight);
        self.next += 1;
    }

    /// How long a frame waits for its acknowledgement: the newest one; the others, which newer ones
    /// will be acknowledged with, wait twice as long.
    fn wait(&self, config: &Config) -> Duration {
        let doublings = self.patience.saturating_sub(STEADY).min(DOUBLINGS);
        config.retry.saturating_mul(1 << doublings)
    }

    /// Takes back what was not acknowledged in time.
    fn expire(&mut self, now: Time, config: &Config) {
        let (wait, newest) = (self.wait(config), self.next - 1);
        let is_late = |number, flight: &Flight| {
            now.since(flight.sent) >= if number == newest { wait } else { wait.saturating_mul(2) }
        };
        if !self.lose(is_late) {
            return;
        }
        self.patience += 1;
        if self.patience >= SILENT {
            // Somebody who was away should hear what is here rather than all that was missed, and
            // one probe at a time is enough.
            self.hello = true;
            self.lose(|_, _| true);
        }
    }

    /// Whether it is time to ask for what a digest listed and what has not come since.
    pub(super) fn is_asking(&self, now: Time) -> bool {
        self.heard.as_ref().is_some_and(|heard| heard.ask_at <= now)
    }

    /// Asks for what a digest listed, but of the writers in `lively` only if it has been listed
    /// often: newer deltas of them do come, so the missing ones will too.
    pub(super) fn ask_for_missing(
        &mut self,
        now: Time,
        have: &CausalContext,
        lively: &BTreeSet<ReplicaId>,
        config: &Config,
    ) {
        let Some(heard) = &mut self.heard else { return };
        heard.ask_at = now + config.digest_interval;
        heard.strikes += 1;
        let waits = heard.strikes < STRIKES;
        let missing = heard.digest.dots.difference(have);
        for origin in missing.replicas() {
            if !(waits && lively.contains(&origin)) {
                self.ask(origin);
            }
        }
    }

    fn say_wishes(&mut self, have: &CausalContext) -> Vec<Wish> {
        let wish = |origin| {
            let eager = !self.declined.contains(&origin);
            let have = if eager { have.runs_of(origin).collect() } else { Vec::new() };
            Wish { origin, eager, have }
        };
        core::mem::take(&mut self.unsaid).into_iter().map(wish).collect()
    }

    /// What the peer wants to be brought and what is neither there nor on its way.
    fn deltas<D: Crdt + Clone>(
        &mut self,
        have: &CausalContext,
        log: &Log<D>,
        config: &Config,
    ) -> Vec<super::Group<D>> {
        let missing = self.restrict(&have.difference(&self.covered), Push::Eager);
        let there = missing.intersection(log.dots());
        self.behind = there != missing;
        log.groups(&there, config.max_frame)
    }

    fn next_digest<D: Crdt + Clone>(
        &mut self,
        now: Time,
        have: &CausalContext,
        log: &Log<D>,
        config: &Config,
    ) -> Option<Digest> {
        if now < self.next_digest {
            return None;
        }
        self.next_digest = now + config.digest_interval;
        let interval = config.digest_interval;
        let later = if self.leads { Duration::ZERO } else { interval.saturating_mul(3) / 2 };
        let old = have.difference(&log.young(now, config.lazy_delay.saturating_add(later)));
        let listed = self.to_list(&old);
        if listed.is_empty() {
            return None;
        }
        self.digest = Digest { number: self.digest.number + 1, dots: listed };
        Some(self.digest.clone())
    }

    /// Of each lazy writer one run, from the first dot that the peer may lack to the last one before
    /// a gap here: what is missing here is mostly on its way, and what is beyond comes later.
    fn to_list(&self, old: &CausalContext) -> CausalContext {
        let mut listed = CausalContext::new();
        for (origin, seqs) in self.restrict(&old.difference(&self.covered), Push::Lazy).runs() {
            let gapless = old.clock().get(origin);
            if listed.max(origin) == 0 {
                listed.insert_run(origin, *seqs.start()..=gapless);
            }
        }
        listed
    }

    /// The dots of the writers that are pushed so.
    fn restrict(&self, dots: &CausalContext, push: Push) -> CausalContext {
        let mut rest = CausalContext::new();
        for (origin, seqs) in dots.runs() {
            let said = self.asked.get(&origin).map_or(Push::Eager, |(_, push)| *push);
            if said == push {
                rest.insert_run(origin, seqs);
            }
        }
        rest
    }

    /// When something is due.
    pub(super) fn timeout(&self, have: &CausalContext, config: &Config) -> Option<Time> {
        let wait = self.wait(config);
        let due = |(number, flight): (&u64, &Flight)| {
            flight.sent + if *number == self.next - 1 { wait } else { wait.saturating_mul(2) }
        };
        let retry = self.flying.iter().map(due).min();
        let asking = self.heard.as_ref().map(|heard| heard.ask_at);
        let may_list = self.greeted && self.patience < SILENT && !self.known.is_superset(have);
        let digest = may_list.then_some(self.next_digest);
        [retry, self.ack_at, asking, digest].into_iter().flatten().min()
    }
}
