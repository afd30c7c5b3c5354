//! What happens to messages.

use core::hash::Hasher;

use rejoin_core::ReplicaId;
use rejoin_durable::Storage;
use rejoin_store::{Replicated, Stats, Transmit};

use super::{Event, HEARTBEATS, Network};
use crate::dice::between;
use crate::faults::Faults;

impl<S: Replicated, D: Storage> Network<S, D> {
    /// The next message of a replica, and whether it is a heartbeat.
    pub(super) fn poll_transmit(&mut self, index: usize) -> Option<(Transmit, bool)> {
        let now = self.time_at(index);
        let replica = self.nodes[index].process.as_mut()?.replica_mut();
        let before = heartbeats(replica.stats());
        let transmit = replica.poll_transmit(now)?;
        // Bytes do not tell, and the replica counts by kind what it sends.
        Some((transmit, heartbeats(replica.stats()) > before))
    }

    /// Puts a message on its way, as the faults will have it.
    pub(super) fn send(&mut self, from: ReplicaId, transmit: Transmit, is_heartbeat: bool) {
        let Transmit { to, mut payload } = transmit;
        self.tally.sent += 1;
        self.tally.bytes += payload.len() as u64;
        let ends = (self.index(from), self.index(to));
        let mut faults = self.faults;
        if let (Some(sender), Some(receiver)) = ends {
            faults = *self.links.faults(sender, receiver).unwrap_or(&faults);
            self.inject_into_sent(sender, to, &mut payload);
        }
        if self.rng.f64() < faults.loss {
            self.tally.lost += 1;
            return;
        }
        let twice = self.rng.f64() < faults.duplicate;
        self.tally.duplicated += u64::from(twice);
        for _ in 0..=usize::from(twice) {
            let mut payload = payload.clone();
            if !payload.is_empty() && self.rng.f64() < faults.corrupt {
                let bit = self.rng.usize(0..payload.len() * 8);
                payload[bit / 8] ^= 1 << (bit % 8);
                self.tally.corrupted += 1;
            }
            let Faults { min_delay, max_delay, .. } = faults;
            let delay = between(&mut self.rng, min_delay, max_delay);
            self.schedule(delay, Event::Deliver { from, to, payload, is_heartbeat });
            self.in_flight += usize::from(!is_heartbeat);
        }
    }

    pub(super) fn deliver(&mut self, from: ReplicaId, to: ReplicaId, payload: &[u8]) {
        let ends = (self.index(from), self.index(to));
        let (Some(sender), Some(receiver)) = ends else {
            self.tally.lost += 1; // to or from an earlier run
            return;
        };
        if !self.is_up(receiver) || !self.links.lets_through(sender, receiver) {
            self.tally.lost += 1;
            return;
        }
        self.trace.write_u128(self.now.since_start().as_nanos());
        self.trace.write_usize(sender);
        self.trace.write_usize(receiver);
        self.trace.write(payload);
        let payload = self.inject_into_received(receiver, from, payload);
        self.nodes[receiver].tell_time(self.now);
        let now = self.time_at(receiver);
        let Some(process) = &mut self.nodes[receiver].process else { return };
        let before = self.may_follow.map(|_| process.state().clone());
        match process.replica_mut().handle(now, from, &payload) {
            Ok(_) => self.tally.delivered += 1,
            Err(_) => self.tally.refused += 1,
        }
        if let Some(before) = before {
            self.check_read(receiver, &before);
        }
        self.settle(receiver);
    }

    /// Takes note if a reader who has read `before` must not read what is there now.
    pub(super) fn check_read(&mut self, index: usize, before: &S) {
        let torn = |may_follow: fn(&S, &S) -> bool| {
            self.durable(index).is_some_and(|process| !may_follow(before, process.state()))
        };
        if self.may_follow.is_some_and(torn) {
            self.torn.get_or_insert((index, self.now));
        }
    }
}

fn heartbeats(stats: &Stats) -> u64 {
    HEARTBEATS.into_iter().map(|kind| stats.sent.of(kind).messages).sum()
}
