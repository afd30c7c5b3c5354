use std::collections::VecDeque;

use rejoin_core::{ReplicaId, WallTime};
use rejoin_gossip::Time;

/// Something that a [`Replica`](crate::Replica) has noticed: see
/// [`poll_event`](crate::Replica::poll_event).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A delta of another replica has come into the value.
    Applied {
        /// The replica's time then.
        now: Time,
        /// What the wall clock showed then, if the replica has [one](crate::Replica::set_clock).
        wall: Option<WallTime>,
        /// The writer.
        origin: ReplicaId,
        /// When the first of them was written, by the writer's clock; `None` if that is not known.
        made: Option<WallTime>,
        /// How many groups of edits in it were news.
        writes: u64,
    },
    /// A difference of values has come, in which so many groups of edits were news.
    Joined {
        /// The replica's time then.
        now: Time,
        /// How many.
        writes: u64,
    },
    /// A connected peer lacks deltas that are not kept any more, and gets a difference of values.
    Behind {
        /// Which one.
        peer: ReplicaId,
    },
    /// A peer has seen the same writes and has another value: see
    /// [`Replica::diverged`](crate::Replica::diverged).
    Diverged {
        /// Which one.
        peer: ReplicaId,
    },
    /// Events were dropped here, because there was no room for them.
    Missed {
        /// The replica's time when the last of them happened.
        now: Time,
        /// How many groups of edits came with them.
        writes: u64,
    },
}

/// The events that wait to be taken.
#[derive(Debug, Default)]
pub(crate) struct Events {
    waiting: VecDeque<Event>,
    /// How many may wait: 0 unless asked for.
    capacity: usize,
}

impl Events {
    pub(crate) fn set_capacity(&mut self, capacity: usize) {
        self.capacity = capacity;
        self.waiting.truncate(capacity);
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(crate) fn push(&mut self, event: Event, at: Time) {
        if self.waiting.len() < self.capacity {
            self.waiting.push_back(event);
        } else if let Some(last) = self.waiting.back_mut() {
            let writes = last.writes() + event.writes();
            *last = Event::Missed { now: at, writes };
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Event> {
        self.waiting.pop_front()
    }
}

impl Event {
    fn writes(&self) -> u64 {
        match *self {
            Self::Applied { writes, .. }
            | Self::Joined { writes, .. }
            | Self::Missed { writes, .. } => writes,
            Self::Behind { .. } | Self::Diverged { .. } => 0,
        }
    }
}
