//! What the measurements of Rejoin share.
//!
//! * `cargo run --release --manifest-path benches/Cargo.toml --bin scoreboard` measures Rejoin
//!   beside its peers: see [`scoreboard`] and `docs/performance.md`.
//! * `… --bin codec` measures how fast values become bytes, and bytes values: see [`coding`].
//! * `… --bin sync` and `… --bin reconcile` measure synchronisation: see `docs/sync.md`.
//! * `cargo bench --manifest-path benches/Cargo.toml` shows the slopes of every type: see
//!   `benches/sweep.rs`.
//! * `examples/cart_*.rs` are one program in seven libraries: see `docs/comparison.md`.

pub mod coding;
pub mod encode;
mod peers;
pub mod scoreboard;
pub mod values;
