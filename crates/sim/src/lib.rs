#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod faults;
mod links;
mod mistake;
mod shape;

mod clock;
mod dice;
mod tally;

mod node;
mod not_converged;

mod network;

mod explore;
mod run;

pub mod check;

pub use self::dice::Dice;
pub use self::explore::{Failure, explore};
pub use self::faults::Faults;
pub use self::mistake::Mistake;
pub use self::network::{Network, Violation};
pub use self::not_converged::NotConverged;
pub use self::run::{Counts, Edited, Run, Workload, frugal};
pub use self::shape::Shape;
pub use self::tally::Tally;
