use core::fmt;

use rejoin_quorum::Mismatch;
use rejoin_shape::ShapeMismatch;

/// Why a node refuses a peer that has greeted, in a sentence that names both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GreetingMismatch {
    /// The peer is this run itself, or writes under its id. Two processes that do that lose each
    /// other's edits; one needs a new id.
    SameRun,
    /// There is no version of the protocol that both speak.
    Protocol {
        /// The lowest and the highest of this node.
        own: (u8, u8),
        /// Those of the peer.
        theirs: (u8, u8),
    },
    /// The peer is of another [data set](crate::NodeConfig::data_set).
    DataSet {
        /// That of this node.
        own: String,
        /// That of the peer.
        theirs: String,
    },
    /// The peer replicates a value of another type: its shape does not fit that of this node, or
    /// of another version that this node has accepted.
    Type(ShapeMismatch),
    /// The value has been [rewritten](rejoin_store::Replica::next_epoch) at one of them only.
    Epoch {
        /// How often, here.
        own: u64,
        /// And there.
        theirs: u64,
    },
    /// An option differs that has to be the same at all replicas.
    Option {
        /// Its name.
        name: &'static str,
        /// What it is here.
        own: u64,
        /// And there.
        theirs: u64,
    },
    /// The peer asks for something that this release does not know.
    Unknown {
        /// The name of the entry.
        name: String,
    },
    /// An entry is missing, or cannot be read.
    Malformed {
        /// Its name.
        name: &'static str,
    },
    /// The voters differ, or two runs of a voter are live.
    Voters(Mismatch),
}

impl fmt::Display for GreetingMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameRun => f.write_str("two replicas share one id"),
            Self::Protocol { own, theirs } => write!(
                f,
                "the peer speaks the protocol from version {} to {}, and this node from {} to {}",
                theirs.0, theirs.1, own.0, own.1
            ),
            Self::DataSet { own, theirs } => {
                write!(f, "the peer is of the data set {theirs:?}, and this node of {own:?}")
            }
            Self::Type(mismatch) => write!(f, "the peer replicates another type: {mismatch}"),
            Self::Epoch { own, theirs } => {
                write!(f, "the peer is in epoch {theirs}, and this node in {own}")
            }
            Self::Option { name, own, theirs } => {
                write!(f, "{name} is {theirs} at the peer, and {own} here")
            }
            Self::Unknown { name } => {
                write!(f, "the peer asks for {name}, which this node does not know")
            }
            Self::Malformed { name } => write!(f, "the peer's greeting has no proper {name}"),
            Self::Voters(mismatch) => mismatch.fmt(f),
        }
    }
}

impl core::error::Error for GreetingMismatch {}
