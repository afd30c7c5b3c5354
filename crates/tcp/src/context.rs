use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rejoin_store::ReplicaId;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::driver::Event;
use crate::observe::Observed;
use crate::telemetry::events;
use crate::{ConnectionError, NodeConfig};

/// What all tasks of a node share.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) id: ReplicaId,
    pub(crate) config: NodeConfig,
    pub(crate) events: mpsc::Sender<Event>,
    /// The peer and link of each connection that has ended; unbounded, so that it can be told from
    /// a destructor.
    pub(crate) gone: mpsc::UnboundedSender<(ReplicaId, u64)>,
    pub(crate) isolated: watch::Sender<bool>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) tasks: TaskTracker,
    pub(crate) counters: Counters,
    pub(crate) observed: Observed,
    pub(crate) last_error: Mutex<Option<Arc<ConnectionError>>>,
}

/// The counters of [`NodeStats`](crate::NodeStats).
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) commits: Counter,
    pub(crate) failed_commits: Counter,
    pub(crate) connected: Counter,
    pub(crate) refused: Counter,
    pub(crate) dropped: Counter,
    pub(crate) bytes_sent: Counter,
    pub(crate) bytes_received: Counter,
}

impl Context {
    /// Records why a connection ended.
    pub(crate) fn note(&self, error: ConnectionError) {
        if error.is_refusal() {
            self.counters.refused.add(1);
        }
        events::connection_failed(self.id, &error);
        let mut last = self.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(Arc::new(error));
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

/// A number that tasks add to and statistics read; nothing is ordered by it.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
