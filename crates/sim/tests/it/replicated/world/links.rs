//! Who reaches whom, and what nodes say first when they do.

use rejoin_store::ReplicaId;

use super::{Node, World};

impl World {
    /// Connects all that can be, and greet each other well.
    pub(super) fn dial(&mut self) {
        let up = self.up();
        let pairs = up.iter().flat_map(|a| up.iter().map(move |b| (*a, *b)));
        for (a, b) in pairs.filter(|(a, b)| a < b) {
            if !self.links.contains(&(a, b)) && !self.is_cut(a, b) && self.greet(a, b) {
                self.links.insert((a, b));
                for [at, peer] in [[a, b], [b, a]] {
                    let (peer, now) = (self.node(peer).durable.id(), self.now);
                    self.node(at).durable.replica_mut().connected(now, peer);
                    self.drive(at);
                }
            }
        }
    }

    /// Both tell each other what greetings tell, and each may refuse the other.
    fn greet(&mut self, a: u128, b: u128) -> bool {
        if !self.guard {
            return true;
        }
        let now = self.now;
        let told = [b, a].map(|peer| {
            let peer = self.node(peer);
            (peer.durable.id(), peer.quorums.standing())
        });
        let mut is_welcome = true;
        for (at, (peer, standing)) in [a, b].into_iter().zip(told) {
            let Node { durable, quorums, .. } = self.node(at);
            let is_connected = |run| durable.replica().peers().any(|peer| peer == run);
            let greeted = quorums.greeted(now, peer, &standing, is_connected);
            let reason = quorums.not_voting();
            self.refused += usize::from(greeted.is_err());
            self.not_voting.extend(reason);
            is_welcome &= greeted.is_ok();
            self.drive(at);
        }
        is_welcome
    }

    /// Ends the connections to these runs.
    pub(super) fn refuse(&mut self, at: u128, runs: Vec<ReplicaId>) {
        for run in runs {
            if let Some(other) = self.number(run) {
                self.hang_up(at, other);
            }
        }
    }

    fn hang_up(&mut self, a: u128, b: u128) {
        self.links.remove(&(a.min(b), a.max(b)));
        for [at, peer] in [[a, b], [b, a]] {
            let peer = self.node(peer).durable.id();
            self.node(at).durable.replica_mut().disconnected(peer);
        }
    }

    pub(super) fn is_cut(&self, a: u128, b: u128) -> bool {
        let is_together = |group: &Vec<u128>| group.contains(&a) && group.contains(&b);
        (!self.groups.is_empty() && !self.groups.iter().any(is_together))
            || [a, b].iter().filter(|end| self.cut_off.contains(end)).count() == 1
    }

    /// The number of the node that this is a run of, if it is up.
    pub(super) fn number(&self, run: ReplicaId) -> Option<u128> {
        let mut up = self.nodes.iter().filter_map(|(number, node)| Some((number, node.as_ref()?)));
        up.find(|(_, node)| node.durable.id() == run).map(|(number, _)| *number)
    }
}
