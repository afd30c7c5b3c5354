use core::mem;
use core::time::Duration;

use rejoin_core::NodeId;

use crate::message::Request;
use rejoin_store::Time;

/// What an acceptor does for strong reads that cannot finish because others write all the time.
///
/// When it is asked by such a read, it lets everything that would change its value wait for a
/// while, so that the acceptors have time to become equal. A write may always take longer, so this
/// changes no promise. What waits is let in together at the end of that while, so writes go on too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Fairness {
    /// From which attempt on a read is taken for starving: the second unless told otherwise. With
    /// the third, writes wait less often, and some more reads take four round trips.
    pub from_attempt: u32,
    /// How long to let others wait after the last such attempt, and half as long as they wait at
    /// most: 5 ms unless told otherwise. Four times the usual way of a message is right; zero means
    /// never.
    pub hold: Duration,
    /// How many requests may wait: 1 024 unless told otherwise. Further ones are answered at once.
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

    /// With another [`max_held`](Self::max_held).
    #[must_use]
    pub fn with_max_held(self, max_held: usize) -> Self {
        Self { max_held, ..self }
    }
}

impl Default for Fairness {
    fn default() -> Self {
        Self { from_attempt: 2, hold: Duration::from_millis(5), max_held: 1024 }
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
}

impl<S> Hold<S> {
    pub(super) fn new(fairness: Fairness) -> Self {
        Self { fairness, since: None, until: None, held: Vec::new() }
    }

    pub(super) fn is_starving(&self, attempt: u32) -> bool {
        attempt >= self.fairness.from_attempt
    }

    /// Notes that a read is at this attempt.
    pub(super) fn asked(&mut self, now: Time, attempt: u32) {
        let hold = self.fairness.hold;
        if self.is_starving(attempt) && !hold.is_zero() {
            // Each write waits for two holds at most, however many reads there are.
            let since = *self.since.get_or_insert(now);
            self.until = Some((now + hold).min(since + hold + hold));
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
                mem::take(&mut self.held)
            }
            None => Vec::new(),
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Time> {
        self.until
    }
}
