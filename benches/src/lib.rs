//! What the measurements of Rejoin share.
//!
//! * `cargo run --release -p rejoin-benches --bin scoreboard` measures Rejoin beside its peers: see
//!   [`scoreboard`] and `docs/performance.md`.
//! * `cargo run --release -p rejoin-benches --bin codec` measures how fast values become bytes, and
//!   bytes values: see [`coding`].
//! * `cargo bench -p rejoin-benches` shows the slopes of every type: see `benches/sweep.rs`.
//! * `examples/cart_*.rs` are one program in seven libraries: see `docs/comparison.md`.

pub mod coding;
pub mod encode;
mod peers;
pub mod scoreboard;
pub mod values;
