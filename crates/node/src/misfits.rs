use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rejoin_store::{NodeId, Time};

/// For how long a peer counts that is not dialed again: longer than transports wait between tries.
const REMEMBERED: Duration = Duration::from_secs(60);

/// How many are remembered at most.
const MOST: usize = 64;

/// Peers that this node has dialed and that do not fit, each with when that was last so. `None` are
/// those that do not say which node they are. Peers that dial this node do not count: anyone can.
#[derive(Debug, Default)]
pub(crate) struct Misfits(Mutex<BTreeMap<Option<NodeId>, Time>>);

impl Misfits {
    pub(crate) fn add(&self, node: Option<NodeId>, now: Time) {
        let mut peers = self.recent(now);
        if peers.len() < MOST || peers.contains_key(&node) {
            peers.insert(node, now);
        }
    }

    /// The peer fits now.
    pub(crate) fn remove(&self, node: Option<NodeId>, now: Time) {
        self.recent(now).remove(&node);
    }

    pub(crate) fn count(&self, now: Time) -> usize {
        self.recent(now).len()
    }

    fn recent(&self, now: Time) -> MutexGuard<'_, BTreeMap<Option<NodeId>, Time>> {
        let mut peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        peers.retain(|_, last| now.since(*last) < REMEMBERED);
        peers
    }
}
