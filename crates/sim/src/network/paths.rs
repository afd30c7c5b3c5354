//! Who is linked with whom, and which messages come through.

use rejoin_durable::Storage;
use rejoin_store::Replicated;

use super::Network;
use crate::faults::Faults;
use crate::shape::Shape;

impl<S: Replicated, D: Storage> Network<S, D> {
    /// Links the replicas in this shape, and no others. From now on newcomers are linked with
    /// nobody until [`link`](Self::link) is called, unless it is [`Shape::Mesh`].
    pub fn arrange(&mut self, shape: Shape) {
        self.links.set_open(shape == Shape::Mesh);
        let wanted: Vec<_> = shape.links(self.len()).collect();
        let superfluous: Vec<_> = self.links.all().filter(|link| !wanted.contains(link)).collect();
        superfluous.into_iter().for_each(|(a, b)| self.unlink(a, b));
        wanted.into_iter().for_each(|(a, b)| self.link(a, b));
    }

    /// Links two replicas with each other, if they are not linked yet. Both are told, when they
    /// run.
    ///
    /// # Panics
    ///
    /// When there are no such replicas.
    pub fn link(&mut self, a: usize, b: usize) {
        assert!(a.max(b) < self.len(), "there is no such replica");
        if self.links.link(a, b) && self.is_up(a) && self.is_up(b) {
            self.connect(a, b);
            self.connect(b, a);
            self.settle(a);
            self.settle(b);
        }
    }

    /// Makes two replicas neighbours no more. Both are told; messages between them that are on
    /// their way are lost.
    pub fn unlink(&mut self, a: usize, b: usize) {
        if self.links.unlink(a, b) {
            self.disconnect(a, b);
            self.disconnect(b, a);
        }
    }

    /// The pairs that are linked, running or not, the smaller index first.
    pub fn links(&self) -> impl Iterator<Item = (usize, usize)> {
        self.links.all()
    }

    /// Cuts the network into these parts, and one of all replicas not named, after
    /// [healing](Self::heal) it. Nobody is told: messages between the parts just get lost, those on
    /// their way included.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn partition(&mut self, parts: &[&[usize]]) {
        let named = parts.iter().flat_map(|part| part.iter());
        assert!(named.max().is_none_or(|last| *last < self.len()), "there is no such replica");
        self.links.heal();
        self.links.partition(parts);
    }

    /// Loses all messages from any of `from` to any of `to`, also those on their way, until the
    /// network is [healed](Self::heal). What goes the other way arrives. Nobody is told.
    pub fn cut(&mut self, from: &[usize], to: &[usize]) {
        self.links.cut(from, to);
    }

    /// Ends all partitions and cuts.
    pub fn heal(&mut self) {
        self.links.heal();
    }

    /// Lets messages from `from` to `to` have faults of their own from now on, or the same as all
    /// again. Only what is said there of messages counts.
    pub fn set_link_faults(&mut self, from: usize, to: usize, faults: Option<Faults>) {
        self.links.set_faults(from, to, faults);
    }

    pub(super) fn connect(&mut self, index: usize, to: usize) {
        let (peer, now) = (self.id(to), self.time_at(index));
        if let Some(process) = &mut self.nodes[index].process {
            process.replica_mut().connected(now, peer);
        }
    }

    fn disconnect(&mut self, index: usize, from: usize) {
        let peer = self.id(from);
        if let Some(process) = &mut self.nodes[index].process {
            process.replica_mut().disconnected(peer);
        }
        self.settle(index);
    }
}
