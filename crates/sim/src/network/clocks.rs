//! Clocks that go wrong.

use core::time::Duration;

use rejoin_durable::Storage;
use rejoin_store::{Replicated, WallTime};

use super::Network;

impl<S: Replicated, D: Storage> Network<S, D> {
    /// Lets the clock of replica `index` run at this rate until it restarts: 2.0 is twice as fast
    /// as the network's, and at 0.0 it stands still.
    ///
    /// A clock never goes back: the [`Time`](rejoin_store::Time) that a replica is told is
    /// monotonic by contract, as `Instant` is. What a suspended machine or a paused process makes
    /// of it is to stand still and to jump ahead. (A wall clock that is set back has no part in
    /// replication.)
    ///
    /// # Panics
    ///
    /// When there is no such replica, or the rate is negative.
    pub fn set_clock_rate(&mut self, index: usize, rate: f64) {
        assert!(rate >= 0.0, "time does not go back");
        let now = self.now;
        self.nodes[index].clock.set_rate(now, rate);
    }

    /// Gives replica `index` a wall clock, with which it stamps edits and tells how old those of
    /// others are: it shows this time now, and goes on as fast as the network's, also
    /// while the replica is down. None has one unless it is given one.
    ///
    /// The difference between two of them is their skew.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn set_wall_clock(&mut self, index: usize, wall: WallTime) {
        let now = self.now;
        self.nodes[index].wall_clock = Some((now, wall));
        self.nodes[index].tell_time(now);
    }

    /// Counts a read of a client at replica `index` now, for its
    /// [report](Self::report). [`state`](Self::state) does not, which tests look at.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn count_read(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        node.tell_time(self.now);
        let now = node.clock.show(self.now);
        if let Some(process) = &node.process {
            node.observer.count_read(process.replica(), now);
        }
    }

    /// Lets the clock of replica `index` jump ahead.
    ///
    /// # Panics
    ///
    /// When there is no such replica.
    pub fn jump_clock(&mut self, index: usize, by: Duration) {
        self.nodes[index].clock.jump(by);
    }
}
