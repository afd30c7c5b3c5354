//! Clocks that go wrong.

use core::time::Duration;

use super::Network;
use crate::Storage;

impl<S, D: Storage> Network<S, D> {
    /// Lets the clock of replica `index` run at this rate until it restarts: 2.0 is twice as fast
    /// as the network's, and at 0.0 it stands still.
    ///
    /// A clock never goes back: the [`Time`](crate::Time) that a replica is told is monotonic by
    /// contract, as `Instant` is. What a suspended machine or a paused process makes of it is to
    /// stand still and to jump ahead. (A wall clock that is set back has no part in replication.)
    ///
    /// # Panics
    ///
    /// When there is no such replica, or the rate is negative.
    pub fn set_clock_rate(&mut self, index: usize, rate: f64) {
        assert!(rate >= 0.0, "time does not go back");
        let now = self.now;
        self.nodes[index].clock.set_rate(now, rate);
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
