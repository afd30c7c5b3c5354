use core::fmt;
use core::time::Duration;

use rejoin_core::ReplicaId;
use rejoin_store::{Buffered, Stats};

use crate::health::{Excess, Health, Limits};
use crate::histogram::Summary;
use crate::lag::Lag;
use crate::staleness::Staleness;

/// Everything that a replica knows of how it is doing. `Display` prints it for people.
///
/// [`lag`](Self::lag), [`staleness`](Self::staleness) and the latencies are of the last
/// [`ObserveConfig::recent`](crate::ObserveConfig::recent); the other counts are since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Whose it is.
    pub id: ReplicaId,
    /// How many peers are connected.
    pub peers: usize,
    /// Those that have seen the same, and have something else: see
    /// [`Replica::diverged`](rejoin_store::Replica::diverged).
    pub diverged: Vec<ReplicaId>,
    /// Reads that were [counted](crate::Observer::count_read).
    pub reads: u64,
    /// How many of the sampled ones were stale.
    pub staleness: Staleness,
    /// How far this replica lags behind the writes of others.
    pub lag: Lag,
    /// How long reads took, if the program measures that.
    pub read_latency: Option<Summary>,
    /// How long writes took until they were durable, if the program measures that.
    pub write_latency: Option<Summary>,
    /// How many keys have several values that were written at once, if whoever makes the report
    /// knows.
    pub conflicts: Option<u64>,
    /// Why the replica does not vote, though it is a voter of quorum operations, if that is known
    /// where the report is made.
    pub not_voting: Option<&'static str>,
    /// What is kept for peers.
    pub buffered: Buffered,
    /// How many writes are known to be missing here: the writer's later ones have come.
    pub gaps: u64,
    /// The age of the oldest write here that some connected peer is not known to have, edits that
    /// are not durable included; zero if there is none.
    ///
    /// A peer that has fallen behind the log counts from the oldest write that the log has dropped,
    /// or from when that was noticed. A peer that is not connected does not count: who is expected
    /// to be there is not known here.
    pub divergence_window: Duration,
    /// How many stored records this replica had to go on without, if whoever opened it knows: what
    /// was in them comes back from peers, as far as they have it.
    pub unreadable: u64,
    /// How many peers that were dialed a short time ago do not fit, such as those of another type:
    /// 0 until [`with_misfits`](Self::with_misfits) says otherwise.
    pub misfits: usize,
    /// Whether everything in the value is durable.
    pub is_durable: bool,
    /// What the replica has done.
    pub stats: Stats,
}

impl Report {
    /// What of it is over a limit.
    #[must_use]
    pub fn health(&self, limits: &Limits) -> Health {
        judge(self, limits)
    }

    /// With [`conflicts`](Self::conflicts).
    #[must_use]
    pub fn with_conflicts(self, conflicts: u64) -> Self {
        Self { conflicts: Some(conflicts), ..self }
    }

    /// With [`unreadable`](Self::unreadable).
    #[must_use]
    pub fn with_unreadable(self, unreadable: u64) -> Self {
        Self { unreadable, ..self }
    }

    /// With [`misfits`](Self::misfits).
    #[must_use]
    pub fn with_misfits(self, misfits: usize) -> Self {
        Self { misfits, ..self }
    }

    /// With [`not_voting`](Self::not_voting).
    #[must_use]
    pub fn with_not_voting(self, not_voting: Option<&'static str>) -> Self {
        Self { not_voting, ..self }
    }

    /// With [`read_latency`](Self::read_latency) and [`write_latency`](Self::write_latency).
    #[must_use]
    pub fn with_latencies(self, read: Summary, write: Summary) -> Self {
        Self { read_latency: Some(read), write_latency: Some(write), ..self }
    }
}

fn judge(report: &Report, limits: &Limits) -> Health {
    let mut excesses = Vec::new();
    let mut check = |is_over: bool, excess| excesses.extend(is_over.then_some(excess));
    let (window, limit) = (report.divergence_window, limits.divergence_window);
    check(window > limit, Excess::DivergenceWindow { window, limit });
    let (p99, limit) = (report.lag.summary.p99, limits.lag_p99);
    check(p99 > limit, Excess::Lag { p99, limit });
    let (bytes, limit) = (report.buffered.total(), limits.queue);
    check(bytes > limit, Excess::Queue { bytes, limit });
    let (writes, limit) = (report.gaps, limits.gaps);
    check(writes > limit, Excess::Gaps { writes, limit });
    let staleness = &report.staleness;
    let percent = (staleness.stale * 100).div_ceil((staleness.stale + staleness.fresh).max(1));
    let (percent, limit) = (u32::try_from(percent).unwrap_or(100), limits.stale_percent);
    check(percent > limit, Excess::StaleReads { percent, limit });
    let peers = report.diverged.len();
    check(peers > 0, Excess::Diverged { peers });
    let records = report.unreadable;
    check(records > 0, Excess::Unreadable { records });
    let peers = report.misfits;
    check(peers > 0, Excess::Misfits { peers });
    excesses.extend(report.not_voting.map(|because| Excess::NotVoting { because }));
    if excesses.is_empty() { Health::Healthy } else { Health::Over(excesses) }
}

/// A line for each thing, with units.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, value: &dyn fmt::Display| writeln!(f, "{name:<20}{value}");
        let Self { staleness, lag, buffered, stats, .. } = self;
        line("replica", &self.id)?;
        let durable = if self.is_durable { "all durable" } else { "not all durable" };
        let (peers, diverged) = (self.peers, self.diverged.len());
        line("peers", &format_args!("{peers} connected, {diverged} diverged, {durable}"))?;
        line("reads", &self.reads)?;
        let share = staleness.share().map_or("no verdict yet".to_owned(), |share| {
            format!("{:.1} % of {} sampled", share * 100.0, staleness.stale + staleness.fresh)
        });
        let Staleness { unknown, open, .. } = staleness;
        line("stale reads", &format_args!("{share}, {unknown} unknown, {open} open"))?;
        line("replication lag", &lag.summary)?;
        let Lag { ahead, unmeasured, .. } = lag;
        line("", &format_args!("{unmeasured} writes not measured, {ahead} from clocks ahead"))?;
        for (name, latency) in
            [("read latency", &self.read_latency), ("write latency", &self.write_latency)]
        {
            if let Some(latency) = latency {
                line(name, latency)?;
            }
        }
        if let Some(conflicts) = self.conflicts {
            line("conflicts", &format_args!("{conflicts} keys"))?;
        }
        if let Some(because) = self.not_voting {
            line("not voting", &because)?;
        }
        let Buffered { deltas, outgoing, incoming, held, .. } = buffered;
        let buffers = format_args!(
            "{} bytes: {deltas} deltas, {outgoing} outgoing, {incoming} incoming; {held} deltas held",
            buffered.total()
        );
        line("buffers", &buffers)?;
        line("gaps", &format_args!("{} writes", self.gaps))?;
        line("unreadable", &format_args!("{} stored records", self.unreadable))?;
        line("misfits", &format_args!("{} peers", self.misfits))?;
        line("divergence window", &format_args!("{:.1?}", self.divergence_window))?;
        let (sent, received) = (stats.sent.total(), stats.received.total());
        line("sent", &format_args!("{} messages, {} bytes", sent.messages, sent.bytes))?;
        let rejected = stats.rejected;
        line(
            "received",
            &format_args!(
                "{} messages, {} bytes, {rejected} refused",
                received.messages, received.bytes
            ),
        )?;
        let Stats { edits, merged, redundant, .. } = stats;
        line("writes", &format_args!("{edits} here, {merged} merged, {redundant} redundant"))
    }
}
