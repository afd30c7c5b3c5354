#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod level;
mod roll;
mod voters;

mod standing;

mod rights;

mod message;

mod acceptor;
mod coordinator;

mod division;
mod quorums;

pub use rejoin_core::{NodeId, ReplicaId};
pub use rejoin_store::Time;

pub use self::acceptor::{Acceptor, AcceptorRecord, Fairness};
pub use self::coordinator::{
    Answers, Coordinator, CoordinatorConfig, Done, OperationError, OperationId, Success,
};
pub use self::division::{ByKey, Division, Single};
pub use self::level::{Level, Quorum};
pub use self::message::{Outgoing, Reply, Request, RequestId};
pub use self::quorums::{Ended, QuorumConfig, Quorums, Ticket};
pub use self::roll::Roll;
pub use self::standing::{Mismatch, NotVoting, Standing};
pub use self::voters::{InvalidVoters, Voters};
