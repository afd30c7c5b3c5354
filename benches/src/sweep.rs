//! Sweeps of criterion benches over sizes.
