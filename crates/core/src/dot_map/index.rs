use alloc::collections::BTreeMap;

use rejoin_clocks::{CausalContext, Dot, ReplicaId};

/// Where in a container every live dot is: replica → sequence number → slot.
///
/// It makes a removal cost what it removes: the dots of a delta's context are looked up here,
/// instead of the container being walked for pieces that the context covers.
#[derive(Clone, Debug, Default)]
pub(super) struct DotIndex {
    /// No inner map is empty.
    slots: BTreeMap<ReplicaId, BTreeMap<u64, u32>>,
}

impl DotIndex {
    pub(super) fn insert(&mut self, dot: Dot, slot: u32) -> Option<u32> {
        self.slots.entry(dot.replica()).or_default().insert(dot.seq(), slot)
    }

    pub(super) fn remove(&mut self, dot: Dot) {
        if let Some(seqs) = self.slots.get_mut(&dot.replica()) {
            seqs.remove(&dot.seq());
            if seqs.is_empty() {
                self.slots.remove(&dot.replica());
            }
        }
    }

    pub(super) fn contains(&self, dot: Dot) -> bool {
        self.slots.get(&dot.replica()).is_some_and(|seqs| seqs.contains_key(&dot.seq()))
    }

    pub(super) fn clear(&mut self) {
        self.slots.clear();
    }

    /// Every dot with its slot, in ascending order of dots.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Dot, u32)> + '_ {
        self.slots.iter().flat_map(|(replica, seqs)| {
            seqs.iter().filter_map(|(seq, slot)| Some((Dot::new(*replica, *seq)?, *slot)))
        })
    }

    /// Calls `visit` with every dot that `context` contains, and its slot.
    ///
    /// Walks the replicas, and the runs of each, on whichever side there are fewer: computes in
    /// O(min(runs, dots here) · log n + hits) time.
    pub(super) fn hits(&self, context: &CausalContext, mut visit: impl FnMut(Dot, u32)) {
        if self.slots.len() <= context.clock().len() {
            for (replica, seqs) in &self.slots {
                hits_of(*replica, seqs, context, &mut visit);
            }
        } else {
            for replica in context.replicas() {
                if let Some(seqs) = self.slots.get(&replica) {
                    hits_of(replica, seqs, context, &mut visit);
                }
            }
        }
    }
}

fn hits_of(
    replica: ReplicaId,
    seqs: &BTreeMap<u64, u32>,
    context: &CausalContext,
    visit: &mut impl FnMut(Dot, u32),
) {
    let mut hit = |seq: u64, slot: u32| {
        if let Some(dot) = Dot::new(replica, seq) {
            visit(dot, slot);
        }
    };
    // Nested containers meet the context of the whole document, which may have far more runs than
    // they have dots.
    if context.runs_of(replica).nth(seqs.len()).is_some() {
        for (seq, slot) in seqs {
            if Dot::new(replica, *seq).is_some_and(|dot| context.contains(dot)) {
                hit(*seq, *slot);
            }
        }
    } else {
        for run in context.runs_of(replica) {
            for (seq, slot) in seqs.range(run) {
                hit(*seq, *slot);
            }
        }
    }
}
