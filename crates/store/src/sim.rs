//! A seeded network in memory, to test replicated types and storages against what networks do.
//!
//! It runs the same [`Replica`](crate::Replica)s as any transport, on simulated time. The same seed
//! gives the same run: a failing seed replays exactly, and [`Network::trace`] tells two runs apart.
//!
//! ```
//! use core::time::Duration;
//! use rejoin_core::{Causal, DotMap, DotSet};
//! use rejoin_store::sim::{Faults, Network};
//!
//! let mut network = Network::<Causal<DotMap<String, DotSet>>>::new(42, 3, Faults::harsh());
//! network.edit(0, |tags| tags.entry("red".to_owned()).write());
//! network.partition(&[&[0, 1], &[2]]);
//! network.edit(2, |tags| tags.entry("blue".to_owned()).write());
//! network.run_for(Duration::from_secs(5));
//! assert!(!network.is_converged());
//!
//! network.heal();
//! network.conclude(Duration::from_secs(60))?;
//! assert_eq!(network.state(1).len(), 2);
//! # Ok::<(), rejoin_store::sim::Violation>(())
//! ```
//!
//! | what goes wrong | |
//! |---|---|
//! | messages are lost, repeated, delayed, reordered, damaged | [`Faults`], or [`Network::set_link_faults`] for one direction of one link |
//! | the network is cut in parts, or in one direction only | [`partition`](Network::partition), [`cut`](Network::cut), [`heal`](Network::heal) |
//! | not everybody is linked with everybody | [`arrange`](Network::arrange) in a [`Shape`], [`link`](Network::link), [`unlink`](Network::unlink) |
//! | replicas crash, with or without notice, and restart | [`crash`](Network::crash), [`vanish`](Network::vanish), [`restart`](Network::restart) |
//! | they come and go | [`join`](Network::join), [`leave`](Network::leave) |
//! | disks are slow, fail, fail only by what they say, are replaced | [`Faults`], [`replace_disk`](Network::replace_disk) |
//! | clocks run fast or slow, stand still, jump ahead | [`Faults`], [`set_clock_rate`](Network::set_clock_rate), [`jump_clock`](Network::jump_clock) |
//!
//! # A type of your own
//!
//! [`Run`] does all of that at random. It needs a [`Subject`], which says how the type is edited and
//! what can be read of it, and checks at the end of each run that the replicas are equal, that no
//! acknowledged edit is lost, that nothing comes back that was removed, that buffers were bounded
//! and have drained, and that nothing but heartbeats is sent any more. [`explore`] makes runs until
//! one fails, and names its seed. [`Subject`] has an example.
//!
//! The example `simulate` of this crate does so for a document:
//!
//! ```sh
//! cargo run --release -p rejoin-store --example simulate -- --seeds 100000
//! ```
//!
//! A check that has never failed proves nothing: [`Network::plant`] plants a [`Mistake`] that your
//! test has to notice.

mod clock;
mod dice;
mod disk;
mod explore;
mod faults;
mod links;
mod mistake;
mod network;
mod node;
mod not_converged;
mod run;
mod shape;
mod tally;

use core::time::Duration;

pub use self::dice::Dice;
pub use self::explore::{Failure, explore};
pub use self::faults::Faults;
pub use self::mistake::Mistake;
pub use self::network::{Network, Violation};
pub use self::not_converged::NotConverged;
pub use self::run::{Edited, Happened, Run, Subject, frugal};
pub use self::shape::Shape;
pub use self::tally::Tally;

/// A random duration between two, the later one included.
fn between(rng: &mut fastrand::Rng, least: Duration, most: Duration) -> Duration {
    least + most.saturating_sub(least).mul_f64(rng.f64())
}
