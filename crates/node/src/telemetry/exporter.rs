use core::time::Duration;

use metrics::{Counter, Gauge, Histogram, Unit};
use rejoin_observe::{Health, Report};
use rejoin_store::NodeId;

use crate::stats::NodeStats;

/// What the numbers are taken from.
struct View<'a> {
    report: &'a Report,
    stats: &'a NodeStats,
    health: &'a Health,
}

/// A metric: its name, its unit, what it is, and its value.
type Row<T> = (&'static str, Unit, &'static str, fn(&View<'_>) -> T);

/// What only grows, since the node was started.
#[rustfmt::skip]
const COUNTERS: &[Row<u64>] = &[
    ("rejoin_reads_total", Unit::Count, "Reads of the value", |v| v.report.reads),
    ("rejoin_writes_total", Unit::Count, "Edits made here", |v| v.stats.replica.edits),
    ("rejoin_merged_total", Unit::Count, "Received deltas and differences that changed something", |v| v.stats.replica.merged),
    ("rejoin_redundant_total", Unit::Count, "Received deltas and differences that brought nothing new", |v| v.stats.replica.redundant),
    ("rejoin_syncs_total", Unit::Count, "Exchanges of digests that were begun here", |v| v.stats.replica.syncs),
    ("rejoin_sent_messages_total", Unit::Count, "Messages to peers", |v| v.stats.replica.sent.total().messages),
    ("rejoin_received_messages_total", Unit::Count, "Messages of peers", |v| v.stats.replica.received.total().messages),
    ("rejoin_rejected_messages_total", Unit::Count, "Messages of peers that were refused", |v| v.stats.replica.rejected),
    ("rejoin_dropped_messages_total", Unit::Count, "Messages that were not sent to slow peers", |v| v.stats.dropped),
    ("rejoin_oversized_messages_total", Unit::Count, "Messages that were too long to be sent", |v| v.stats.replica.oversized),
    ("rejoin_sent_bytes_total", Unit::Bytes, "Bytes written to sockets", |v| v.stats.bytes_sent),
    ("rejoin_received_bytes_total", Unit::Bytes, "Bytes of received frames", |v| v.stats.bytes_received),
    ("rejoin_commits_total", Unit::Count, "Transactions that reached the storage", |v| v.stats.commits),
    ("rejoin_failed_commits_total", Unit::Count, "Transactions that failed", |v| v.stats.failed_commits),
    ("rejoin_refused_connections_total", Unit::Count, "Connections closed for what the peer sent", |v| v.stats.refused),
];

/// What goes up and down. Not a number as long as it is not known.
#[rustfmt::skip]
const GAUGES: &[Row<f64>] = &[
    ("rejoin_healthy", Unit::Count, "1 if everything is within its limits, else 0", |v| f64::from(u8::from(v.health.is_healthy()))),
    ("rejoin_peers", Unit::Count, "Connected peers", |v| count(v.report.peers as u64)),
    ("rejoin_diverged_peers", Unit::Count, "Peers that have seen the same and have another value", |v| count(v.report.diverged.len() as u64)),
    ("rejoin_unreadable_records", Unit::Count, "Stored records that the replica had to go on without", |v| count(v.report.unreadable)),
    ("rejoin_misfits", Unit::Count, "Peers that were dialed lately and do not fit", |v| count(v.report.misfits as u64)),
    ("rejoin_not_voting", Unit::Count, "1 if this is a voter that does not vote, else 0", |v| f64::from(u8::from(v.report.not_voting.is_some()))),
    ("rejoin_divergence_window_seconds", Unit::Seconds, "Age of the oldest write that a connected peer is not known to have", |v| v.report.divergence_window.as_secs_f64()),
    ("rejoin_lag_mean_seconds", Unit::Seconds, "Mean replication lag lately", |v| v.report.lag.summary.mean.as_secs_f64()),
    ("rejoin_lag_p50_seconds", Unit::Seconds, "Median replication lag lately", |v| v.report.lag.summary.p50.as_secs_f64()),
    ("rejoin_lag_p99_seconds", Unit::Seconds, "99th percentile of the replication lag lately", |v| v.report.lag.summary.p99.as_secs_f64()),
    ("rejoin_lag_max_seconds", Unit::Seconds, "Longest replication lag lately", |v| v.report.lag.summary.max.as_secs_f64()),
    ("rejoin_lag_measured_writes", Unit::Count, "Writes of others that the lag is of", |v| count(v.report.lag.summary.count)),
    ("rejoin_lag_unmeasured_writes", Unit::Count, "Writes of others lately that came without a stamp of their own", |v| count(v.report.lag.unmeasured)),
    ("rejoin_lag_ahead_writes", Unit::Count, "Writes of others lately that came before their stamp", |v| count(v.report.lag.ahead)),
    ("rejoin_stale_reads_ratio", Unit::Percent, "Share of the sampled reads lately that were stale, from 0 to 1", |v| v.report.staleness.share().unwrap_or(f64::NAN)),
    ("rejoin_sampled_reads", Unit::Count, "Sampled reads lately of which it is known", |v| count(v.report.staleness.stale + v.report.staleness.fresh)),
    ("rejoin_conflicts", Unit::Count, "Conflicts, as the program counts them", |v| v.report.conflicts.map_or(f64::NAN, count)),
    ("rejoin_buffered_delta_bytes", Unit::Bytes, "Deltas kept for peers", |v| count(v.report.buffered.deltas as u64)),
    ("rejoin_buffered_outgoing_bytes", Unit::Bytes, "Messages that wait for peers", |v| count(v.report.buffered.outgoing as u64)),
    ("rejoin_buffered_incoming_bytes", Unit::Bytes, "Pieces of long messages that have come", |v| count(v.report.buffered.incoming as u64)),
    ("rejoin_held_deltas", Unit::Count, "Deltas that wait for what they depend on", |v| count(v.report.buffered.held as u64)),
    ("rejoin_gaps", Unit::Count, "Writes that are known to be missing", |v| count(v.report.gaps)),
];

/// How long something took, each time.
const HISTOGRAMS: [(&str, &str); 2] = [
    ("rejoin_read_seconds", "How long reads took"),
    ("rejoin_write_seconds", "How long edits took until they were durable"),
];

/// The metrics of one node, as the recorder has them that was installed when the node was started.
pub(crate) struct Exporter {
    counters: Vec<Counter>,
    gauges: Vec<Gauge>,
    read: Histogram,
    write: Histogram,
}

impl Exporter {
    pub(super) fn new(node: NodeId) -> Self {
        // The same over restarts, so that a series goes on.
        let node = node.to_string();
        for (name, unit, description, _) in COUNTERS {
            metrics::describe_counter!(*name, *unit, *description);
        }
        for (name, unit, description, _) in GAUGES {
            metrics::describe_gauge!(*name, *unit, *description);
        }
        for (name, description) in HISTOGRAMS {
            metrics::describe_histogram!(name, Unit::Seconds, description);
        }
        let [read, write] =
            HISTOGRAMS.map(|(name, _)| metrics::histogram!(name, "node" => node.clone()));
        let counter = |row: &Row<u64>| metrics::counter!(row.0, "node" => node.clone());
        let gauge = |row: &Row<f64>| metrics::gauge!(row.0, "node" => node.clone());
        Self {
            counters: COUNTERS.iter().map(counter).collect(),
            gauges: GAUGES.iter().map(gauge).collect(),
            read,
            write,
        }
    }

    pub(super) fn read(&self, took: Duration) {
        self.read.record(took.as_secs_f64());
    }

    pub(super) fn wrote(&self, took: Duration) {
        self.write.record(took.as_secs_f64());
    }

    pub(crate) fn publish(&self, report: &Report, stats: &NodeStats, health: &Health) {
        let view = View { report, stats, health };
        for ((.., value), counter) in COUNTERS.iter().zip(&self.counters) {
            counter.absolute(value(&view));
        }
        for ((.., value), gauge) in GAUGES.iter().zip(&self.gauges) {
            gauge.set(value(&view));
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "exact up to 2⁵³")]
fn count(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/observability.md` has a row for each, and no others.
    #[test]
    fn every_metric_is_documented() {
        let text = include_str!("../../../../docs/observability.md");
        let counters = COUNTERS.iter().map(|row| row.0);
        let gauges = GAUGES.iter().map(|row| row.0);
        let histograms = HISTOGRAMS.iter().map(|row| row.0);
        let names: Vec<&str> = counters.chain(gauges).chain(histograms).collect();
        for name in &names {
            assert!(text.contains(&format!("| `{name}` |")), "{name} is not in the table");
        }
        let rows = text.lines().filter(|line| line.starts_with("| `rejoin_"));
        assert_eq!(rows.count(), names.len());
    }
}
