//! All of a replica but the type of its value.

use std::collections::BTreeMap;

use rejoin_content::Content;
use rejoin_core::{CausalContext, ReplicaId, WallTime};
use rejoin_fragments::{Assembler, Transfers};
use rejoin_gossip::{CausalDelivery, Deltas, Gossip, Time};

use super::peer::Peer;
use crate::config::Config;
use crate::delta::Delta;
use crate::event::Events;
use crate::notes::Notes;
use crate::record::Record;
use crate::stats::Stats;

/// A replica of some [`Content`]. What takes more than a line is compiled for all types at once,
/// for [`Erased`] content.
pub(super) struct Inner<C: ?Sized> {
    pub(super) id: ReplicaId,
    pub(super) config: Config,
    pub(super) rng: fastrand::Rng,
    /// How often the value has been rewritten.
    pub(super) epoch: u64,
    pub(super) gossip: Gossip<Delta>,
    /// Which deltas wait for others, if any do.
    pub(super) delivery: Option<CausalDelivery<Delta>>,
    /// What has come, or was edited, since the last group was taken.
    pub(super) received: Record,
    /// Whether there may be edits that are in no delta.
    pub(super) touched: bool,
    /// When that began.
    pub(super) touched_at: Time,
    /// The number of the last group taken, and of the last one known to be durable.
    pub(super) taken: u64,
    pub(super) durable: u64,
    pub(super) peers: BTreeMap<ReplicaId, Peer>,
    pub(super) arrivals: Assembler,
    pub(super) transfers: Transfers<ReplicaId>,
    /// How many differences have been sent in answer to a question.
    pub(super) answers: u64,
    pub(super) stats: Stats,
    /// What layers above want to be remembered.
    pub(super) notes: Notes,
    pub(super) events: Events,
    /// The latest `now` passed to any method.
    pub(super) now: Time,
    /// What the wall clock showed, and when, if there is a clock.
    pub(super) clock: Option<(Time, WallTime)>,
    pub(super) content: C,
}

/// A replica of which only the content knows the type.
pub(super) type Erased<'a> = Inner<dyn Content + 'a>;

impl<C: Content> Inner<C> {
    pub(super) fn new(id: ReplicaId, content: C, deltas: Deltas<Delta>, config: Config) -> Self {
        let mixed = config.seed ^ u64::from(crc32fast::hash(id.as_bytes()));
        Self {
            id,
            epoch: 0,
            gossip: Gossip::new(id, 0, config.gossip(content.hides_parts()), deltas),
            delivery: config.causal.then(|| CausalDelivery::new(|delta: &Delta| &delta.after)),
            config,
            rng: fastrand::Rng::with_seed(mixed),
            received: Record::default(),
            touched: false,
            touched_at: Time::ZERO,
            taken: 0,
            durable: 0,
            peers: BTreeMap::new(),
            arrivals: Assembler::default(),
            transfers: Transfers::default(),
            answers: 0,
            stats: Stats::default(),
            notes: Notes::default(),
            events: Events::default(),
            now: Time::ZERO,
            clock: None,
            content,
        }
    }
}

impl<C: ?Sized> Inner<C> {
    /// The deltas in the value here.
    pub(super) fn seen_dots(&self) -> &CausalContext {
        self.delivery.as_ref().map_or(self.gossip.have(), CausalDelivery::seen)
    }

    /// Notes that there is an edit, and when that was first so.
    pub(super) fn note_edit(&mut self) {
        if !self.touched {
            self.touched_at = self.now;
        }
        self.touched = true;
        self.stats.edits += 1;
    }

    /// Counts something that has been merged, and returns whether it changed the value.
    pub(super) fn count_merge(&mut self, changed: bool) -> bool {
        let count = if changed { &mut self.stats.merged } else { &mut self.stats.redundant };
        *count += 1;
        changed
    }
}
