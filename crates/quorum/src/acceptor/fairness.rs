use core::mem;
use core::time::Duration;
use std::collections::BTreeMap;

use rejoin_core::NodeId;

use crate::message::{Request, RequestId};
use rejoin_store::Time;

/// What an acceptor does for strong reads that cannot finish because others write all the time.
///
/// When it is asked by such a read, it lets everything that would change its value wait for a
/// while, so that the acceptors have time to become equal. A write may always take longer, so this
/// changes no promise. What waits is let in together at the end of that while, so writes go on too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Fairness {
    /// From which attempt on a read is taken for starving: the second by default. With
    /// the third, writes wait less often, and some more reads take four round trips.
    pub from_attempt: u32,
    /// How long others wait at least after the last such attempt. The default is 5 ms; zero means
    /// that they never wait.
    ///
    /// They wait for three times as long as the read's last attempt has taken, if that is more, so
    /// that the next attempt finds the acceptors as they are. They wait no longer once the nodes of
    /// all such reads have begun other strong reads, as these have ended then.
    pub hold: Duration,
    /// How long others wait at most after the last such attempt. The default is 1 s. However many
    /// reads there are, no write waits for more than twice that.
    pub max_hold: Duration,
    /// How many requests may wait: 1 024 by default. Further ones are answered at once.
    pub max_held: usize,
}

impl Fairness {
    /// With another [`from_attempt`](Self::from_attempt).
    #[must_use]
    pub fn with_from_attempt(self, from_attempt: u32) -> Self {
        Self { from_attempt, ..self }
    }

    /// With another [`hold`](Self::hold).
    #[must_use]
    pub fn with_hold(self, hold: Duration) -> Self {
        Self { hold, ..self }
    }

    /// With another [`max_hold`](Self::max_hold).
    #[must_use]
    pub fn with_max_hold(self, max_hold: Duration) -> Self {
        Self { max_hold, ..self }
    }

    /// With another [`max_held`](Self::max_held).
    #[must_use]
    pub fn with_max_held(self, max_held: usize) -> Self {
        Self { max_held, ..self }
    }
}

impl Default for Fairness {
    fn default() -> Self {
        Self {
            from_attempt: 2,
            hold: Duration::from_millis(5),
            max_hold: Duration::from_secs(1),
            max_held: 1024,
        }
    }
}

/// Who waits, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Hold<S> {
    fairness: Fairness,
    /// Since when it holds, and until when.
    since: Option<Time>,
    until: Option<Time>,
    held: Vec<(NodeId, Request<S>)>,
    /// The reads that it holds for.
    starving: BTreeMap<NodeId, RequestId>,
}

impl<S> Hold<S> {
    pub(super) fn new(fairness: Fairness) -> Self {
        Self { fairness, since: None, until: None, held: Vec::new(), starving: BTreeMap::new() }
    }

    pub(super) fn is_starving(&self, attempt: u32) -> bool {
        attempt >= self.fairness.from_attempt
    }

    /// Notes that a read of this node is at this attempt, and how long the one before has taken.
    pub(super) fn asked(
        &mut self,
        now: Time,
        (from, read): (NodeId, RequestId),
        attempt: u32,
        round: Duration,
    ) {
        let Fairness { hold, max_hold, .. } = self.fairness;
        if hold.is_zero() {
            return;
        }
        if self.is_starving(attempt) {
            let hold = round.saturating_mul(3).min(max_hold).max(hold);
            // Each write waits for two holds at most, however many reads there are.
            let since = *self.since.get_or_insert(now);
            let until = (now + hold).min(since + hold + hold);
            self.until = self.until.max(Some(until));
            self.starving.insert(from, read);
        }
    }

    /// Notes that a node begins a strong read, so that its last one has ended.
    pub(super) fn begins(&mut self, now: Time, from: NodeId, read: RequestId) {
        let is_over = |other: &RequestId| *other != read;
        if self.starving.get(&from).is_some_and(is_over) {
            self.starving.remove(&from);
            if self.starving.is_empty() {
                self.until = self.until.map(|until| until.min(now));
            }
        }
    }

    pub(super) fn is_on(&self, now: Time) -> bool {
        self.until.is_some_and(|until| now < until) && self.held.len() < self.fairness.max_held
    }

    pub(super) fn push(&mut self, request: (NodeId, Request<S>)) {
        self.held.push(request);
    }

    /// Takes what has waited, if the time is over.
    pub(super) fn release(&mut self, now: Time) -> Vec<(NodeId, Request<S>)> {
        match self.until.take_if(|until| *until <= now) {
            Some(_) => {
                self.since = None;
                self.starving.clear();
                mem::take(&mut self.held)
            }
            None => Vec::new(),
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Time> {
        self.until
    }
}
