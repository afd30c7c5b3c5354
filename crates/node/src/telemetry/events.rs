//! What happens, as `tracing` events of the target `rejoin`.

#![cfg_attr(not(feature = "tracing"), allow(unused_variables, reason = "nobody is told"))]

#[cfg(any(feature = "metrics", feature = "tracing"))]
use rejoin_observe::Health;
use rejoin_quorum::NotVoting;
use rejoin_store::ReplicaId;

use crate::error::NodeError;

macro_rules! event {
    ($level:ident, $($fields:tt)+) => {
        #[cfg(feature = "tracing")]
        tracing::$level!(target: "rejoin", $($fields)+)
    };
}

/// A peer can be talked to.
pub(crate) fn connected(replica: ReplicaId, peer: ReplicaId) {
    event!(info, %replica, %peer, "peer connected");
}

/// A peer cannot be talked to any more.
pub(crate) fn disconnected(replica: ReplicaId, peer: ReplicaId) {
    event!(info, %replica, %peer, "peer disconnected");
}

/// A connection was closed, or did not come about.
pub(crate) fn connection_failed(
    replica: ReplicaId,
    error: &(dyn core::error::Error + 'static),
    is_refusal: bool,
) {
    if is_refusal {
        event!(warn, %replica, %error, causes = causes(error), "connection refused");
    } else {
        event!(debug, %replica, %error, causes = causes(error), "connection lost");
    }
}

/// A transaction failed, and will be tried again.
pub(crate) fn commit_failed(replica: ReplicaId, error: &NodeError) {
    event!(error, %replica, %error, causes = causes(error), "commit failed");
}

/// The node votes no more, or does again.
pub(crate) fn voting(replica: ReplicaId, not_voting: Option<NotVoting>) {
    match not_voting {
        Some(because) => {
            event!(warn, %replica, %because, "not voting");
        }
        None => {
            event!(info, %replica, "voting again");
        }
    }
}

/// An operator has given a change of voters up, or has made voters without asking the old ones.
pub(crate) fn voters_overruled(replica: ReplicaId, how: &'static str) {
    event!(warn, %replica, how, "voters changed by an operator: confirmed writes may be lost");
}

/// A peer has seen the same and has another value.
#[cfg(any(feature = "metrics", feature = "tracing"))]
pub(crate) fn diverged(replica: ReplicaId, peer: ReplicaId) {
    event!(error, %replica, %peer, "peer diverged");
}

/// The node has become healthy, or is so no more.
#[cfg(any(feature = "metrics", feature = "tracing"))]
pub(crate) fn health(replica: ReplicaId, health: &Health) {
    if health.is_healthy() {
        event!(info, %replica, "healthy again");
    } else {
        event!(warn, %replica, %health, "not healthy");
    }
}

/// Why, and why that.
#[cfg(feature = "tracing")]
fn causes(error: &dyn core::error::Error) -> String {
    let mut source = error.source();
    let mut causes = Vec::new();
    while let Some(error) = source {
        causes.push(error.to_string());
        source = error.source();
    }
    causes.join(": ")
}
