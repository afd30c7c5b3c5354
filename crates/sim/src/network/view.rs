//! What can be seen of a network.

use core::fmt;
use core::hash::Hasher;

use rejoin_core::ReplicaId;
use rejoin_durable::{Durable, Storage};
use rejoin_observe::Report;
use rejoin_store::{Buffered, Replicated, Stats, Time};

use super::Network;
use crate::faults::Faults;
use crate::node::Node;
use crate::tally::Tally;

impl<S: Replicated, D: Storage> Network<S, D> {
    /// The time in this network.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// The time that the clock of replica `index` shows.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    #[must_use]
    pub fn time_at(&self, index: usize) -> Time {
        self.nodes[index].clock.show(self.now)
    }

    /// How many replicas there are, running or not, those that have left included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no replica.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Whether replica `index` is running.
    #[must_use]
    pub fn is_up(&self, index: usize) -> bool {
        self.durable(index).is_some()
    }

    /// Whether replica `index` has [left](Network::leave) for good.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    #[must_use]
    pub fn has_left(&self, index: usize) -> bool {
        self.nodes[index].has_left
    }

    /// What goes on now.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults
    }

    /// The running replica `index`, with its storage.
    #[must_use]
    pub fn durable(&self, index: usize) -> Option<&Durable<S, D>> {
        self.nodes.get(index)?.process.as_ref()
    }

    /// The value at replica `index`.
    ///
    /// # Panics
    ///
    /// When there is no such replica, or it is down.
    #[must_use]
    pub fn state(&self, index: usize) -> &S {
        self.durable(index).expect("the replica is down").state()
    }

    /// The values of the running replicas.
    pub fn states(&self) -> impl Iterator<Item = &S> {
        self.processes().map(Durable::state)
    }

    /// Whether all running replicas have the same value.
    #[must_use]
    pub fn is_converged(&self) -> bool
    where
        S: PartialEq,
    {
        let mut states = self.states();
        let first = states.next();
        states.all(|state| Some(state) == first)
    }

    /// Whether everything at every running replica is durable.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.processes().all(|process| process.replica().is_durable())
    }

    /// How many of the last edits at replica `index` a crash would lose now. All others have
    /// reached its disk: they have to be there in the end.
    #[must_use]
    pub fn unsaved(&self, index: usize) -> usize {
        self.nodes.get(index).map_or(0, Node::unsaved)
    }

    /// What has counts to messages so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// What all replicas together have done, in all runs: messages by kind, and what they brought.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        for node in &self.nodes {
            stats.add(&node.past);
            if let Some(process) = &node.process {
                stats.add(process.replica().stats());
            }
        }
        stats
    }

    /// What replica `index` reports of itself now, if it runs.
    #[must_use]
    pub fn report(&self, index: usize) -> Option<Report>
    where
        S: Replicated,
    {
        let node = self.nodes.get(index)?;
        let replica = node.process.as_ref()?.replica();
        Some(node.observer.report(replica, self.time_at(index)))
    }

    /// The most that replica `index` has kept for its peers so far, of each kind, as seen after
    /// each event that left it durable.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    #[must_use]
    pub fn peak(&self, index: usize) -> Buffered {
        self.nodes[index].peak
    }

    /// A hash of every message that arrived so far, with its time, sender and receiver: equal for
    /// equal runs.
    #[must_use]
    pub fn trace(&self) -> u64 {
        self.trace.finish()
    }

    pub(super) fn next_at(&self) -> Option<Time> {
        let timers = self.nodes.iter().filter_map(|node| node.poll_timeout(self.now));
        timers.chain(self.events.first_key_value().map(|((at, _), _)| *at)).min()
    }

    pub(super) fn id(&self, index: usize) -> ReplicaId {
        self.nodes[index].id
    }

    pub(super) fn index(&self, id: ReplicaId) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }

    pub(super) fn processes(&self) -> impl Iterator<Item = &Durable<S, D>> {
        self.nodes.iter().filter_map(|node| node.process.as_ref())
    }
}

impl<S: Replicated + fmt::Debug, D: Storage> fmt::Debug for Network<S, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("now", &self.now)
            .field("states", &self.states().collect::<Vec<_>>())
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}
