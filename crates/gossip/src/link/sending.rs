//! What goes over a link, and when.

use core::time::Duration;
use std::collections::BTreeSet;

use rejoin_core::{CausalContext, ReplicaId};

use super::{Flight, Link, Push};
use crate::log::Log;
use crate::{DeltaGroup, Frame, GossipConfig, LazyDigest, Subscription, Time};

/// After how many timeouts in a row the time to wait doubles with each.
const STEADY: u32 = 3;
/// After how many timeouts in a row a link is silent, so that only probes are sent.
const SILENT: u32 = 6;
/// How often the time to wait doubles at most.
const DOUBLINGS: u32 = 4;
/// How often a digest must list what is missing until it is asked for although newer deltas of the
/// same writer come.
const STRIKES: u32 = 3;
/// For how many digest intervals a gap may close until what is beyond it is listed.
const GAP: u32 = 4;

impl Link {
    /// The next frame for the peer, if there is anything to say.
    pub(crate) fn next_frame<D: Clone>(
        &mut self,
        now: Time,
        have: &CausalContext,
        log: &Log<D>,
        config: &GossipConfig,
    ) -> Option<Frame<D>> {
        self.expire(now, config);
        let mut frame = Frame::empty(self.session);
        if core::mem::take(&mut self.hello) {
            frame.hello = Some(have.clone());
        }
        frame.subscriptions = self.subscriptions(have);
        if self.greeted && self.patience < SILENT {
            frame.groups = self.deltas(have, log, config);
            frame.digest = self.next_digest(now, have, log, config);
        }
        frame.digest_ack = self.heard_ack.take();
        let is_due = self.ack_at.is_some_and(|at| at <= now);
        let is_needed = frame.is_numbered() || frame.digest.is_some() || frame.digest_ack.is_some();
        if let (true, Some(session)) = (is_due, self.theirs) {
            self.ack_at = None;
            self.unacked = 0;
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
        let subscriptions = frame.subscriptions.iter().map(Subscription::origin).collect();
        let flight = Flight { sent: now, hello: frame.hello.is_some(), dots, subscriptions };
        frame.number = self.next;
        self.flying.insert(self.next, flight);
        self.next += 1;
    }

    /// How long a frame waits for its acknowledgement: the newest one; the others, which newer ones
    /// will be acknowledged with, wait twice as long.
    fn wait(&self, config: &GossipConfig) -> Duration {
        let doublings = self.patience.saturating_sub(STEADY).min(DOUBLINGS);
        config.retry.saturating_mul(1 << doublings)
    }

    /// Takes back what was not acknowledged in time.
    fn expire(&mut self, now: Time, config: &GossipConfig) {
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
    pub(crate) fn is_asking(&self, now: Time) -> bool {
        self.heard.as_ref().is_some_and(|heard| heard.ask_at <= now)
    }

    /// Asks for what a digest listed, but of the writers in `lively` only if it has been listed
    /// often: newer deltas of them do come, so the missing ones will too.
    pub(crate) fn ask_for_missing(
        &mut self,
        now: Time,
        have: &CausalContext,
        lively: &BTreeSet<ReplicaId>,
        config: &GossipConfig,
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

    fn subscriptions(&mut self, have: &CausalContext) -> Vec<Subscription> {
        let subscription = |origin| {
            if self.declined.contains(&origin) {
                Subscription::Prune { origin }
            } else {
                Subscription::Graft { origin, have: have.runs_of(origin).collect() }
            }
        };
        core::mem::take(&mut self.unsaid).into_iter().map(subscription).collect()
    }

    /// What the peer wants to be brought and what is neither there nor on its way.
    fn deltas<D: Clone>(
        &mut self,
        have: &CausalContext,
        log: &Log<D>,
        config: &GossipConfig,
    ) -> Vec<DeltaGroup<D>> {
        let missing = self.restrict(&have.difference(&self.covered), Push::Eager);
        let there = missing.intersection(log.dots());
        self.behind = there != missing || log.outweighs(&there, config.max_backlog);
        if self.behind && config.max_backlog < usize::MAX {
            return Vec::new(); // what it gets instead has these too
        }
        if self.flying.len() >= config.max_flying.max(1) {
            return Vec::new(); // and its acknowledgement lets the next one go
        }
        log.groups(&there, config.max_frame.max(1))
    }

    /// The next delta that does not go in a frame.
    pub(crate) fn next_long<D: Clone>(
        &mut self,
        have: &CausalContext,
        log: &Log<D>,
    ) -> Option<DeltaGroup<D>> {
        if !self.greeted || self.patience >= SILENT || self.behind {
            return None;
        }
        let missing = self.restrict(&have.difference(&self.covered), Push::Eager);
        let group = log.long(&missing)?;
        let dots = group.dots();
        self.carried.join(&dots);
        self.covered.join(&dots);
        Some(group.clone())
    }

    fn next_digest<D: Clone>(
        &mut self,
        now: Time,
        have: &CausalContext,
        log: &Log<D>,
        config: &GossipConfig,
    ) -> Option<LazyDigest> {
        if now < self.next_digest {
            return None;
        }
        self.next_digest = now + config.digest_interval;
        let interval = config.digest_interval;
        let later = if self.leads { Duration::ZERO } else { interval.saturating_mul(3) / 2 };
        let age = config.lazy_delay.saturating_add(later);
        let old = have.difference(&log.young(now, age));
        let missing = self.restrict(&old.difference(&self.covered), Push::Lazy);
        let mut listed = to_list(&missing, &old);
        if !listed.is_superset(&missing) {
            // What is beyond a gap that does not close: the writer has left, say, and taken a delta
            // along that nobody else got.
            let patient = age.saturating_add(interval.saturating_mul(GAP));
            listed.join(&missing.difference(&log.young(now, patient)));
        }
        if listed.is_empty() {
            return None;
        }
        self.digest = LazyDigest { number: self.digest.number + 1, dots: listed };
        Some(self.digest.clone())
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
    pub(crate) fn timeout(&self, have: &CausalContext, config: &GossipConfig) -> Option<Time> {
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

/// Of each writer one run, from the first dot that the peer may lack to the last one before a gap
/// here: what is missing here is mostly on its way, and what is beyond comes later.
fn to_list(missing: &CausalContext, old: &CausalContext) -> CausalContext {
    let mut listed = CausalContext::new();
    for (origin, seqs) in missing.runs() {
        let gapless = old.clock().get(origin);
        if listed.max(origin) == 0 {
            listed.insert_run(origin, *seqs.start()..=gapless);
        }
    }
    listed
}
