//! Scuttlebutt anti-entropy as the paper compares with it: deltas under dots, requested by clocks.
//!
//! Source: van Renesse, Dumitriu, Gough, Thomas, *Efficient Reconciliation and Flow Control for
//! Anti-Entropy Protocols* (LADIS 2008). The authors' variant that forgets deltas sends all clocks
//! it knows of rather than its own, and drops what all of them include.

use std::collections::BTreeMap;

use rejoin_core::{CausalContext, Dot};

use crate::algorithm::Outbox;
use crate::workload::replica;
use crate::{Algorithm, Cost, Lattice};

/// A node.
#[derive(Clone, Debug)]
pub struct Scuttlebutt<S> {
    id: usize,
    neighbours: Vec<usize>,
    /// How many nodes there are, if deltas that all of them have are forgotten.
    forget: Option<usize>,
    state: S,
    deltas: BTreeMap<Dot, S>,
    clocks: BTreeMap<usize, CausalContext>,
}

/// A message.
#[derive(Clone, Debug)]
pub enum Message<S> {
    /// The clocks of the nodes known of, or only the sender's.
    Clocks(BTreeMap<usize, CausalContext>),
    /// What the sender's clock lacked.
    Deltas(BTreeMap<Dot, S>),
}

impl<S: Lattice> Scuttlebutt<S> {
    /// A node with these neighbours, which forgets what all `forget` nodes have.
    #[must_use]
    pub fn new(id: usize, neighbours: &[usize], forget: Option<usize>) -> Self {
        let clocks = BTreeMap::from([(id, CausalContext::new())]);
        let (state, deltas) = (S::default(), BTreeMap::new());
        Self { id, neighbours: neighbours.to_vec(), forget, state, deltas, clocks }
    }

    fn clock(&mut self) -> &mut CausalContext {
        self.clocks.entry(self.id).or_default()
    }

    fn forget_stable(&mut self) {
        if self.forget == Some(self.clocks.len()) {
            let stable = |dot: &Dot| self.clocks.values().all(|clock| clock.contains(*dot));
            self.deltas.retain(|dot, _| !stable(dot));
        }
    }
}

impl<S: Lattice> Algorithm for Scuttlebutt<S> {
    type State = S;
    type Message = Message<S>;

    const DRAINS: bool = false;

    fn state(&self) -> &S {
        &self.state
    }

    fn event(&mut self, _second: u64, edit: impl FnOnce(&mut S) -> S) {
        let delta = edit(&mut self.state);
        let id = replica(self.id);
        let Some(dot) = self.clock().next(id) else { return };
        self.clock().insert(dot);
        self.deltas.insert(dot, delta);
    }

    fn sync(&mut self, _second: u64, out: &mut Outbox<Message<S>>) {
        if self.deltas.is_empty() {
            return;
        }
        let mut clocks = self.clocks.clone();
        if self.forget.is_none() {
            clocks.retain(|node, _| *node == self.id);
        }
        out.extend(self.neighbours.iter().map(|to| (*to, Message::Clocks(clocks.clone()))));
    }

    fn handle(
        &mut self,
        _second: u64,
        from: usize,
        message: Message<S>,
        out: &mut Outbox<Message<S>>,
    ) {
        match message {
            Message::Clocks(clocks) => {
                let theirs = clocks.get(&from).cloned().unwrap_or_default();
                for (node, clock) in clocks {
                    self.clocks.entry(node).or_default().join(&clock);
                }
                self.forget_stable();
                let missing = self.deltas.iter().filter(|(dot, _)| !theirs.contains(**dot));
                let missing = missing.map(|(dot, delta)| (*dot, delta.clone())).collect();
                out.push((from, Message::Deltas(missing)));
            }
            Message::Deltas(deltas) => {
                for (dot, delta) in deltas {
                    self.state.merge(delta.clone());
                    self.clock().insert(dot);
                    self.deltas.insert(dot, delta);
                }
            }
        }
    }

    fn cost(message: &Message<S>) -> Cost {
        match message {
            Message::Clocks(clocks) => {
                let entries: usize = clocks.values().map(CausalContext::run_count).sum();
                let rows = if clocks.len() > 1 { clocks.len() } else { 0 };
                Cost { messages: 1, digests: (entries + rows) as u64, ..Cost::default() }
            }
            Message::Deltas(deltas) => {
                let entries = deltas.values().map(Lattice::entries).sum::<usize>() as u64;
                // A dot a delta.
                Cost { messages: 1, entries, deltas: deltas.len() as u64, ..Cost::default() }
            }
        }
    }

    fn buffered(&self) -> usize {
        let deltas: usize = self.deltas.values().map(|delta| delta.entries() + 1).sum();
        deltas + self.clocks.values().map(|clock| clock.run_count() + 1).sum::<usize>()
    }
}
