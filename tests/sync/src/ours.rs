//! `rejoin_gossip`, driven once a second.

use core::time::Duration;

use rejoin_core::ReplicaId;
use rejoin_gossip::{DeltaGroup, Deltas, Frame, Gossip, GossipConfig, Subscription, Time};

use crate::algorithm::Outbox;
use crate::workload::replica;
use crate::{Algorithm, Cost, Lattice};

/// A planted fault, which the checks must notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Acknowledgements are not heard.
    ForgetAcks,
    /// Whoever writes something is asked by all not to bring it, and digests are not heard.
    PruneLastPath,
    /// A delta is dropped and acknowledged all the same.
    DropDelta,
}

/// A node.
#[derive(Debug)]
pub struct Ours<S> {
    id: usize,
    neighbours: Vec<usize>,
    incarnation: u64,
    config: GossipConfig,
    gossip: Gossip<S>,
    state: S,
    /// The durable log: everything that was merged, in order.
    journal: Vec<DeltaGroup<S>>,
    own: u64,
    fault: Option<Fault>,
}

impl<S: Lattice> Ours<S> {
    /// A node with these neighbours.
    #[must_use]
    pub fn new(id: usize, neighbours: &[usize]) -> Self {
        Self::with(id, neighbours, GossipConfig::paced(Duration::from_secs(1)), None)
    }

    /// A node with these limits, and with a fault.
    #[must_use]
    pub fn with(
        id: usize,
        neighbours: &[usize],
        config: GossipConfig,
        fault: Option<Fault>,
    ) -> Self {
        let mut node = Self {
            id,
            neighbours: neighbours.to_vec(),
            incarnation: 0,
            gossip: Gossip::new(replica(id), 0, config.clone(), Deltas::new(S::entries)),
            config,
            state: S::default(),
            journal: Vec::new(),
            own: 0,
            fault,
        };
        node.restart(0);
        node
    }

    /// Loses everything that is not durable, and comes back.
    pub fn restart(&mut self, second: u64) {
        let now = time(second);
        self.incarnation += 1;
        self.gossip = Gossip::new(
            replica(self.id),
            self.incarnation,
            self.config.clone(),
            Deltas::new(S::entries),
        );
        self.state = S::default();
        for group in &self.journal {
            self.state.merge(group.delta.clone());
            self.gossip.restore(now, group.clone());
        }
        for &peer in &self.neighbours {
            self.gossip.link(now, replica(peer));
        }
    }

    /// Connects with `peer`, or connects again.
    pub fn link(&mut self, second: u64, peer: usize) {
        self.unlink(peer);
        self.neighbours.push(peer);
        self.gossip.link(time(second), replica(peer));
    }

    /// Is not connected with `peer` any more.
    pub fn unlink(&mut self, peer: usize) {
        self.neighbours.retain(|known| *known != peer);
        self.gossip.unlink(replica(peer));
    }

    /// The algorithm.
    #[must_use]
    pub fn gossip(&self) -> &Gossip<S> {
        &self.gossip
    }

    /// What the gossip leaves to others: brings a neighbour that is behind the whole value, and
    /// returns what that costs.
    pub fn catch_up(&mut self, peer: &mut Self) -> Cost {
        let to = replica(peer.id);
        if !self.gossip.behind().any(|behind| behind == to) {
            return Cost::default();
        }
        peer.state.merge(self.state.clone());
        peer.journal.clone_from(&self.journal);
        peer.gossip.absorb(self.gossip.have());
        self.gossip.caught_up(to, peer.gossip.have());
        Cost { messages: 1, entries: self.state.entries() as u64, deltas: 1, ..Cost::default() }
    }

    fn tamper(&self, frame: &mut Frame<S>) {
        match self.fault {
            Some(Fault::ForgetAcks) => (frame.acks, frame.digest_ack) = (None, None),
            Some(Fault::PruneLastPath) => {
                frame.digest = None;
                frame.subscriptions.push(Subscription::Prune { origin: replica(self.id) });
            }
            Some(Fault::DropDelta) => {
                for group in &mut frame.groups {
                    if group.seqs.iter().any(|seqs| *seqs.start() % 50 == 7) {
                        group.delta = S::default();
                    }
                }
            }
            None => {}
        }
    }
}

fn time(second: u64) -> Time {
    Time::new(Duration::from_secs(second))
}

fn node_of(peer: ReplicaId) -> usize {
    u128::from_be_bytes(*peer.as_bytes()) as usize - 1
}

impl<S: Lattice> Algorithm for Ours<S> {
    type State = S;
    type Message = Frame<S>;

    fn state(&self) -> &S {
        &self.state
    }

    fn event(&mut self, second: u64, edit: impl FnOnce(&mut S) -> S) {
        let delta = edit(&mut self.state);
        self.own += 1;
        let seqs = self.own..=self.own;
        self.journal.push(DeltaGroup {
            origin: replica(self.id),
            seqs: vec![seqs.clone()],
            delta: delta.clone(),
        });
        self.gossip.record(time(second), seqs, delta);
    }

    fn sync(&mut self, second: u64, out: &mut Outbox<Frame<S>>) {
        while let Some((to, frame)) = self.gossip.poll_transmit(time(second)) {
            out.push((node_of(to), frame));
        }
    }

    fn handle(
        &mut self,
        second: u64,
        from: usize,
        mut frame: Frame<S>,
        _out: &mut Outbox<Frame<S>>,
    ) {
        self.tamper(&mut frame);
        for (_, news) in self.gossip.handle(time(second), replica(from), frame) {
            self.state.merge(news.group.delta.clone());
            self.journal.push(news.group);
        }
    }

    /// One for each delta message, acknowledgement, entry of a digest, prune and graft, as the
    /// authors count; a frame that carries several of them pays for each.
    fn cost(frame: &Frame<S>) -> Cost {
        let entries: usize = frame.groups.iter().map(|group| group.delta.entries()).sum();
        let hello = frame.hello.as_ref().map_or(0, |have| 1 + have.run_count());
        let digest = frame.digest.as_ref().map_or(0, |digest| 1 + digest.dots.run_count());
        let cost = |subscription: &Subscription| match subscription {
            Subscription::Graft { have, .. } => 1 + have.len(),
            Subscription::Prune { .. } => 1,
        };
        let wishes: usize = frame.subscriptions.iter().map(cost).sum();
        Cost {
            messages: 1,
            entries: entries as u64,
            deltas: u64::from(!frame.groups.is_empty()),
            acks: u64::from(frame.acks.is_some()) + u64::from(frame.digest_ack.is_some()),
            digests: (hello + digest) as u64,
            wishes: wishes as u64,
            labels: frame.groups.iter().map(|group| group.seqs.len() as u64).sum(),
        }
    }

    fn buffered(&self) -> usize {
        let kept: usize = self.gossip.kept().map(|delta| delta.entries() + 1).sum();
        kept + self.neighbours.len()
    }
}
