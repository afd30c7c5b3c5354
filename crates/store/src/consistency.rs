//! How much an operation promises, chosen for each: eventual, by a quorum, or strong; and what a
//! session sees.
//!
//! Sans I/O, as the [`Replica`](crate::Replica) is: messages in, messages out.
//!
//! * [`Acceptor`] and [`Coordinator`] are the two halves of quorum and strong operations on one
//!   object, that is one value with a context of its own; [`Voters`] says who takes part.
//! * [`Quorums`] has them for all [`Objects`] of a replica's value, and is driven together with it.
//! * [`Session`] keeps what a client has seen and written as a [`CausalToken`], and [`Waits`] lets
//!   operations wait until a replica has seen as much.
//!
//! [`check`](crate::check) finds out from a recorded history whether the promises were kept.

mod level;
mod voters;

mod acceptor;
mod coordinator;
mod message;

mod objects;
mod quorums;

mod session;
mod token;
mod waits;

pub use self::acceptor::{Acceptor, Fairness, Record};
pub use self::coordinator::{
    Answers, Coordinator, CoordinatorConfig, Done, OperationError, OperationId, Success,
};
pub use self::level::{Level, Quorum};
pub use self::message::{Outgoing, Reply, Request, RequestId};
pub use self::objects::{ByKey, Objects, Single};
pub use self::quorums::{Ended, QuorumConfig, Quorums, Ticket};
pub use self::session::{Guarantees, Session};
pub use self::token::{CausalToken, InvalidToken};
pub use self::voters::{InvalidVoters, Voters};
pub use self::waits::{Missing, NotSeen, WaitId, Waits};
