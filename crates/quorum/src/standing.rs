use core::fmt;
use std::collections::BTreeMap;

use rejoin_codec::DecodeError;
use rejoin_core::{NodeId, ReplicaId};
use serde::{Deserialize, Serialize};

use crate::voters::Voters;

/// What a node that takes part in quorum and strong operations says of them when it greets: two
/// entries of a greeting.
///
/// | entry | says |
/// |---|---|
/// | [`VOTERS`](Self::VOTERS) | by which voters the node goes |
/// | [`DURABLE`](Self::DURABLE) | what it has made durable, and what it has seen of each voter |
///
/// Nodes that declare different voters, a voter whose disk is older than what others have seen of
/// it, and two runs of one voter are found by them: see
/// [`Quorums::greeted`](crate::Quorums::greeted). It takes memory and bytes in the number of
/// voters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub(crate) voters: Voters,
    pub(crate) durable: Durable,
}

/// What a node has made durable, and what it knows that voters have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Durable {
    #[serde(rename = "o")]
    pub(crate) own: Tally,
    #[serde(rename = "s")]
    pub(crate) seen: BTreeMap<NodeId, Seen>,
}

/// How far a voter is: what its disk has less of when it is an older copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Which enrolment of the voter it is.
    #[serde(rename = "e")]
    pub(crate) enrolment: u64,
    /// What its first commit in this run was counted as.
    #[serde(rename = "s")]
    pub(crate) start: u64,
    /// How many commits it has counted in all runs, until the last one that is durable.
    #[serde(rename = "c")]
    pub(crate) count: u64,
}

impl Tally {
    /// Whether a run that is so far has begun from a disk that had all that `other` tells of.
    pub(crate) fn succeeds(&self, other: &Self) -> bool {
        (self.enrolment, self.start) > (other.enrolment, other.count)
    }

    /// The same run, where it is further.
    pub(crate) fn later(self, other: Self) -> Self {
        if (self.enrolment, self.count) < (other.enrolment, other.count) { other } else { self }
    }
}

/// The most that has been seen of a voter, and of which run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    #[serde(rename = "r")]
    pub(crate) run: ReplicaId,
    #[serde(rename = "y")]
    pub(crate) tally: Tally,
    /// Whether another run was seen, under the same enrolment, of which neither has begun with all
    /// that the other one has.
    #[serde(rename = "f")]
    pub(crate) forked: bool,
    /// Whether two live runs of it have been heard.
    #[serde(rename = "t")]
    pub(crate) contested: bool,
}

impl Seen {
    pub(crate) fn new(run: ReplicaId, tally: Tally) -> Self {
        Self { run, tally, forked: false, contested: false }
    }

    /// This, and what else was seen of the voter.
    pub(crate) fn join(self, other: &Self) -> Self {
        let mut known = self;
        let is_fork = other.run != self.run
            && !other.tally.succeeds(&self.tally)
            && !self.tally.succeeds(&other.tally);
        if other.run == self.run {
            known.tally = self.tally.later(other.tally);
        } else if other.tally.succeeds(&self.tally) {
            (known.run, known.tally) = (other.run, other.tally);
        }
        // A later enrolment has put right what was before.
        let still = |seen: &Self| seen.forked && seen.tally.enrolment == known.tally.enrolment;
        known.forked = is_fork || still(&self) || still(other);
        known
    }

    /// Whether a run that is so far lacks something that was seen of its voter.
    pub(crate) fn is_ahead_of(&self, run: ReplicaId, tally: &Tally) -> bool {
        let is_more = if self.run == run {
            (self.tally.enrolment, self.tally.count) > (tally.enrolment, tally.count)
        } else {
            !tally.succeeds(&self.tally)
        };
        is_more || self.forked && self.tally.enrolment >= tally.enrolment
    }
}

impl Standing {
    /// The name of the entry that [`encode_voters`](Self::encode_voters) gives.
    pub const VOTERS: &'static str = "voters";
    /// The name of the entry that [`encode_durable`](Self::encode_durable) gives.
    pub const DURABLE: &'static str = "durable";

    /// By which voters the node goes.
    #[must_use]
    pub fn voters(&self) -> &Voters {
        &self.voters
    }

    /// Whether this, which a node has said to a peer, lacks something that it would say `now` and
    /// that the peer has to hear: that more was seen of it than it has, according to its standing
    /// `theirs`.
    ///
    /// Then the connection must not be opened: both greet again.
    #[must_use]
    pub fn is_outdated(&self, now: &Self, peer: ReplicaId, theirs: &Self) -> bool {
        let tells = |standing: &Self| {
            let seen = standing.durable.seen.get(&peer.node());
            seen.is_some_and(|seen| seen.contested || seen.is_ahead_of(peer, &theirs.durable.own))
        };
        tells(now) && !tells(self)
    }

    /// The bytes of the entry [`VOTERS`](Self::VOTERS).
    #[must_use]
    pub fn encode_voters(&self) -> Vec<u8> {
        rejoin_codec::to_vec(&self.voters).unwrap_or_default() // ids and numbers can be encoded
    }

    /// The bytes of the entry [`DURABLE`](Self::DURABLE).
    #[must_use]
    pub fn encode_durable(&self) -> Vec<u8> {
        rejoin_codec::to_vec(&self.durable).unwrap_or_default() // likewise
    }

    /// Reads both entries.
    ///
    /// # Errors
    ///
    /// When the bytes are anything else.
    pub fn decode(voters: &[u8], durable: &[u8]) -> Result<Self, DecodeError> {
        let voters = rejoin_codec::from_slice(voters)?;
        Ok(Self { voters, durable: rejoin_codec::from_slice(durable)? })
    }
}

/// Why a peer is refused, in a sentence that names both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// The peer goes by other voters of the same version. The one of the two that has the wrong
    /// ones is to be started with the right ones. Voters that act are changed only by
    /// [`change_voters`](crate::Quorums::change_voters).
    Voters {
        /// Those that this node goes by.
        own: Box<Voters>,
        /// The peer.
        peer: ReplicaId,
        /// Those that it goes by.
        theirs: Box<Voters>,
    },
    /// The peer is one of two live runs of one voter: copies of its disk, or one that is older than
    /// the other. One of them has to be stopped; then the other one enrols.
    TwoRuns {
        /// The peer.
        peer: ReplicaId,
        /// The other run.
        other: ReplicaId,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Voters { own, peer, theirs } => {
                write!(f, "{peer} goes by the voters {theirs}, and this node by {own}")
            }
            Self::TwoRuns { peer, other } => {
                write!(f, "{peer} and {other} are live runs of one voter")
            }
        }
    }
}

impl core::error::Error for Mismatch {}

/// Why a voter does not vote, until it has enrolled.
///
/// Its replica goes on as ever: eventual edits and reads, and operations at other voters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum NotVoting {
    /// Its disk is older than what this peer has seen of it: a backup has been restored, or it was
    /// copied, or its last commits were lost.
    #[serde(rename = "b")]
    Behind {
        /// The peer.
        peer: ReplicaId,
    },
    /// Its disk has been [marked as restored](Standing::mark_restored).
    #[serde(rename = "r")]
    Restored,
    /// Another run of it is live, or was a moment ago.
    #[serde(rename = "t")]
    TwoRuns {
        /// That run, or the last one that a peer has heard.
        other: ReplicaId,
    },
    /// This peer goes by other voters, and this node has not yet met a majority that goes by its
    /// own. It votes when the peer has greeted with the same voters; if the peer is gone for good,
    /// this node has to be restarted.
    #[serde(rename = "v")]
    OtherVoters {
        /// The peer's node.
        peer: NodeId,
    },
    /// It has just started, and [`strict`](crate::QuorumConfig::strict) asks for an enrolment.
    #[serde(rename = "n")]
    NewRun,
}

impl NotVoting {
    /// The reason, in a few words.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Behind { .. } => "its disk is older than what a peer has seen of it",
            Self::Restored => "its disk was restored from a backup",
            Self::TwoRuns { .. } => "another run of it is live",
            Self::OtherVoters { .. } => "a peer goes by other voters",
            Self::NewRun => "its new run is not recorded by the other voters yet",
        }
    }
}

impl fmt::Display for NotVoting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not voting: {}", self.reason())?;
        match self {
            Self::Behind { peer: run } | Self::TwoRuns { other: run } => write!(f, " ({run})"),
            Self::OtherVoters { peer } => write!(f, " ({peer})"),
            Self::Restored | Self::NewRun => Ok(()),
        }
    }
}
