use core::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use rejoin_shape::Shape;
use rejoin_store::ReplicaId;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::NodeConfig;
use crate::counters::Counters;
use crate::greeting::{Facts, Said};
use crate::link::Happening;
use crate::observed::Observed;
use crate::telemetry::events;
use crate::votes::VoteStatus;

/// What all tasks of a node share.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) id: ReplicaId,
    pub(crate) config: NodeConfig,
    pub(crate) facts: Facts,
    /// That of everything that the value may have: what the replica has accepted, or will before
    /// anything of that.
    pub(crate) shape: Mutex<Shape>,
    /// What it says of the voters, and whether it votes, as of the last commit.
    pub(crate) votes: Mutex<VoteStatus>,
    pub(crate) happenings: mpsc::Sender<Happening>,
    /// The peer and link of each connection that has ended; unbounded, so that it can be sent from
    /// a destructor.
    pub(crate) gone: mpsc::UnboundedSender<(ReplicaId, u64)>,
    pub(crate) isolated: watch::Sender<bool>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) tasks: TaskTracker,
    pub(crate) counters: Counters,
    pub(crate) observed: Observed,
    pub(crate) last_error: Mutex<Option<Arc<dyn Error + Send + Sync>>>,
}

impl Context {
    /// Records why a connection ended, and whether that is the other side's doing.
    pub(crate) fn note(&self, error: Arc<dyn Error + Send + Sync>, is_refusal: bool) {
        if is_refusal {
            self.counters.refused.add(1);
        }
        events::connection_failed(self.id, &*error, is_refusal);
        let mut last = self.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(error);
    }

    pub(crate) fn shape(&self) -> Shape {
        self.shape.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_shape(&self, shape: Shape) {
        *self.shape.lock().unwrap_or_else(PoisonError::into_inner) = shape;
    }

    /// What this node says now when it greets.
    pub(crate) fn said(&self) -> Said {
        Said { shape: self.shape(), standing: self.votes().standing }
    }

    pub(crate) fn votes(&self) -> VoteStatus {
        self.votes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets what the node says of the voters from now on.
    pub(crate) fn set_votes(&self, status: VoteStatus) {
        let mut votes = self.votes.lock().unwrap_or_else(PoisonError::into_inner);
        if votes.not_voting != status.not_voting {
            events::voting(self.id, status.not_voting);
        }
        *votes = status;
    }

    pub(crate) fn is_isolated(&self) -> bool {
        *self.isolated.borrow()
    }

    /// Waits for the node to be cut off, or not to be.
    pub(crate) async fn until_isolated(&self, isolated: bool) {
        // It fails only when the sender is gone, and we hold it.
        let _ = self.isolated.subscribe().wait_for(|now| *now == isolated).await;
    }
}
