#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod token;

mod session;

mod waits;

pub use rejoin_gossip::{GroupClock, Time};

pub use self::session::{Guarantees, Session};
pub use self::token::{CausalToken, InvalidToken};
pub use self::waits::{Missing, NotSeen, WaitId, Waits};
