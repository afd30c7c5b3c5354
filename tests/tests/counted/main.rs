//! What is counted by the allocator: what edits, merges and hostile bytes ask of it.
//!
//! A binary of its own, because this allocator is that of the whole process, and slower.

mod cost;
mod memory;
mod untrusted;
