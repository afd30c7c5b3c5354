//! Replicas come, crash, come back, and leave.

use rejoin_durable::{LoadError, Storage};
use rejoin_store::Replicated;

use super::Network;
use crate::mistake::Mistake;
use crate::node::Node;

impl<S: Replicated, D: Storage> Network<S, D> {
    /// Adds a replica, which may have history already, and returns its index.
    ///
    /// It is linked with everybody, or with nobody yet if the replicas have been
    /// [arranged](Self::arrange).
    ///
    /// # Errors
    ///
    /// When the storage cannot be read.
    pub fn join(&mut self, storage: D) -> Result<usize, LoadError<D::Error>> {
        let index = self.nodes.len();
        let node = storage.node();
        let namesakes = self.nodes.iter().filter(|other| other.id.node() == node);
        let starts = namesakes.map(|other| other.starts).sum();
        self.nodes.push(Node::down(storage, starts));
        self.links.add(index);
        self.restart(index)?;
        Ok(index)
    }

    /// Ends the process of replica `index`, and tells its peers: what it has not committed is lost.
    /// A commit in progress is stored if it has reached the disk.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn crash(&mut self, index: usize) {
        self.nodes[index].crash();
        self.tell_of_its_end(index);
    }

    /// Ends the process of replica `index` and tells nobody, as when a machine loses its power. Its
    /// peers keep what it may lack, and ask for it now and then, until it comes back or
    /// [leaves](Self::leave).
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn vanish(&mut self, index: usize) {
        self.nodes[index].crash();
    }

    /// Takes replica `index` out for good, running or not, tells its peers, and gives its storage
    /// back. What it has not committed is lost, and what it has committed and not sent is only in
    /// the storage.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn leave(&mut self, index: usize) -> Option<D> {
        self.crash(index);
        self.nodes[index].has_left = true;
        self.nodes[index].disk.take()
    }

    /// Starts replica `index` again, from what it has committed, if it is down and has not left.
    ///
    /// # Errors
    ///
    /// When its storage cannot be read; it stays down then.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn restart(&mut self, index: usize) -> Result<(), LoadError<D::Error>> {
        if self.is_up(index) || self.nodes[index].has_left {
            return Ok(());
        }
        self.tell_of_its_end(index); // they may not know yet, and it comes back under another id
        let config = self.config.clone();
        let Self { now, ref faults, ref observe, ref mut rng, .. } = *self;
        self.nodes[index].restart(now, config, observe, faults, rng)?;
        if self.may_follow.is_some() {
            let restored =
                self.nodes[index].process.as_ref().map(|process| process.state().clone());
            restored.iter().for_each(|state| self.check_read(index, state));
        }
        for other in 0..self.nodes.len() {
            if self.links.are_linked(index, other) && self.is_up(other) {
                self.connect(index, other);
                self.connect(other, index);
            }
        }
        self.settle_all();
        Ok(())
    }

    /// Puts another disk into replica `index`, which has to be down, and takes the old one out: a
    /// restored backup, say.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn replace_disk(&mut self, index: usize, storage: D) -> Option<D> {
        let node = &mut self.nodes[index];
        if node.process.is_some() || node.has_left {
            return Some(storage);
        }
        node.disk.replace(storage)
    }

    /// Plants a mistake in replica `index`, to see whether a test notices it.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn plant(&mut self, index: usize, mistake: Mistake) {
        self.nodes[index].mistakes.insert(mistake);
    }

    fn tell_of_its_end(&mut self, index: usize) {
        let id = self.id(index);
        for node in &mut self.nodes {
            if let Some(process) = &mut node.process {
                process.replica_mut().disconnected(id);
            }
        }
        self.settle_all();
    }
}
