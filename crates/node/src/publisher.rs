use std::sync::Arc;

use rejoin_observe::Health;
use rejoin_store::Replicated;

use crate::context::Context;
use crate::engine::{SharedEngine, lock};
use crate::observed::CountConflicts;
use crate::stats::NodeStats;
use crate::telemetry::events;

/// Tells the metrics how the node is doing, and whoever traces when its health changes, until the
/// shutdown.
pub(crate) async fn publish<S: Replicated + Send + 'static>(
    context: Arc<Context>,
    engine: SharedEngine<S>,
    conflicts: CountConflicts<S>,
) {
    let (mut before, mut diverged) = (Health::Healthy, Vec::new());
    loop {
        let (shared, engine, conflicts) =
            (Arc::clone(&context), Arc::clone(&engine), Arc::clone(&conflicts));
        let look = move || {
            let engine = lock(&engine);
            let not_voting = shared.votes().not_voting;
            let report = shared.observed.report(&engine, &conflicts, not_voting);
            let stats = *engine.replica().stats();
            let stats = NodeStats::new(stats, engine.unreadable, &shared.counters);
            (report, stats)
        };
        // It waits for the transaction in progress, so not on a thread that others need.
        let Ok((report, stats)) = tokio::task::spawn_blocking(look).await else { return };
        let health = report.health(&context.config.limits);
        #[cfg(feature = "metrics")]
        context.observed.telemetry.exporter.publish(&report, &stats, &health);
        #[cfg(not(feature = "metrics"))]
        let _ = stats;
        let news = report.diverged.iter().filter(|peer| !diverged.contains(*peer));
        news.for_each(|peer| events::diverged(context.id, *peer));
        if health.is_healthy() != before.is_healthy() {
            events::health(context.id, &health);
        }
        (before, diverged) = (health, report.diverged);
        tokio::select! {
            () = context.shutdown.cancelled() => return,
            () = tokio::time::sleep(context.config.publish_interval) => {}
        }
    }
}
