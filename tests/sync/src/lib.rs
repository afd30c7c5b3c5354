//! The micro-benchmarks of Enes, Almeida, Baquero, Leitão, *Efficient Synchronization of
//! State-based CRDTs* (ICDE 2019), run again in lock-step over our types.
//!
//! Fifteen nodes, an event and a synchronisation a second each, for a hundred seconds. What an
//! algorithm sends is counted in the unit of the paper: an entry of the lattice. `docs/sync.md` has
//! the tables and says what differs from the paper.
//!
//! * [`workload`]: what happens at a node in a second, and how large a value is.
//! * [`topology`]: who is connected with whom.
//! * [`network`]: the clock, the links and the counting.
//! * [`algorithm`]: what an algorithm is; [`state_based`], [`delta_based`] and [`scuttlebutt`] are
//!   those of the paper, [`ours`] wraps `rejoin_gossip`.
//! * [`kind`]: all of them, by name. [`paper`]: what the authors measured.

pub mod algorithm;
pub mod delta_based;
pub mod kind;
pub mod network;
pub mod ours;
pub mod paper;
pub mod scuttlebutt;
pub mod state_based;
pub mod topology;
pub mod workload;

pub use self::algorithm::{Algorithm, Cost};
pub use self::kind::Kind;
pub use self::network::{Network, Order, Outcome, Plan};
pub use self::topology::Topology;
pub use self::workload::{Lattice, Workload};
