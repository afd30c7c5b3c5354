use core::fmt;
use std::collections::BTreeSet;

use rejoin_codec::SealError;
use rejoin_core::NodeId;
use rejoin_store::{Replica, Replicated};
use serde::{Deserialize, Serialize};

use crate::level::Quorum;

/// The name of the note in which a replica remembers its voters, and the format of it.
const NOTE: &str = "voters";
const FORMAT: u8 = 1;

/// The nodes whose majority decides what has been written: a declared set, under a version.
///
/// It is declared once, the same at every node, and changed in two steps: `{a, b, c}` (version 1)
/// → *joint* `{a, b, c} and {a, b, d}` (version 2) → `{a, b, d}` (version 3). While it is joint,
/// each quorum is asked for in both sets, so that it overlaps with the quorums of either. A voter
/// that has seen a version refuses requests of all older ones, for good, so the old majority is
/// gone before the new one acts alone. [`Coordinator::change_voters`] takes both steps.
///
/// **One change at a time, from one place.** Two changes that start from the same version are
/// kept from both being finished, but each may stand in the other's way.
///
/// **A node that has lost its disk comes back under a new [`NodeId`]**, and votes once a change
/// has put it in the place of the old id. Under its old id it must not: voters that forget
/// break the promise on which every read relies, even if they first read what a majority has.
///
/// [`Coordinator::change_voters`]: crate::Coordinator::change_voters
///
/// ```
/// use rejoin_quorum::{NodeId, Quorum, Voters};
///
/// let [a, b, c, d] = [1, 2, 3, 4].map(NodeId::from_u128);
/// let voters = Voters::declare([a, b, c])?;
/// assert!(voters.has(Quorum::Majority, |voter| voter != c));
///
/// let joint = voters.to([a, b, d])?;
/// assert!(joint.has(Quorum::Majority, |voter| voter == a || voter == b));
/// assert!(!joint.has(Quorum::Majority, |voter| voter == a || voter == c)); // no majority of {a, b, d}
/// # Ok::<(), rejoin_quorum::InvalidVoters>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Voters {
    version: u64,
    current: BTreeSet<NodeId>,
    next: Option<BTreeSet<NodeId>>,
}

impl Voters {
    /// The first voters of an object, under version 1.
    ///
    /// # Errors
    ///
    /// When there are none.
    pub fn declare(voters: impl IntoIterator<Item = NodeId>) -> Result<Self, InvalidVoters> {
        Self::new(1, voters.into_iter().collect(), None)
    }

    /// The joint set on the way from these voters to `next`, under the next version.
    ///
    /// # Errors
    ///
    /// When `next` is empty, or these are joint already.
    pub fn to(&self, next: impl IntoIterator<Item = NodeId>) -> Result<Self, InvalidVoters> {
        if self.is_joint() {
            return Err(InvalidVoters::Joint);
        }
        let version = self.version.checked_add(1).ok_or(InvalidVoters::Version)?;
        let next = Some(next.into_iter().collect());
        Self::new(version, self.current.clone(), next)
    }

    fn new(
        version: u64,
        current: BTreeSet<NodeId>,
        next: Option<BTreeSet<NodeId>>,
    ) -> Result<Self, InvalidVoters> {
        if current.is_empty() || next.as_ref().is_some_and(BTreeSet::is_empty) {
            return Err(InvalidVoters::Empty);
        }
        if version == 0 {
            return Err(InvalidVoters::Version);
        }
        Ok(Self { version, current, next })
    }

    /// The newest voters that the replica remembers, if there are any.
    pub(crate) fn remembered<S>(replica: &Replica<S>) -> Result<Option<Self>, InvalidVoters> {
        let Some((_, note)) = replica.note(NOTE) else { return Ok(None) };
        rejoin_codec::open(FORMAT, note).map(Some).map_err(InvalidVoters::Unreadable)
    }

    /// Lets the replica remember these voters, if they are newer than those that it remembers. They
    /// become durable as an edit does.
    pub(crate) fn remember<S: Replicated>(&self, replica: &mut Replica<S>) {
        if replica.note(NOTE).is_some_and(|(version, _)| version >= self.version) {
            return;
        }
        // Ids and numbers can be encoded.
        if let Ok(note) = rejoin_codec::seal(FORMAT, self) {
            replica.set_note(NOTE, self.version, note);
        }
    }

    /// What these voters, if joint, are changed to, under the next version.
    pub(crate) fn finished(&self) -> Option<Self> {
        let version = self.version.checked_add(1)?;
        self.next.clone().map(|current| Self { version, current, next: None })
    }

    /// The way back from these voters, if they are joint: to the old ones alone, by way of the next
    /// version, in which both sets are the old one.
    pub(crate) fn aborted(&self) -> Option<Self> {
        let version = self.version.checked_add(1)?;
        let old = self.next.is_some().then(|| self.current.clone());
        old.map(|old| Self { version, current: old.clone(), next: Some(old) })
    }

    /// Other voters, without a majority of these: by way of a version in which both sets are the
    /// new one, and to which no change of these voters leads.
    pub(crate) fn forced(
        &self,
        to: impl IntoIterator<Item = NodeId>,
    ) -> Result<Self, InvalidVoters> {
        let version = self.version.checked_add(2).ok_or(InvalidVoters::Version)?;
        let to: BTreeSet<NodeId> = to.into_iter().collect();
        Self::new(version, to.clone(), Some(to))
    }

    /// Counts the steps: 1 is the declaration.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether a change is on its way.
    #[must_use]
    pub fn is_joint(&self) -> bool {
        self.next.is_some()
    }

    /// The set that is being changed to, if there is one.
    #[must_use]
    pub fn next(&self) -> Option<&BTreeSet<NodeId>> {
        self.next.as_ref()
    }

    /// The voters, and those that are going to be, in ascending order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        let all: BTreeSet<NodeId> = self.sets().flatten().copied().collect();
        all.into_iter()
    }

    /// Whether `node` is a voter, or is going to be.
    #[must_use]
    pub fn contains(&self, node: NodeId) -> bool {
        self.sets().any(|set| set.contains(&node))
    }

    /// Whether the voters for which `has` holds are a quorum, in each set.
    #[must_use]
    pub fn has(&self, quorum: Quorum, has: impl Fn(NodeId) -> bool) -> bool {
        self.sets().all(|set| set.iter().filter(|id| has(**id)).count() >= quorum.of(set.len()))
    }

    /// The sets in each of which a quorum is needed.
    pub(crate) fn sets(&self) -> impl Iterator<Item = &BTreeSet<NodeId>> {
        core::iter::once(&self.current).chain(&self.next)
    }
}

/// The version and the nodes, such as `{a, b} (version 1)` or `{a, b} → {a, c} (version 2)`.
impl fmt::Display for Voters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, set) in self.sets().enumerate() {
            f.write_str(if index == 0 { "{" } else { "} → {" })?;
            write_ids(f, set)?;
        }
        write!(f, "}} (version {})", self.version)
    }
}

fn write_ids<'a>(
    f: &mut fmt::Formatter<'_>,
    ids: impl IntoIterator<Item = &'a NodeId>,
) -> fmt::Result {
    ids.into_iter().enumerate().try_for_each(|(index, id)| {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{id}")
    })
}

/// What an encoding says, before it is checked.
#[derive(Deserialize)]
struct Unchecked {
    version: u64,
    current: Vec<NodeId>,
    next: Option<Vec<NodeId>>,
}

impl TryFrom<Unchecked> for Voters {
    type Error = InvalidVoters;

    fn try_from(unchecked: Unchecked) -> Result<Self, InvalidVoters> {
        let set = |voters: Vec<NodeId>| {
            let is_sorted = voters.is_sorted_by(|a, b| a < b);
            is_sorted.then(|| voters.into_iter().collect()).ok_or(InvalidVoters::Unsorted)
        };
        let Unchecked { version, current, next } = unchecked;
        Self::new(version, set(current)?, next.map(set).transpose()?)
    }
}

/// A set of voters that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidVoters {
    /// There is no voter.
    Empty,
    /// A change is on its way already.
    Joint,
    /// The version is 0, or there is none left.
    Version,
    /// What was read is not in ascending order, or names a voter twice.
    Unsorted,
    /// What a replica remembers of its voters cannot be read.
    Unreadable(SealError),
    /// The declared voters are not those that the replica remembers, under the same version. They
    /// are changed by [`Quorums::change_voters`](crate::Quorums::change_voters), and not by
    /// declaring others.
    Differ {
        /// Those that are declared now.
        declared: Box<Voters>,
        /// Those that the replica remembers.
        remembered: Box<Voters>,
    },
    /// These new voters are not connected here, or do not take part in quorum operations.
    Absent(Vec<NodeId>),
    /// No change is on its way.
    NotJoint,
}

impl fmt::Display for InvalidVoters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Differ { declared, remembered } => {
                return write!(
                    f,
                    "the voters {declared} are declared, and {remembered} remembered"
                );
            }
            Self::Absent(absent) => {
                f.write_str("not connected, or without objects: ")?;
                return write_ids(f, absent);
            }
            Self::NotJoint => "no change of voters is on its way",
            Self::Empty => "no voters",
            Self::Joint => "voters are being changed already",
            Self::Version => "version of the voters is out of range",
            Self::Unsorted => "voters are not in ascending order",
            Self::Unreadable(_) => "the voters that the replica remembers cannot be read",
        })
    }
}

impl core::error::Error for InvalidVoters {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}
