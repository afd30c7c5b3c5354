use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::{NodeId, ReplicaId};
use rejoin_store::Time;

use crate::standing::{Mismatch, Seen, Tally};
use crate::voters::Voters;

/// How many greetings of an older run of a voter are one too many, while a newer one is live: the
/// first one may have been on its way when that run ended.
const STRIKES: u8 = 2;

/// Which runs of the voters have greeted lately.
#[derive(Default)]
pub(crate) struct LiveRuns {
    runs: BTreeMap<NodeId, Vec<Run>>,
    contested: BTreeSet<NodeId>,
    /// Runs whose connections are to be closed: an older one of a voter, of which there is a newer
    /// one, or one of two that are live, or one that has to greet again.
    pub(super) refused: Vec<(ReplicaId, Option<Mismatch>)>,
}

/// A run of a voter that has greeted.
struct Run {
    id: ReplicaId,
    tally: Tally,
    heard: Time,
    strikes: u8,
}

impl LiveRuns {
    /// Takes in that a run of a voter is live, among others of it that have been heard lately.
    pub(super) fn meet(
        &mut self,
        (now, window): (Time, Duration),
        peer: ReplicaId,
        tally: &Tally,
        is_connected: impl Fn(ReplicaId) -> bool,
    ) -> Result<(), Mismatch> {
        let node = peer.node();
        let runs = self.runs.entry(node).or_default();
        runs.retain(|run| run.id == peer || is_connected(run.id) || now.since(run.heard) < window);
        let strikes = runs.extract_if(.., |run| run.id == peer).map(|run| run.strikes).last();
        let mut run = Run { id: peer, tally: *tally, heard: now, strikes: strikes.unwrap_or(0) };
        let is_contested = self.contested.contains(&node) && !runs.is_empty();
        let newer = runs.iter().find(|other| !tally.succeeds(&other.tally));
        let other = newer.or(runs.last().filter(|_| is_contested)).map(|other| other.id);
        let is_fork = newer.is_some_and(|newer| !newer.tally.succeeds(tally));
        if other.is_some() {
            run.strikes = run.strikes.saturating_add(1);
        }
        let is_both = is_contested || is_fork || run.strikes >= STRIKES;
        let leave = runs.iter_mut().filter(|other| is_connected(other.id));
        for left in leave.filter(|_| other.is_none() || is_both) {
            left.heard = now;
            let mismatch = Mismatch::TwoRuns { peer: left.id, other: peer };
            self.refused.push((left.id, Some(mismatch).filter(|_| is_both)));
        }
        runs.push(run);
        let Some(other) = other else {
            self.contested.remove(&node);
            return Ok(());
        };
        if is_both {
            self.contested.insert(node);
        }
        Err(Mismatch::TwoRuns { peer, other })
    }

    /// Whether two live runs of a voter have been heard, and neither has been alone since.
    pub(super) fn is_contested(&self, node: NodeId) -> bool {
        self.contested.contains(&node)
    }

    /// Notes how far a run is.
    pub(super) fn saw(&mut self, run: ReplicaId, tally: Tally) {
        let runs = self.runs.get_mut(&run.node()).into_iter().flatten();
        for heard in runs.filter(|heard| heard.id == run) {
            heard.tally = heard.tally.later(tally);
        }
    }

    /// Lets the runs of a voter greet again that lack something of what is `known` of it now, and
    /// did not lack anything of what was known `before`.
    pub(super) fn refuse_behind(&mut self, before: Option<&Seen>, known: &Seen) {
        let lacks = |heard: &Run, seen: &Seen| {
            (heard.id != seen.run || seen.forked) && seen.is_ahead_of(heard.id, &heard.tally)
        };
        let runs = self.runs.get(&known.run.node()).into_iter().flatten();
        let behind = runs.filter(|heard| lacks(heard, known));
        for heard in behind.filter(|heard| !before.is_some_and(|before| lacks(heard, before))) {
            if !self.refused.iter().any(|(run, _)| *run == heard.id) {
                self.refused.push((heard.id, None));
            }
        }
    }

    /// Forgets nodes that are voters no more.
    pub(super) fn retain(&mut self, voters: &Voters) {
        self.runs.retain(|voter, _| voters.contains(*voter));
        self.contested.retain(|voter| voters.contains(*voter));
    }
}
