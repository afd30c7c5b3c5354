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
//! use rejoin_sim::check::{self, Action, Guarantee, Operation};
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
mod operation;
mod sessions;

pub use self::linearizable::{NotLinearizable, linearizable};
pub use self::operation::{Action, Operation};
pub use self::sessions::{Guarantee, SessionViolation, sessions};
