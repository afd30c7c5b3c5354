//! Whether this node may vote, and what it has seen of the other voters.

mod live;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::{NodeId, ReplicaId};
use rejoin_store::{Replica, Replicated, Time};
use serde::{Deserialize, Serialize};

use self::live::LiveRuns;
use crate::level::Quorum;
use crate::roll::Roll;
use crate::standing::{Durable, Mismatch, NotVoting, Seen, Standing, Tally};
use crate::voters::{InvalidVoters, Voters};

/// The names of the notes in which a replica remembers this, and the format of both.
const VOTE: &str = "vote";
const SEEN: &str = "voters-seen";
const FORMAT: u8 = 1;

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
    live: LiveRuns,
    /// The runs that have greeted as nodes that take part.
    present: BTreeSet<ReplicaId>,
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
            live: LiveRuns::default(),
            present: BTreeSet::new(),
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
        // Of two reasons the one that an operator has to act on is kept.
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
            roll.enter(*voter, seen.tally.enrolment);
        }
        roll
    }

    /// Records an enrolment of a voter, unless another run of it has that number, or a greater one
    /// is known: then it returns that one.
    pub(crate) fn record(&mut self, run: ReplicaId, number: u64) -> Result<(), u64> {
        if let Some(seen) = self.seen.get(&run.node())
            && seen.tally.enrolment >= number
        {
            let is_recorded = seen.tally.enrolment == number && seen.run == run;
            return if is_recorded { Ok(()) } else { Err(seen.tally.enrolment) };
        }
        let tally = Tally { enrolment: number, start: 0, count: 0 };
        self.seen.insert(run.node(), Seen::new(run, tally));
        self.seen_touched = true;
        Ok(())
    }

    /// Notes what was seen of a voter, here or by a peer.
    pub(crate) fn saw(&mut self, voters: &Voters, seen: &Seen) {
        let node = seen.run.node();
        if node == self.node() || !voters.contains(node) {
            return;
        }
        self.live.saw(seen.run, seen.tally);
        let seen = Seen { contested: false, ..*seen };
        let before = self.seen.get(&node).copied();
        let known = before.map_or(seen, |before| before.join(&seen));
        if before != Some(known) {
            self.seen.insert(node, known);
            self.seen_grown = true;
            self.live.refuse_behind(before.as_ref(), &known);
        }
    }

    /// Notes how far a peer is, and what it has seen.
    pub(crate) fn saw_all(&mut self, voters: &Voters, peer: ReplicaId, durable: &Durable) {
        self.saw(voters, &Seen::new(peer, durable.own));
        for seen in durable.seen.values() {
            self.saw(voters, seen);
        }
    }

    /// The run of a voter that is known to be the latest one.
    pub(crate) fn latest_run(&self, voter: NodeId) -> Option<ReplicaId> {
        self.seen.get(&voter).map(|seen| seen.run)
    }

    /// Takes the next run whose connection is to be closed.
    pub(crate) fn poll_refused(&mut self) -> Option<(ReplicaId, Option<Mismatch>)> {
        self.live.refused.pop()
    }

    /// Forgets what was seen of nodes that are voters no more.
    pub(crate) fn retain(&mut self, voters: &Voters) {
        self.seen.retain(|voter, _| voters.contains(*voter));
        self.live.retain(voters);
        (self.differ, self.agree) = Default::default();
        self.touched |= !self.vote.has_met;
        self.vote.has_met = true; // a majority goes by them, or they would not have been made
    }

    /// Whether one of these runs has greeted as a node that takes part.
    pub(crate) fn takes_part(&self, node: NodeId, peers: impl Iterator<Item = ReplicaId>) -> bool {
        node == self.node()
            || peers.filter(|run| run.node() == node).any(|run| self.present.contains(&run))
    }

    /// How far it is.
    pub(crate) fn tally(&self) -> Tally {
        let start = self.start.unwrap_or(self.count + 1);
        Tally { enrolment: self.vote.enrolment, start, count: self.durable }
    }

    /// What it says when it greets.
    pub(crate) fn standing(&self, voters: &Voters) -> Standing {
        let contest = |(voter, seen): (&NodeId, &Seen)| {
            (*voter, Seen { contested: self.live.is_contested(*voter), ..*seen })
        };
        let seen = self.seen.iter().map(contest).collect();
        Standing { voters: voters.clone(), durable: Durable { own: self.tally(), seen } }
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
        self.saw_all(voters, peer, &theirs.durable);
        self.present.insert(peer);
        Ok(())
    }

    /// Forgets the runs that have gone.
    pub(crate) fn forget_absent(&mut self, is_connected: impl Fn(ReplicaId) -> bool) {
        self.present.retain(|run| is_connected(*run));
    }

    /// Takes in what a peer has seen of this node.
    fn is_told(&mut self, peer: ReplicaId, seen: &Seen) {
        let own = Tally { count: self.count, ..self.tally() };
        if seen.contested {
            self.suspect(NotVoting::TwoRuns { other: seen.run });
        } else if seen.is_ahead_of(self.run, &own) {
            self.suspect(NotVoting::Behind { peer });
        }
    }

    /// Takes in that a run of a voter is live.
    fn meet(
        &mut self,
        lately: (Time, Duration),
        peer: ReplicaId,
        tally: &Tally,
        is_connected: impl Fn(ReplicaId) -> bool,
    ) -> Result<(), Mismatch> {
        let welcome = self.live.meet(lately, peer, tally, is_connected);
        if let Err(Mismatch::TwoRuns { other, .. }) = &welcome
            && self.live.is_contested(peer.node())
        {
            // So that both hear of it in what is said of the voter.
            let seen = Seen::new(*other, Tally::default());
            self.seen.entry(peer.node()).or_insert(seen);
        }
        welcome
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
        self.touched = false; // a node without a vote has nothing to remember of it
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
}

impl Standing {
    /// Marks a replica that was restored from a backup: if its node is a voter, it does not vote
    /// until it has enrolled, as one that a peer has seen more of.
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
