//! The delta-based algorithm of the paper's figure 4, with and without its two improvements.

use std::collections::{BTreeMap, VecDeque};

use rejoin_core::Decompose;

use crate::algorithm::Outbox;
use crate::{Algorithm, Cost, Lattice};

/// Which improvements are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Send no delta back to where it came from.
    pub bp: bool,
    /// Forward only what was new here.
    pub rr: bool,
}

impl Options {
    /// The algorithm of the paper.
    pub const BOTH: Self = Self { bp: true, rr: true };
}

/// A node.
#[derive(Clone, Debug)]
pub struct DeltaBased<S> {
    id: usize,
    options: Options,
    state: S,
    /// The delta with each sequence number from `first` on, and where it came from.
    buffer: VecDeque<(usize, S)>,
    first: u64,
    /// The sequence number up to which each neighbour has everything.
    acked: BTreeMap<usize, u64>,
}

/// A message.
#[derive(Clone, Debug)]
pub enum Message<S> {
    /// The join of all deltas below a sequence number.
    Delta(u64, S),
    /// Everything below it has arrived.
    Ack(u64),
}

impl<S: Lattice> DeltaBased<S> {
    /// A node with these neighbours.
    #[must_use]
    pub fn new(id: usize, neighbours: &[usize], options: Options) -> Self {
        let acked = neighbours.iter().map(|peer| (*peer, 0)).collect();
        Self { id, options, state: S::default(), buffer: VecDeque::new(), first: 0, acked }
    }

    fn next(&self) -> u64 {
        self.first + self.buffer.len() as u64
    }

    fn group(&self, to: usize, acked: u64) -> S {
        let mut group = S::default();
        for (origin, delta) in self.buffer.iter().skip((acked - self.first) as usize) {
            if !self.options.bp || *origin != to {
                group.merge(delta.clone());
            }
        }
        group
    }

    /// Drops what every neighbour has.
    fn prune(&mut self) {
        let everywhere = self.acked.values().min().copied().unwrap_or(0);
        while self.first < everywhere && self.buffer.pop_front().is_some() {
            self.first += 1;
        }
    }
}

/// Merges `received` into `state`, and returns what of it was new: Δ(received, state).
///
/// That is `received.difference(state)` without the copy of `state` that it takes.
pub fn absorb<S: Decompose + Clone>(state: &mut S, received: &S) -> S {
    let mut new = S::default();
    received.decompose(&mut |part| {
        if state.merge(part.clone()) {
            new.merge(part);
        }
    });
    new
}

impl<S: Lattice> Algorithm for DeltaBased<S> {
    type State = S;
    type Message = Message<S>;

    fn state(&self) -> &S {
        &self.state
    }

    fn event(&mut self, _second: u64, edit: impl FnOnce(&mut S) -> S) {
        let delta = edit(&mut self.state);
        self.buffer.push_back((self.id, delta));
    }

    fn sync(&mut self, _second: u64, out: &mut Outbox<Message<S>>) {
        for (&to, &acked) in &self.acked {
            if acked < self.next() {
                let group = self.group(to, acked);
                if group != S::default() {
                    out.push((to, Message::Delta(self.next(), group)));
                }
            }
        }
    }

    fn handle(
        &mut self,
        _second: u64,
        from: usize,
        message: Message<S>,
        out: &mut Outbox<Message<S>>,
    ) {
        match message {
            Message::Delta(next, received) => {
                if self.options.rr {
                    let new = absorb(&mut self.state, &received);
                    if new != S::default() {
                        self.buffer.push_back((from, new));
                    }
                } else if self.state.merge(received.clone()) {
                    self.buffer.push_back((from, received));
                }
                out.push((from, Message::Ack(next)));
            }
            Message::Ack(next) => {
                let acked = self.acked.entry(from).or_default();
                *acked = next.max(*acked);
                self.prune();
            }
        }
    }

    fn cost(message: &Message<S>) -> Cost {
        let one = Cost { messages: 1, ..Cost::default() };
        match message {
            Message::Delta(_, group) => Cost { entries: group.entries() as u64, deltas: 1, ..one },
            Message::Ack(_) => Cost { acks: 1, ..one },
        }
    }

    fn buffered(&self) -> usize {
        self.acked.len() + self.buffer.iter().map(|(_, delta)| delta.entries() + 1).sum::<usize>()
    }
}
