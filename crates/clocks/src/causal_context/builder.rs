use smallvec::smallvec;

use crate::run::Run;
use crate::search::make_room;
use crate::{CausalContext, InvalidContext, ReplicaId};

/// Builds a context from runs in order, checked: what `from_runs` and decoding go through.
#[derive(Default)]
pub(super) struct Builder {
    context: CausalContext,
    last: Option<(ReplicaId, Run)>,
}

impl Builder {
    pub(super) fn push(
        &mut self,
        replica: ReplicaId,
        start: u64,
        end: u64,
    ) -> Result<(), InvalidContext> {
        if start == 0 {
            return Err(InvalidContext::Zero { replica });
        }
        if end < start {
            return Err(InvalidContext::Empty { replica });
        }
        if let Some((before, last)) = self.last {
            if replica < before || replica == before && start < last.start {
                return Err(InvalidContext::Unsorted { replica });
            }
            if replica == before && start <= last.end {
                return Err(InvalidContext::Overlapping { replica });
            }
            if replica == before && start - last.end == 1 {
                return Err(InvalidContext::Adjacent { replica });
            }
        }
        let run = Run { start, end };
        self.last = Some((replica, run));
        self.context.append(replica, run);
        Ok(())
    }

    /// The last replica with a run so far.
    #[cfg(feature = "serde")]
    pub(super) fn last_replica(&self) -> Option<ReplicaId> {
        self.last.map(|(replica, _)| replica)
    }

    pub(super) fn finish(self) -> CausalContext {
        self.context
    }
}

impl CausalContext {
    /// Appends a run that comes, with a gap if of the same replica, after all that are here.
    pub(super) fn append(&mut self, replica: ReplicaId, run: Run) {
        if run.start == 1 {
            make_room(&mut self.clock.entries, 1);
            self.clock.entries.push((replica, run.end));
            return;
        }
        match self.cloud.last_mut() {
            Some((last, runs)) if *last == replica => runs.push(run),
            _ => self.cloud.push((replica, smallvec![run])),
        }
    }
}
