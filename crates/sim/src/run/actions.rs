//! What happens in a run.

use core::time::Duration;

use rejoin_durable::Storage;

use super::{Edited, Run, Workload};

impl<T: Workload, D: Storage> Run<T, D> {
    /// Does something at random, this many times.
    pub fn step_random(&mut self, actions: usize) {
        for _ in 0..actions {
            let index = self.dice.roll(self.network.len());
            match self.dice.roll(100) {
                0..46 => self.stage(index),
                46..70 => {
                    let wait = self.some_time(400);
                    self.network.run_for(wait);
                }
                70..76 => {
                    self.network.commit(index);
                }
                76..81 => self.crash(index),
                81..83 => self.vanish(index),
                83..89 => self.restart(index),
                89..91 => self.partition(),
                91..93 => self.cut(index),
                93..95 => self.network.heal(),
                95 => self.spoil_link(index),
                96..98 => self.spoil_clock(index),
                98 => self.join(),
                _ => self.leave(index),
            }
        }
    }

    /// Edits at random at replica `index`, if it runs.
    pub fn stage(&mut self, index: usize) {
        if !self.network.is_up(index) {
            return;
        }
        let before = self.network.state(index).clone();
        self.unique += 1;
        let (unique, dice) = (self.unique, &mut self.dice);
        self.network.stage(index, |cursor| T::random_edit(cursor, dice, unique));
        let after = self.network.state(index).clone();
        self.edits.push(Edited { by: index, before, after, is_certain: true });
        self.counts.edits += 1;
    }

    /// Crashes replica `index`, if it runs; its peers are told.
    pub fn crash(&mut self, index: usize) {
        if self.network.is_up(index) {
            self.counts.crashes += 1;
            self.forget_unsaved(index);
            self.network.crash(index);
        }
    }

    /// Crashes replica `index`, if it runs, and tells nobody.
    pub fn vanish(&mut self, index: usize) {
        if self.network.is_up(index) {
            self.counts.vanished += 1;
            self.forget_unsaved(index);
            self.network.vanish(index);
        }
    }

    /// Starts replica `index` if it is down and has not left.
    ///
    /// # Panics
    ///
    /// When its storage cannot be read.
    pub fn restart(&mut self, index: usize) {
        if !self.lost.contains(&index) {
            let restarted = self.network.restart(index);
            restarted.unwrap_or_else(|error| panic!("replica {index} does not start: {error}"));
        }
    }

    /// Takes replica `index` out for good. Every other time nobody is told.
    pub fn leave(&mut self, index: usize) {
        let remaining = (0..self.network.len()).filter(|other| self.remains(*other)).count();
        if remaining <= 2 || !self.remains(index) {
            return;
        }
        self.counts.left += 1;
        self.forget_unsaved(index);
        let edits = self.edits.iter_mut().filter(|edited| edited.by == index);
        edits.for_each(|edited| edited.is_certain = false);
        if self.dice.roll(2) == 0 {
            self.network.leave(index);
        } else {
            self.network.vanish(index);
            self.lost.insert(index);
        }
    }

    /// Adds a replica, if there are not too many, with a link to one of the others.
    pub(super) fn join(&mut self) {
        let peers = (0..self.network.len()).filter(|other| self.remains(*other));
        let peer = self.dice.pick(peers.collect::<Vec<_>>());
        let Some(storage) = self.storages.pop() else { return };
        let index = self.network.join(storage);
        let index = index.unwrap_or_else(|error| panic!("a newcomer does not start: {error}"));
        if let Some(peer) = peer {
            self.network.link(peer, index);
        }
        self.counts.joined += 1;
    }

    /// Whether replica `index` is there in the end.
    pub(super) fn remains(&self, index: usize) -> bool {
        !self.network.has_left(index) && !self.lost.contains(&index)
    }

    /// The last edits of a replica that ends now are lost with it.
    fn forget_unsaved(&mut self, index: usize) {
        for _ in 0..self.network.unsaved(index) {
            if let Some(last) = self.edits.iter().rposition(|edited| edited.by == index) {
                self.edits.remove(last);
                self.counts.lost_edits += 1;
            }
        }
    }

    fn partition(&mut self) {
        let cut = self.dice.roll(self.network.len());
        let part: Vec<usize> = (0..cut).collect();
        self.network.partition(&[&part]);
        self.counts.partitions += 1;
    }

    fn cut(&mut self, index: usize) {
        let all = 0..self.network.len();
        let others: Vec<usize> = all.filter(|_| self.dice.roll(2) == 0).collect();
        if self.dice.roll(2) == 0 {
            self.network.cut(&[index], &others);
        } else {
            self.network.cut(&others, &[index]);
        }
        self.counts.cuts += 1;
    }

    /// Takes a link away, or makes it lose most of what goes one way.
    fn spoil_link(&mut self, index: usize) {
        let other = self.dice.roll(self.network.len());
        if self.dice.roll(2) == 0 {
            self.network.unlink(index, other);
        } else {
            let faults = self.network.faults().with_loss(0.8);
            self.network.set_link_faults(index, other, Some(faults));
        }
        self.counts.bad_links += 1;
    }

    fn spoil_clock(&mut self, index: usize) {
        match self.dice.roll(3) {
            0 => {
                let by = self.some_time(60_000);
                self.network.jump_clock(index, by);
            }
            1 => self.network.set_clock_rate(index, 0.0),
            _ => self.network.set_clock_rate(index, 1.0),
        }
        self.counts.clocks += 1;
    }

    fn some_time(&mut self, most_millis: usize) -> Duration {
        Duration::from_millis(self.dice.roll(most_millis) as u64)
    }
}
