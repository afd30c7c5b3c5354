//! The side that asks.

mod filter;

use core::ops::Range;

use crate::buckets::DEPTH;
use crate::message::{Body, Header, is_newer};
use crate::plan::{self, Plan};
use crate::side::{Side, choose, salt};
use crate::{Config, Ids, InvalidMessage};
use filter::Filtering;

/// No session takes more messages than this.
const MESSAGE_LIMIT: u32 = 1 << 16;

/// What a session ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The ids that are here and that the responder lacks, in ascending order.
    pub send: Vec<u64>,
    /// Whether what both sides found is all that differs, by fingerprint. Wrongly true once in 2⁵²
    /// sessions at most, if ids are keyed hashes and the responder does not lie.
    ///
    /// If false, what was found is still worth sending. It is false if a set changed during the
    /// session, or if all retries failed: run another one after both sides have sent what they
    /// found.
    pub verified: bool,
}

/// The side of a session that asks.
///
/// Send [`message`](Self::message) to a [`Responder`](crate::Responder), again whenever no answer
/// came, and hand the answer to [`handle`](Self::handle), until there is an
/// [`outcome`](Self::outcome). Answers that come late or twice are ignored.
///
/// Between messages both sets may change; the session then ends unverified, or with what it found
/// until then. Send what was found when the session has ended.
#[derive(Clone, Debug)]
pub struct Initiator {
    config: Config,
    side: Side,
    header: Header,
    message: Vec<u8>,
    outcome: Option<Outcome>,
    attempts: u32,
    messages: u32,
    /// Whether filters were tried, which a second time would find nothing.
    filtered: bool,
    attempt: Attempt,
}

/// What is known in one attempt.
#[derive(Clone, Debug, Default)]
struct Attempt {
    salted: bool,
    stage: Stage,
    /// How many ids the smaller side has.
    len: u64,
    /// The ids that a wanted prefix may mean.
    alternatives: Vec<Vec<u64>>,
}

#[derive(Clone, Debug, Default)]
enum Stage {
    /// The fingerprint is out.
    #[default]
    Greeting,
    /// Syndromes are out.
    Sketching(Sketching),
    /// A filter is out.
    Filtering(Filtering),
}

/// The groups of which syndromes are out: those in a range, and lately those of them that failed.
#[derive(Clone, Debug)]
struct Sketching {
    plan: Plan,
    sent: Range<usize>,
    /// How far the groups that failed are split, and the syndromes that were sent of each.
    level: u32,
    depth: usize,
}

impl Sketching {
    /// Whether an answer can be one to what was sent: no more ids than that holds, and groups that
    /// are in it.
    fn allows(&self, wanted: &[u64], failed: &[u64], level: u32) -> bool {
        let split = self.level - self.plan.level;
        let sent = |group: u64| self.sent.contains(&(group as usize >> split));
        level == self.level
            && wanted.len() <= (self.sent.len() * self.depth) << split
            && failed.iter().all(|&group| sent(group))
    }
}

impl Initiator {
    /// Begins a session.
    ///
    /// The number tells sessions of the same two peers apart: count up. One that the responder
    /// takes for an old one costs a round trip.
    pub fn new<S: Ids + ?Sized>(config: Config, session: u16, set: &S) -> Self {
        let mut this = Self {
            config,
            side: Side::default(),
            header: Header { session, step: 0 },
            message: Vec::new(),
            outcome: None,
            attempts: 0,
            messages: 0,
            filtered: false,
            attempt: Attempt::default(),
        };
        this.greet(set, false);
        this
    }

    /// The message to send, or to send again; `None` after the end.
    #[must_use]
    pub fn message(&self) -> Option<&[u8]> {
        self.outcome.is_none().then_some(&self.message)
    }

    /// What the session ended with, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Takes an answer of the responder.
    ///
    /// # Errors
    ///
    /// An answer that no responder gives is refused, and changes nothing.
    pub fn handle<S: Ids + ?Sized>(
        &mut self,
        set: &S,
        answer: &[u8],
    ) -> Result<(), InvalidMessage> {
        let (header, body) = Body::decode(answer)?;
        if header != self.header || self.outcome.is_some() {
            return Ok(());
        }
        match (core::mem::take(&mut self.attempt.stage), body) {
            (Stage::Greeting, Body::Equal | Body::One) => self.end(true),
            (Stage::Greeting, Body::Near { fingerprint }) => {
                if !self.is_one(set, fingerprint) {
                    self.send(&Body::Ask);
                }
            }
            (Stage::Greeting, Body::Estimate { fingerprint, len, tug }) => {
                if self.is_one(set, fingerprint) {
                    return Ok(());
                }
                let here = self.side.summary(set);
                let differences =
                    here.tug().distance(&tug, len).max(here.len().abs_diff(len) as f64);
                let much = plan::filter_first(differences, here.len(), len);
                if much && !self.attempt.salted && !self.filtered {
                    self.filtered = true;
                    self.send_filter(set, Filtering::new(differences, here.len(), len));
                } else {
                    self.attempt.len = len.min(here.len());
                    let plan = Plan::new(differences.max(2.0), self.attempt.len, self.config.cap);
                    self.send_sketch(set, plan, 0);
                }
            }
            (Stage::Sketching(sketching), Body::Found { rest, width, wanted, failed, level }) => {
                if !sketching.allows(&wanted, &failed, level) {
                    self.attempt.stage = Stage::Sketching(sketching);
                    return Err(InvalidMessage);
                }
                self.resolve(set, &wanted, width, level);
                self.go_on(set, sketching, &failed, rest);
            }
            (Stage::Filtering(filtering), Body::Filtered { to, kept, dropped, bloom }) => {
                if !filtering.covers(to) {
                    self.attempt.stage = Stage::Filtering(filtering);
                    return Err(InvalidMessage);
                }
                self.take_filtered(set, filtering, to, (kept, dropped), bloom);
            }
            (_, Body::Restart { session }) => self.restart(set, session),
            (stage, _) => {
                self.attempt.stage = stage;
                return Err(InvalidMessage);
            }
        }
        Ok(())
    }

    fn send(&mut self, body: &Body) {
        self.messages += 1;
        if self.messages > MESSAGE_LIMIT {
            return self.end(false);
        }
        if !self.message.is_empty() {
            self.header.step = self.header.step.wrapping_add(1);
        }
        self.message = body.encode(self.header);
    }

    fn end(&mut self, verified: bool) {
        self.outcome =
            Some(Outcome { send: self.side.found().iter().copied().collect(), verified });
    }

    /// Begins an attempt.
    fn greet<S: Ids + ?Sized>(&mut self, set: &S, salted: bool) {
        self.attempt = Attempt { salted, ..Attempt::default() };
        let step = if self.message.is_empty() { 0 } else { self.header.step.wrapping_add(1) };
        self.side.begin(set, salted.then(|| salt(self.header.session, step)));
        let summary = self.side.summary(set);
        let (fingerprint, parity) = (summary.fingerprint(), summary.len() as u8);
        self.send(&Body::Hello { salted, fingerprint, parity });
    }

    /// Begins the next attempt, if there may be one.
    fn retry<S: Ids + ?Sized>(&mut self, set: &S, salted: bool) {
        self.attempts += 1;
        if self.attempts < self.config.attempts { self.greet(set, salted) } else { self.end(false) }
    }

    /// Begins another session, because the responder does not know this one.
    fn restart<S: Ids + ?Sized>(&mut self, set: &S, known: u16) {
        let session = self.header.session;
        let last = if is_newer(known, session) { known } else { session };
        self.header = Header { session: last.wrapping_add(1), step: 0 };
        self.message.clear();
        self.side = Side::default();
        self.filtered = false;
        self.retry(set, false);
    }

    /// Ends the session if the one id that differs is here.
    fn is_one<S: Ids + ?Sized>(&mut self, set: &S, fingerprint: u64) -> bool {
        let is_one = self.side.take_one(set, self.side.rest(set) ^ fingerprint);
        if is_one {
            self.end(true);
        }
        is_one
    }

    /// Sends the groups from `first` on, as many as fit.
    fn send_sketch<S: Ids + ?Sized>(&mut self, set: &S, plan: Plan, first: usize) {
        let len = self.side.summary(set).len();
        let Plan { level, depth, .. } = plan;
        let most = (self.config.cap - 32) / (4 * depth);
        let last = (first + most).min(1 << level);
        let here = self.side.syndromes(set, level);
        let syndromes = (first..last).flat_map(|group| &here.of(group)[..depth]).copied().collect();
        self.attempt.stage = Stage::Sketching(Sketching { plan, sent: first..last, level, depth });
        self.send(&Body::Sketch { len, level, depth, first, syndromes });
    }

    /// Sends more of the groups that failed, or the next groups, or ends the attempt.
    fn go_on<S: Ids + ?Sized>(
        &mut self,
        set: &S,
        mut sketching: Sketching,
        failed: &[u64],
        rest: u64,
    ) {
        let limit = Plan::level_limit(self.attempt.len);
        let Sketching { plan, ref sent, level, depth } = sketching;
        if !failed.is_empty() && depth < DEPTH {
            let here = self.side.syndromes(set, level);
            let to = if depth < plan.again { plan.again } else { DEPTH };
            let more = failed.iter().flat_map(|&group| &here.of(group as usize)[depth..to]);
            let syndromes = more.copied().collect();
            sketching.depth = to;
            self.attempt.stage = Stage::Sketching(sketching);
            self.send(&Body::More { depth: to, syndromes });
        } else if !failed.is_empty() && level < limit {
            let here = self.side.syndromes(set, level + 1);
            let halves = failed.iter().flat_map(|&group| here.of(2 * group as usize));
            let syndromes = halves.copied().collect();
            sketching.level += 1;
            self.attempt.stage = Stage::Sketching(sketching);
            self.send(&Body::Split { syndromes });
        } else if sent.end < 1 << plan.level {
            self.send_sketch(set, plan, sent.end);
        } else {
            self.conclude(set, rest);
        }
    }

    /// Finds the ids that the responder wants.
    fn resolve<S: Ids + ?Sized>(&mut self, set: &S, wanted: &[u64], width: u32, level: u32) {
        for &prefix in wanted {
            match *self.side.matching(set, prefix, width, level) {
                [] => {}
                [id] => self.side.take(id),
                ref ids => self.attempt.alternatives.push(ids.to_vec()),
            }
        }
    }

    /// Ends the session if what was found is all, and tries the rest otherwise.
    fn conclude<S: Ids + ?Sized>(&mut self, set: &S, rest: u64) {
        let alternatives = core::mem::take(&mut self.attempt.alternatives);
        let chosen = choose(&alternatives, self.side.rest(set) ^ rest);
        chosen.into_iter().flatten().for_each(|id| self.side.take(id));
        if self.side.rest(set) == rest {
            self.end(true);
        } else {
            // Ids have collided, and would again but for another salt.
            self.retry(set, true);
        }
    }
}

#[cfg(test)]
mod tests;
