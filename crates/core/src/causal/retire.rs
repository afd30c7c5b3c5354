use core::fmt;

use rejoin_clocks::{CausalContext, Dot, ReplicaId};

use super::Causal;
use crate::DotStore;

impl<S: DotStore> Causal<S> {
    /// Hands the writes of a departed replica over to another one, so that contexts do not grow for
    /// ever as replicas come and go: the departed replica's dots become further dots of `heir`.
    ///
    /// Nothing else changes, and replicas that have done the same go on merging as before.
    ///
    /// **Precondition**, of which only a part can be checked: `departed` writes no more; every
    /// replica has seen exactly the same dots of `departed` and of `heir` when it does this; no
    /// delta, state or difference from before is merged afterwards, and no digest from before is
    /// answered. An `heir` that nobody writes under makes this easy: an id for departed replicas.
    ///
    /// Computes in O(n log n) time.
    ///
    /// # Errors
    ///
    /// When the dots of one of the two have gaps, or not all of its writes have been
    /// [seen](Causal::seen), when `heir` has not enough sequence numbers left, or when a cursor was
    /// used whose changes are in no delta yet. Then nothing has changed.
    pub fn retire(&mut self, departed: ReplicaId, heir: ReplicaId) -> Result<(), RetireError> {
        if self.is_unsettled() {
            return Err(RetireError::Unsettled);
        }
        if departed == heir {
            return Ok(());
        }
        for replica in [departed, heir] {
            if self.context.max(replica) != self.context.clock().get(replica)
                || [&self.foretold, self.arrived(), self.awaited()]
                    .iter()
                    .any(|dots| dots.max(replica) > 0)
            {
                return Err(RetireError::Gaps(replica));
            }
        }
        let (count, base) = (self.context.max(departed), self.context.max(heir));
        let last = base.checked_add(count).ok_or(RetireError::Exhausted)?;
        self.store.relabel(&|dot| {
            let moved = if dot.replica() == departed {
                Dot::new(heir, base.saturating_add(dot.seq()))
            } else {
                None
            };
            moved.unwrap_or(dot)
        });
        let mut context = CausalContext::new();
        for (replica, run) in self.context.runs().filter(|(replica, _)| *replica != departed) {
            context.insert_run(replica, run);
        }
        context.insert_run(heir, 1..=last);
        self.context = context;
        Ok(())
    }
}

/// Why a departed replica's writes cannot be handed over yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetireError {
    /// Not all writes of this replica have been seen.
    Gaps(ReplicaId),
    /// The heir is of another node, and not all of what the node has written is under the departed
    /// replica: rights that are kept for a node are handed over as a whole. Hand the other run over
    /// to the departed one first.
    OtherRun {
        /// The replica that was to be handed over.
        departed: ReplicaId,
        /// Another run of its node that has written.
        other: ReplicaId,
    },
    /// The heir has not enough numbers left.
    Exhausted,
    /// A cursor was used whose changes are in no delta yet: see
    /// [`Edit::settle`](crate::Edit::settle).
    Unsettled,
}

impl fmt::Display for RetireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gaps(replica) => write!(f, "not all writes of {replica} have been seen"),
            Self::OtherRun { departed, other } => {
                write!(f, "{other} is another run of the node of {departed}, and goes first")
            }
            Self::Exhausted => f.write_str("the heir has not enough numbers left"),
            Self::Unsettled => f.write_str("changes of a cursor are in no delta yet"),
        }
    }
}

impl core::error::Error for RetireError {}
