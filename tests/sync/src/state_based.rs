//! Sends the whole value to every neighbour every second.

use crate::algorithm::Outbox;
use crate::{Algorithm, Cost, Lattice};

/// A node.
#[derive(Clone, Debug)]
pub struct StateBased<S> {
    state: S,
    neighbours: Vec<usize>,
}

impl<S: Lattice> StateBased<S> {
    /// A node with these neighbours.
    #[must_use]
    pub fn new(neighbours: &[usize]) -> Self {
        Self { state: S::default(), neighbours: neighbours.to_vec() }
    }
}

impl<S: Lattice> Algorithm for StateBased<S> {
    type State = S;
    type Message = S;

    const DRAINS: bool = false;

    fn state(&self) -> &S {
        &self.state
    }

    fn event(&mut self, _second: u64, edit: impl FnOnce(&mut S) -> S) {
        edit(&mut self.state);
    }

    fn sync(&mut self, _second: u64, out: &mut Outbox<S>) {
        out.extend(self.neighbours.iter().map(|to| (*to, self.state.clone())));
    }

    fn handle(&mut self, _second: u64, _from: usize, message: S, _out: &mut Outbox<S>) {
        self.state.merge(message);
    }

    /// The authors count no message here, only what is in it.
    fn cost(message: &S) -> Cost {
        Cost { messages: 1, entries: message.entries() as u64, ..Cost::default() }
    }

    fn buffered(&self) -> usize {
        0
    }
}
