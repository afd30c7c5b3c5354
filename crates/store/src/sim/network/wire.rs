//! What happens to messages.

use core::hash::Hasher;
use core::time::Duration;

use rejoin_core::ReplicaId;

use super::{Event, Network};
use crate::sim::Faults;
use crate::{Replicated, Storage, Transmit};

impl<S: Replicated, D: Storage> Network<S, D> {
    pub(super) fn poll_transmit(&mut self, index: usize) -> Option<Transmit> {
        self.nodes[index].process.as_mut()?.replica_mut().poll_transmit(self.now)
    }

    /// Puts a message on its way, as the faults will have it.
    pub(super) fn send(&mut self, from: ReplicaId, Transmit { to, payload }: Transmit) {
        self.tally.sent += 1;
        if self.rng.f64() < self.faults.loss {
            self.tally.lost += 1;
            return;
        }
        let twice = self.rng.f64() < self.faults.duplicate;
        self.tally.duplicated += u64::from(twice);
        for _ in 0..=usize::from(twice) {
            let mut payload = payload.clone();
            if !payload.is_empty() && self.rng.f64() < self.faults.corrupt {
                let bit = self.rng.usize(0..payload.len() * 8);
                payload[bit / 8] ^= 1 << (bit % 8);
                self.tally.corrupted += 1;
            }
            let Faults { min_delay, max_delay, .. } = self.faults;
            let at = self.now + between(&mut self.rng, min_delay, max_delay);
            self.events.insert((at, self.scheduled), Event::Deliver { from, to, payload });
            self.scheduled += 1;
            self.in_flight += 1;
        }
    }

    pub(super) fn connect(&mut self, index: usize, to: usize) {
        let peer = self.id(to);
        if let Some(process) = &mut self.nodes[index].process {
            process.replica_mut().connected(self.now, peer);
        }
    }

    pub(super) fn deliver(&mut self, from: ReplicaId, to: ReplicaId, payload: &[u8]) {
        let [Some(sender), Some(receiver)] = [from, to].map(|id| self.index(id)) else { return };
        let connected = self.nodes[sender].part == self.nodes[receiver].part;
        let Some(process) = self.nodes[receiver].process.as_mut().filter(|_| connected) else {
            self.tally.lost += 1;
            return;
        };
        self.trace.write_u128(self.now.since_start().as_nanos());
        self.trace.write_usize(sender);
        self.trace.write_usize(receiver);
        self.trace.write(payload);
        match process.replica_mut().handle(self.now, from, payload) {
            Ok(_) => self.tally.delivered += 1,
            Err(_) => self.tally.refused += 1,
        }
        self.settle(receiver);
    }
}

/// A random duration between two, the later one included.
pub(super) fn between(rng: &mut fastrand::Rng, least: Duration, most: Duration) -> Duration {
    least + most.saturating_sub(least).mul_f64(rng.f64())
}
