//! Finds out from a recorded history whether the promises of a store were kept.
//!
//! A history is a list of [`Operation`]s: who did what, from when to when, and what was seen. What
//! is seen is told by dots, so a write needs dots of its own, and a read tells of which writes its
//! result was made: the context of the value. The checkers know nothing else of the store, and work
//! on histories of any other as well.
//!
//! * [`sessions`] finds violations of the four session guarantees, and of causal visibility.
//! * [`linearizable`] finds out whether one order explains all that was seen.
//!
//! ```
//! use rejoin_core::{CausalContext, Dot};
//! use rejoin_store::check::{self, Action, Guarantee, Operation};
//! use rejoin_store::{ReplicaId, Time};
//! # use core::time::Duration;
//!
//! let at = |second| Time::new(Duration::from_secs(second));
//! let dots: CausalContext = Dot::new(ReplicaId::from_u128(1), 1).into_iter().collect();
//! let history = [
//!     Operation {
//!         session: 7,
//!         invoked: at(1),
//!         returned: Some(at(2)),
//!         action: Action::Write { key: "cart", dots },
//!     },
//!     Operation {
//!         session: 7,
//!         invoked: at(3),
//!         returned: Some(at(4)),
//!         action: Action::Read { key: Some("cart"), seen: CausalContext::new() },
//!     },
//! ];
//! let [violation] = &check::sessions(&history)[..] else { unreachable!() };
//! assert_eq!(violation.guarantee, Guarantee::ReadYourWrites);
//! assert!(check::linearizable(&history).is_err());
//! ```

mod linearizable;
mod sessions;

use rejoin_core::CausalContext;

pub use self::linearizable::{NotLinearizable, linearizable};
pub use self::sessions::{Guarantee, Violation, sessions};
use crate::Time;

/// One operation of a recorded history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation<K> {
    /// Who did it. A session does one thing after the other, in the order of `invoked`.
    pub session: u64,
    /// When it began.
    pub invoked: Time,
    /// When its result was there. `None`: never. What was to be written may have been written then.
    pub returned: Option<Time>,
    /// What was done.
    pub action: Action<K>,
}

/// What an operation did, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action<K> {
    /// Something was written.
    Write {
        /// Where.
        key: K,
        /// The dots of this write, which no other has.
        dots: CausalContext,
    },
    /// Something was read.
    Read {
        /// Where. `None`: everywhere.
        key: Option<K>,
        /// The dots of the writes that the result was made of, overwritten ones included; others
        /// may be among them.
        seen: CausalContext,
    },
}
