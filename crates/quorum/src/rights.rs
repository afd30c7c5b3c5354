//! Whether this node may vote, and what it has seen of the other voters.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::{NodeId, ReplicaId};
use rejoin_store::{Replica, Replicated, Time};
use serde::{Deserialize, Serialize};

use crate::level::Quorum;
use crate::roll::Roll;
use crate::standing::{Durable, Mismatch, NotVoting, Seen, Standing, Tally};
use crate::voters::{InvalidVoters, Voters};

/// The names of the notes in which a replica remembers this, and the format of both.
const VOTE: &str = "vote";
const SEEN: &str = "voters-seen";
const FORMAT: u8 = 1;

/// How many greetings of an older run of a voter are one too many, while a newer one is live: the
/// first one may have been on its way when that run ended.
const STRIKES: u8 = 2;

/// What a voter remembers of itself. The version of the note is the count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Vote {
    #[serde(rename = "e")]
    enrolment: u64,
    #[serde(rename = "d")]
    doubt: Option<NotVoting>,
    /// Whether it has met a majority that goes by the voters that were declared.
    #[serde(rename = "m")]
    has_met: bool,
}

/// A run of a voter that has greeted.
struct Run {
    id: ReplicaId,
    tally: Tally,
    heard: Time,
    strikes: u8,
}

pub(crate) struct Rights {
    run: ReplicaId,
    vote: Vote,
    /// How many commits it has counted, what the first one of this run, or enrolment, was counted
    /// as, if there was one, and until which one all is durable.
    count: u64,
    start: Option<u64>,
    durable: u64,
    touched: bool,
    seen: BTreeMap<NodeId, Seen>,
    seen_version: u64,
    /// Whether `seen` has to become durable, or may when something else does.
    seen_touched: bool,
    seen_grown: bool,
    /// The nodes that go by other voters of the same version, and by the same.
    differ: BTreeSet<NodeId>,
    agree: BTreeSet<NodeId>,
    runs: BTreeMap<NodeId, Vec<Run>>,
    contested: BTreeSet<NodeId>,
    /// The runs that have greeted as nodes that take part.
    present: BTreeSet<ReplicaId>,
    /// Runs whose connections are to be closed: an older one of a voter, of which there is a newer
    /// one, or one of two that are live.
    pub(crate) refused: Vec<(ReplicaId, Option<Mismatch>)>,
}

impl Rights {
    /// From what the replica remembers. If it has to be `strict`, each run enrols.
    pub(crate) fn new<S>(replica: &Replica<S>, strict: bool) -> Result<Self, InvalidVoters> {
        let (count, vote) = Self::vote(replica)?;
        let (seen_version, seen) = match replica.note(SEEN) {
            Some((version, note)) => {
                let seen = rejoin_codec::open(FORMAT, note).map_err(InvalidVoters::Unreadable)?;
                (version, seen)
            }
            None => (0, BTreeMap::new()),
        };
        let mut vote = vote.unwrap_or_default();
        if strict {
            vote.doubt.get_or_insert(NotVoting::NewRun);
        }
        Ok(Self {
            run: replica.id(),
            vote,
            count,
            start: None,
            durable: 0,
            touched: false,
            seen,
            seen_version,
            seen_touched: false,
            seen_grown: false,
            differ: BTreeSet::new(),
            agree: BTreeSet::new(),
            runs: BTreeMap::new(),
            contested: BTreeSet::new(),
            present: BTreeSet::new(),
            refused: Vec::new(),
        })
    }

    fn vote<S>(replica: &Replica<S>) -> Result<(u64, Option<Vote>), InvalidVoters> {
        let Some((count, note)) = replica.note(VOTE) else { return Ok((0, None)) };
        let vote = rejoin_codec::open(FORMAT, note).map_err(InvalidVoters::Unreadable)?;
        Ok((count, Some(vote)))
    }

    fn node(&self) -> NodeId {
        self.run.node()
    }

    /// Whether it answers as a voter.
    pub(crate) fn may_vote(&self) -> bool {
        self.not_voting().is_none() && self.start.is_some_and(|start| self.durable >= start)
    }

    pub(crate) fn not_voting(&self) -> Option<NotVoting> {
        let others = self.differ.first().filter(|_| !self.vote.has_met);
        self.vote.doubt.or(others.map(|peer| NotVoting::OtherVoters { peer: *peer }))
    }

    /// Why it has to enrol, if it has to.
    pub(crate) fn doubt(&self) -> Option<NotVoting> {
        self.vote.doubt
    }

    pub(crate) fn enrolment(&self) -> u64 {
        self.vote.enrolment
    }

    /// Votes no more, until it has enrolled. Returns whether it did until now.
    pub(crate) fn suspect(&mut self, because: NotVoting) -> bool {
        let did_vote = self.vote.doubt.is_none();
        // Of two reasons the one that an operator has to do something about is told.
        if did_vote || matches!(because, NotVoting::TwoRuns { .. }) {
            self.touched |= self.vote.doubt != Some(because);
            self.vote.doubt = Some(because);
        }
        did_vote
    }

    /// Has enrolled under this number, once that is durable.
    pub(crate) fn enrolled(&mut self, number: u64) {
        (self.vote.enrolment, self.vote.doubt) = (number, None);
        (self.touched, self.start) = (true, None);
    }

    /// What it has recorded of the other voters.
    pub(crate) fn roll(&self) -> Roll {
        let mut roll = Roll::default();
        for (voter, seen) in &self.seen {
            roll.enter(*voter, seen.enrolment);
        }
        roll
    }

    /// Records an enrolment of a voter, unless another run of it has that number, or a greater one
    /// is known: then it returns that one.
    pub(crate) fn record(&mut self, run: ReplicaId, number: u64) -> Result<(), u64> {
        match self.seen.get(&run.node()) {
            Some(seen) if seen.enrolment > number => return Err(seen.enrolment),
            Some(seen) if seen.enrolment == number && seen.run != run => return Err(number),
            Some(seen) if seen.enrolment == number => return Ok(()),
            _ => {}
        }
        let seen = Seen { run, enrolment: number, count: 0, contested: false };
        self.seen.insert(run.node(), seen);
        self.seen_touched = true;
        Ok(())
    }

    /// Notes how far a run of a voter is.
    pub(crate) fn saw(&mut self, voters: &Voters, run: ReplicaId, enrolment: u64, count: u64) {
        let node = run.node();
        if node == self.node() || !voters.contains(node) {
            return;
        }
        let seen = Seen { run, enrolment, count, contested: false };
        let known = self.seen.get(&node).map(|seen| (seen.enrolment, seen.count));
        if known.is_none_or(|known| known < (enrolment, count)) {
            self.seen.insert(node, seen);
            self.seen_grown = true;
        }
        let runs = self.runs.get_mut(&node).into_iter().flatten();
        for heard in runs.filter(|heard| heard.id == run) {
            heard.tally.count = heard.tally.count.max(count);
        }
    }

    /// Forgets what was seen of nodes that are voters no more.
    pub(crate) fn retain(&mut self, voters: &Voters) {
        self.seen.retain(|voter, _| voters.contains(*voter));
        self.runs.retain(|voter, _| voters.contains(*voter));
        (self.differ, self.agree) = Default::default();
        self.touched |= !self.vote.has_met;
        self.vote.has_met = true; // whoever has made them has met a majority
    }

    /// Whether one of these runs has greeted as a node that takes part.
    pub(crate) fn takes_part(&self, node: NodeId, peers: impl Iterator<Item = ReplicaId>) -> bool {
        node == self.node()
            || peers.filter(|run| run.node() == node).any(|run| self.present.contains(&run))
    }

    /// What it says when it greets.
    pub(crate) fn standing(&self, voters: &Voters) -> Standing {
        let own = Tally {
            enrolment: self.vote.enrolment,
            start: self.start.unwrap_or(self.count + 1),
            count: self.durable,
        };
        let contest = |(voter, seen): (&NodeId, &Seen)| {
            (*voter, Seen { contested: self.contested.contains(voter), ..*seen })
        };
        let seen = self.seen.iter().map(contest).collect();
        Standing { voters: voters.clone(), durable: Durable { own, seen } }
    }

    /// Takes in what a peer says that greets, and whether it is welcome.
    pub(crate) fn greeted(
        &mut self,
        (now, window): (Time, Duration),
        peer: ReplicaId,
        theirs: &Standing,
        voters: &Voters,
        is_connected: impl Fn(ReplicaId) -> bool,
    ) -> Result<(), Mismatch> {
        let (node, own) = (peer.node(), self.node());
        if theirs.voters.version() == voters.version() {
            if theirs.voters != *voters {
                self.differ.insert(node);
                let own = Box::new(voters.clone());
                let theirs = Box::new(theirs.voters.clone());
                return Err(Mismatch::Voters { own, peer, theirs });
            }
            self.agree.insert(node);
            self.differ.remove(&node);
            let agrees = |voter| voter == own || self.agree.contains(&voter);
            let has_met = self.differ.is_empty() && voters.has(Quorum::Majority, agrees);
            self.touched |= has_met && !self.vote.has_met;
            self.vote.has_met |= has_met;
        }
        self.differ.remove(&node);
        if node == own && voters.contains(own) {
            self.suspect(NotVoting::TwoRuns { other: peer });
            return Err(Mismatch::TwoRuns { peer, other: self.run });
        }
        if let Some(seen) = theirs.durable.seen.get(&own)
            && voters.contains(own)
        {
            self.is_told(peer, seen);
        }
        if voters.contains(node) {
            self.meet((now, window), peer, &theirs.durable.own, is_connected)?;
        }
        let Tally { enrolment, count, .. } = theirs.durable.own;
        self.saw(voters, peer, enrolment, count);
        for seen in theirs.durable.seen.values() {
            self.saw(voters, seen.run, seen.enrolment, seen.count);
        }
        self.present.insert(peer);
        Ok(())
    }

    /// Forgets who has gone.
    pub(crate) fn forget_absent(&mut self, is_connected: impl Fn(ReplicaId) -> bool) {
        self.present.retain(|run| is_connected(*run));
    }

    /// Takes in what a peer has seen of this node.
    fn is_told(&mut self, peer: ReplicaId, seen: &Seen) {
        let next = (self.vote.enrolment, self.start.unwrap_or(self.count + 1));
        if seen.contested {
            self.suspect(NotVoting::TwoRuns { other: seen.run });
        } else if seen.run != self.run && (seen.enrolment, seen.count) >= next {
            self.suspect(NotVoting::Behind { peer });
        }
    }

    /// Takes in that a run of a voter is live, among others of it that have been heard lately.
    fn meet(
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
        match other {
            Some(other) => {
                if is_both {
                    self.contested.insert(node);
                    let seen = Seen { run: other, enrolment: 0, count: 0, contested: false };
                    self.seen.entry(node).or_insert(seen); // so that both are told
                }
                Err(Mismatch::TwoRuns { peer, other })
            }
            None => {
                self.contested.remove(&node);
                Ok(())
            }
        }
    }

    /// Gives the replica what has to become durable, and counts the commit.
    pub(crate) fn prepare<S: Replicated>(&mut self, voters: &Voters, replica: &mut Replica<S>) {
        let is_due = self.touched || self.start.is_none() || !replica.is_durable();
        if is_due && voters.contains(self.node()) {
            self.count += 1;
            self.start.get_or_insert(self.count);
            let doubt = self.vote.doubt.filter(|doubt| *doubt != NotVoting::NewRun);
            remember(replica, VOTE, self.count, &Vote { doubt, ..self.vote });
        }
        self.touched = false; // who has no vote has nothing to remember of it
        if self.seen_touched || self.seen_grown && !replica.is_durable() {
            self.seen_version += 1;
            (self.seen_touched, self.seen_grown) = (false, false);
            remember(replica, SEEN, self.seen_version, &self.seen);
        }
    }

    /// Everything that was prepared is durable.
    pub(crate) fn persisted(&mut self) {
        self.durable = self.count;
    }

    /// Whether it has something to remember that is not prepared.
    pub(crate) fn is_touched(&self) -> bool {
        self.touched || self.seen_touched
    }

    /// How many commits are durable.
    pub(crate) fn durable(&self) -> u64 {
        self.durable
    }
}

impl Standing {
    /// Marks a replica that was restored from a backup: if its node is a voter, it does not vote
    /// until it has enrolled anew, as one that a peer has seen more of.
    ///
    /// For a tool that restores: it opens the replica, calls this, and commits. A restored voter
    /// that is not marked is found by its peers only while they remember how far it was; with
    /// [`QuorumConfig::strict`](crate::QuorumConfig::strict) that does not matter.
    ///
    /// # Errors
    ///
    /// When what the replica remembers cannot be read: a later release has stored it.
    pub fn mark_restored<S: Replicated>(replica: &mut Replica<S>) -> Result<(), InvalidVoters> {
        let (count, vote) = Rights::vote(replica)?;
        let vote = Vote { doubt: Some(NotVoting::Restored), ..vote.unwrap_or_default() };
        remember(replica, VOTE, count.saturating_add(1), &vote);
        Ok(())
    }
}

fn remember<S: Replicated>(
    replica: &mut Replica<S>,
    name: &str,
    version: u64,
    note: &impl Serialize,
) {
    // Ids and numbers can be encoded.
    if let Ok(note) = rejoin_codec::seal(FORMAT, note) {
        replica.set_note(name, version, note);
    }
}
