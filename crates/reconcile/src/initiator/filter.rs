//! Filtering first, where much differs.

use super::{Initiator, Stage};
use crate::Ids;
use crate::bloom::Bloom;
use crate::message::Body;
use crate::plan;

/// The ids that the first, small filter is about.
const PROBE: usize = 1_024;
/// Its hashes: few others get through, so that it tells well how much is shared.
const PROBE_HASHES: u32 = 8;

/// How far the filters have come.
#[derive(Clone, Debug)]
pub(super) struct Filtering {
    from: u64,
    to: u64,
    hashes: u32,
    /// The ids only here, only there and in both: estimated, then counted.
    here: f64,
    there: f64,
    shared: f64,
    probing: bool,
    /// Whether the rest is sent without a filter.
    all: bool,
}

impl Filtering {
    pub(super) fn new(differences: f64, here: u64, there: u64) -> Self {
        let (here, there) = (here as f64, there as f64);
        let shared = ((here + there - differences) / 2.0).max(0.0);
        Self {
            from: 0,
            to: 0,
            hashes: PROBE_HASHES,
            here: (here - shared).max(0.0),
            there: (there - shared).max(0.0),
            shared,
            probing: true,
            all: false,
        }
    }

    /// Whether an answer that goes up to `to` is one to the filter that was sent.
    pub(super) fn covers(&self, to: u64) -> bool {
        (self.from..=self.to).contains(&to)
    }

    /// Learns from an answer how much is shared, and whether filters pay.
    fn learn(&mut self, sent: usize, kept: u64, dropped: u64, item_bytes: usize) {
        let through = 0.5_f64.powi(self.hashes as i32);
        let there = dropped as f64 / (1.0 - through);
        let shared = (kept as f64 - (there - dropped as f64)).max(0.0);
        (self.here, self.there, self.shared) = ((sent as f64 - shared).max(0.0), there, shared);
        let (mine, theirs) = self.hashes();
        let bits = (self.here + shared) * f64::from(mine) + shared * f64::from(theirs);
        let through = self.here * 0.5_f64.powi(theirs as i32) + there * 0.5_f64.powi(mine as i32);
        self.all = 2.0 * shared * item_bytes as f64 <= 0.18 * bits + 6.5 * through;
    }

    /// The hashes of this side's filter and of the answer's.
    fn hashes(&self) -> (u32, u32) {
        let all = (self.here + self.shared) as u64;
        (plan::hashes(all, self.there), plan::hashes(self.shared as u64, self.here))
    }
}

impl Initiator {
    /// Sends a filter of the ids that come next, as many as fit.
    pub(super) fn send_filter<S: Ids + ?Sized>(&mut self, set: &S, mut filtering: Filtering) {
        let from = filtering.from;
        let (mine, wanted) = filtering.hashes();
        if filtering.all {
            filtering.to = u64::MAX;
            self.attempt.stage = Stage::Filtering(filtering);
            return self.send(&Body::Filter { from, to: u64::MAX, wanted, bloom: None });
        }
        filtering.hashes = if filtering.probing { PROBE_HASHES } else { mine };
        let fitting = Bloom::ids_in(self.config.cap - 64, filtering.hashes);
        let most = if filtering.probing { fitting.min(PROBE) } else { fitting };
        let (ids, to) = self.side.slice(set, from..=u64::MAX, most);
        let mut bloom = Bloom::new(ids.len(), filtering.hashes);
        ids.into_iter().for_each(|id| bloom.insert(id));
        filtering.to = to;
        self.attempt.stage = Stage::Filtering(filtering);
        self.send(&Body::Filter { from, to, wanted, bloom: Some(bloom) });
    }

    /// Finds what is not in the responder's filter, and goes on.
    pub(super) fn take_filtered<S: Ids + ?Sized>(
        &mut self,
        set: &S,
        mut filtering: Filtering,
        to: u64,
        (kept, dropped): (u64, u64),
        bloom: Option<Bloom>,
    ) {
        let (ids, _) = self.side.slice(set, filtering.from..=to, usize::MAX);
        if !filtering.all {
            filtering.learn(ids.len(), kept, dropped, self.config.item_bytes);
        }
        for id in ids {
            if !bloom.as_ref().is_some_and(|bloom| bloom.contains(id)) {
                self.side.take(id);
            }
        }
        filtering.probing = false;
        match to.checked_add(1) {
            Some(next) => {
                filtering.from = next;
                self.send_filter(set, filtering);
            }
            // What got through the filters is left.
            None => self.greet(set, false),
        }
    }
}
