//! Measures encoding and decoding beside the formats of serde and the peers' own, in one run, and
//! prints the tables of `docs/performance.md`.
//!
//! ```sh
//! cargo run --release --manifest-path benches/Cargo.toml --bin codec
//! ```

fn main() {
    for table in rejoin_benches::coding::tables() {
        println!("{table}");
    }
}
