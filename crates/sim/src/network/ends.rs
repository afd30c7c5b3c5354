//! What has to hold when a run has ended.

use core::fmt;
use core::time::Duration;

use rejoin_durable::Storage;
use rejoin_store::{Buffered, Kind, Replicated, Stats, Time};

use super::{Event, HEARTBEATS, Network};
use crate::not_converged::NotConverged;

/// How many intervals nothing but heartbeats may be heard.
const INTERVALS: u32 = 5;

/// Something that has to hold at the end of a run does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// The replicas still differ.
    NotConverged(NotConverged),
    /// A replica still keeps this many bytes for its peers, or waits for something.
    NotSettled {
        /// Which one.
        replica: usize,
        /// What it keeps, in bytes.
        buffered: usize,
    },
    /// Equal and settled replicas still send other messages than heartbeats.
    NotQuiet {
        /// Of which kind.
        kind: Kind,
        /// How many.
        messages: u64,
    },
    /// A reader could read what must not follow what it had read, by
    /// [`check_reads`](Network::check_reads).
    TornRead {
        /// Where.
        replica: usize,
        /// When it was first so.
        at: Time,
    },
    /// A replica has kept more than its configuration allows.
    Unbounded {
        /// Which one.
        replica: usize,
        /// How many bytes it has kept.
        kept: usize,
        /// How many it may keep.
        limit: usize,
    },
}

impl<S: Replicated + PartialEq, D: Storage> Network<S, D> {
    /// Runs to the end, and checks what has to hold of any value:
    ///
    /// 1. the running replicas become equal;
    /// 2. then their buffers drain: each knows that its neighbours have everything;
    /// 3. then it is quiet: for some intervals they only ask each other whether they are equal;
    /// 4. no buffer has ever been larger than the [`Config`](rejoin_store::Config) allows;
    /// 5. no message has led to a read that it must not lead to, if [reads are
    ///    checked](Self::check_reads).
    ///
    /// Faults go on meanwhile. Before it, the network has to be whole: [healed](Self::heal), with
    /// everybody who is down [restarted](Self::restart) or [gone](Self::leave), and with clocks
    /// that run.
    ///
    /// # Errors
    ///
    /// When one of these does not hold within `limit`.
    pub fn conclude(&mut self, limit: Duration) -> Result<(), Violation> {
        let until = self.now + limit;
        self.run_until_quiet(limit).map_err(Violation::NotConverged)?;
        self.drain(until)?;
        self.listen()?;
        self.check_peaks()?;
        match self.torn {
            Some((replica, at)) => Err(Violation::TornRead { replica, at }),
            None => Ok(()),
        }
    }

    /// Runs until everybody is settled, and what was on its way then has changed nothing.
    fn drain(&mut self, until: Time) -> Result<(), Violation> {
        loop {
            if !self.run_until(until, Self::is_settled) {
                let replica = (0..self.len()).find(|index| !self.is_settled_at(*index));
                let replica = replica.unwrap_or_default();
                let buffered = self.durable(replica).map(|durable| durable.replica().buffered());
                let buffered = buffered.map_or(0, Buffered::total);
                return Err(Violation::NotSettled { replica, buffered });
            }
            let (mark, before) = (self.scheduled, self.stats());
            let is_late = |(key, event): (&(Time, u64), &Event)| {
                key.1 < mark && matches!(event, Event::Deliver { .. })
            };
            self.run_until(until, |network| !network.events.iter().any(is_late));
            if self.is_settled() && other_than_heartbeats(&before, &self.stats()).is_none() {
                return Ok(());
            }
        }
    }

    fn is_settled(&self) -> bool {
        self.processes().all(|process| process.replica().is_settled())
    }

    fn is_settled_at(&self, index: usize) -> bool {
        self.durable(index).is_none_or(|process| process.replica().is_settled())
    }

    fn listen(&mut self) -> Result<(), Violation> {
        let before = self.stats();
        let interval = self.config.sync_interval.min(Duration::from_secs(10));
        self.run_for(interval * INTERVALS);
        match other_than_heartbeats(&before, &self.stats()) {
            Some((kind, messages)) => Err(Violation::NotQuiet { kind, messages }),
            None => Ok(()),
        }
    }

    fn check_peaks(&self) -> Result<(), Violation> {
        for (replica, node) in self.nodes.iter().enumerate() {
            let limits = [
                (node.peak.deltas, self.config.max_log),
                (
                    node.peak.incoming,
                    self.config.max_value.saturating_add(self.config.max_incoming),
                ),
            ];
            if let Some((kept, limit)) = limits.into_iter().find(|(kept, limit)| kept > limit) {
                return Err(Violation::Unbounded { replica, kept, limit });
            }
        }
        Ok(())
    }
}

fn other_than_heartbeats(before: &Stats, after: &Stats) -> Option<(Kind, u64)> {
    let sent = |kind: Kind| after.sent.of(kind).messages - before.sent.of(kind).messages;
    let mut others = Kind::ALL.into_iter().filter(|kind| !HEARTBEATS.contains(kind));
    others.find(|kind| sent(*kind) > 0).map(|kind| (kind, sent(kind)))
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConverged(error) => error.fmt(f),
            Self::NotSettled { replica, buffered } => {
                write!(f, "replica {replica} is not settled: {buffered} bytes wait for its peers")
            }
            Self::NotQuiet { kind, messages } => {
                write!(f, "equal replicas sent {messages} messages of kind {kind:?}")
            }
            Self::TornRead { replica, at } => {
                write!(f, "a reader of replica {replica} sees a part of an edit at {at:?}")
            }
            Self::Unbounded { replica, kept, limit } => {
                write!(f, "replica {replica} kept {kept} bytes where {limit} are allowed")
            }
        }
    }
}

impl core::error::Error for Violation {}
