//! What a replica measures of itself: how far it lags, how stale its reads are, what waits.
//!
//! [`Replica::report`](crate::Replica::report) gives a [`Report`] with all the numbers, and
//! [`Replica::health`](crate::Replica::health) compares it with [`Limits`].
//!
//! ```
//! use core::time::Duration;
//! use rejoin_core::{Causal, DotMap, DotSet, ReplicaId};
//! use rejoin_store::observe::{Health, Limits};
//! use rejoin_store::{Config, Replica, Time};
//!
//! let mut replica =
//!     Replica::<Causal<DotMap<String, DotSet>>>::new(ReplicaId::from_u128(1), Config::default());
//! let (now, since_1970) = (Time::ZERO, Duration::from_secs(1_800_000_000));
//! replica.set_clock(now, since_1970); // the wall clock, for stamps and lags
//!
//! replica.edit(|tags| tags.entry("red".to_owned()).write());
//! replica.note_read(now); // who serves reads counts them
//! assert_eq!(replica.report(now).reads, 1);
//! assert_eq!(replica.health(now, &Limits::default()), Health::Healthy);
//! println!("{}", replica.report(now));
//! ```
//!
//! Nothing here reads a clock or does any I/O. Times of other replicas are wall-clock times, so
//! whatever is said of lag and staleness is off by the difference of the two clocks, and by no more
//! than what `docs/observability.md` says.

mod health;
mod histogram;
mod lag;
mod latency;
mod observer;
mod recent;
mod report;
mod settings;
mod staleness;

pub use self::health::{Excess, Health, Limits};
pub use self::histogram::{Histogram, Summary};
pub use self::lag::Lag;
pub use self::latency::Latency;
pub(crate) use self::observer::{Observer, gaps};
pub use self::report::Report;
pub use self::settings::Settings;
pub use self::staleness::Staleness;
