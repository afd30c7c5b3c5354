//! What only several crates together can show. One binary, as each is compiled and linked by
//! itself.
//!
//! `counted` beside it is another one: its allocator counts, which makes tests slower.

mod arbitrary;
mod canaries;
mod corpus;
mod decoder;
mod derive;
mod escrow;
mod examples;
mod exhaustive;
mod fork;
mod golden;
mod hashed;
mod json;
mod laws;
mod oracle;
mod regressions;
mod replay;
mod retire;
mod round_trips;
mod shapes;
mod tidy;
mod timeline;
mod upgrades;
mod watch;
mod whole;
