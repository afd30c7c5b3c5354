//! A library whose lints are strict, as a check that generated code says nothing under them.
//!
//! It is built, as a library, whenever the tests are.

#![forbid(missing_docs, missing_debug_implementations)]
#![deny(
    warnings,
    rust_2018_idioms,
    single_use_lifetimes,
    trivial_bounds,
    unnameable_types,
    unreachable_pub,
    unused_lifetimes,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::unwrap_used
)]

use rejoin_core::{
    Causal, Crdt, Decompose, Diff, DotFun, DotMap, DotSet, DotStore, Watch, WatchStore,
};

mod unnamed {
    use super::{Causal, Crdt, DotSet, Hidden, Private, Watch};

    /// Its cursor can be reached, but not named, from outside.
    #[derive(Clone, Debug, Default, PartialEq, Crdt)]
    #[allow(non_snake_case, reason = "the method will be named as the field")]
    pub struct Public<T: Clone> {
        /// Public.
        pub one: Causal<DotSet>,
        two: Causal<Hidden<T>>,
        three_Four: Causal<DotSet>,
        #[crdt(skip)]
        local: u8,
    }

    /// Its changes can be reached, but not named, from outside.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Crdt, Watch)]
    #[allow(non_snake_case, reason = "the variant is named otherwise")]
    pub struct Watched {
        private_Field: Causal<Private>,
        #[crdt(join)]
        joined: Phase,
    }

    /// Nothing to borrow.
    #[derive(
        Clone, Copy, Debug, Default, PartialEq, Eq, Crdt, super::Diff, super::Decompose, Watch,
    )]
    #[crdt(ordered)]
    pub enum Phase {
        /// Documented.
        #[default]
        One,
        /// Deprecated.
        #[deprecated]
        Two,
    }
}

pub use unnamed::{Phase, Public, Watched};

#[derive(Clone, Debug, Default, PartialEq, Eq, DotStore, WatchStore)]
struct Private(DotSet);

#[derive(Clone, Debug, Default, PartialEq, DotStore)]
struct Hidden<T>(DotFun<T>, #[crdt(skip)] u8);

/// Recursive, with a private field of a private type.
#[derive(Clone, Debug, Default, PartialEq, DotStore)]
pub struct Folder {
    /// Public.
    pub folders: DotMap<String, Self>,
    files: DotMap<String, Hidden<u64>>,
}

/// Recursive, with parameters, bounds and a private field of a private type.
#[derive(Clone, Debug, Default, PartialEq, Eq, DotStore, WatchStore)]
#[crdt(bound = "")]
pub struct Tree<T: Clone + WatchStore> {
    /// Public.
    pub trees: DotMap<String, Self>,
    leaves: DotMap<u8, Private>,
    other: T,
}

/// A field of a private type, which its digest hides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Crdt, Diff)]
pub struct Opaque {
    private: Causal<Private>,
}

/// The same with parameters.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff)]
pub struct OpaqueOf<T: Clone> {
    private: Causal<Hidden<T>>,
}

/// Nothing to borrow, merge or digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Crdt, Diff, Decompose, Watch)]
pub struct Unit;

/// Nothing to borrow, join or see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DotStore, WatchStore)]
pub struct Empty {}

/// Deprecated as a whole.
#[deprecated]
#[derive(Clone, Debug, Default, Crdt, Diff, Decompose, Watch)]
pub struct Old(Causal<DotSet>);

/// Deprecated in part.
#[derive(Debug, Default, DotStore, WatchStore)]
pub struct Older<T> {
    /// Deprecated.
    #[deprecated]
    pub one: T,
    /// Not deprecated.
    pub two: DotSet,
}
