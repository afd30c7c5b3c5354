use rejoin_clocks::{CausalContext, Dot, ReplicaId, VersionVector};

use crate::ForkedId;

/// A join-semilattice: values that replicas change apart and that merge to the same result
/// everywhere.
///
/// `Default` is bottom, the value before any edit. `merge` is the join, and must be, for all values
/// that edits and merges can make:
///
/// | law | |
/// |---|---|
/// | associative | `(a ⊔ b) ⊔ c = a ⊔ (b ⊔ c)` |
/// | commutative | `a ⊔ b = b ⊔ a` |
/// | idempotent | `a ⊔ a = a` |
/// | bottom | `a ⊔ ⊥ = a` |
/// | inflation is told | `merge` returns whether `self` changed |
/// | mutator = delta | an edit's delta `d` obeys `after = before ⊔ d` |
///
/// A *delta* is a small value of the same type, so full states, deltas, differences and groups of
/// deltas all go through the same `merge`, in any order and any number of times.
///
/// `merge` is total: it neither panics nor fails, and reads no clock, randomness or device.
///
/// ```
/// use rejoin_core::Crdt;
///
/// /// The highest temperature that any of the sensors has seen.
/// #[derive(Default)]
/// struct Hottest(i32);
///
/// impl Crdt for Hottest {
///     fn merge(&mut self, other: Self) -> bool {
///         let hotter = other.0 > self.0;
///         self.0 = self.0.max(other.0);
///         hotter
///     }
/// }
///
/// let (mut roof, cellar) = (Hottest(31), Hottest(12));
/// assert!(!roof.merge(cellar));
/// assert_eq!(roof.0, 31);
/// ```
///
/// The `laws` feature has the check for all of them: see `laws::check`.
///
/// Source: Shapiro, Preguiça, Baquero, Zawirski, *Conflict-free Replicated Data Types* (2011);
/// Almeida, Shoker, Baquero, *Delta State Replicated Data Types* (2018).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a lattice: it has no `Crdt::merge`",
    label = "cannot be merged",
    note = "a dot store such as `AwSet` or `OrMap` becomes a `Crdt` together with its context: use `Causal<{Self}>`",
    note = "a struct of lattices: `#[derive(Crdt)]`; plain data: wrap it in `LwwRegister`, `Max` or `Causal<MvRegister<_>>`"
)]
pub trait Crdt: Default {
    /// Joins `other` into `self`, and returns whether `self` changed.
    fn merge(&mut self, other: Self) -> bool;

    /// Looks for a sign, before a merge, that `own`, the id that edits `self`, edits elsewhere too:
    /// in another process, or in the time before a backup was restored. Merging would lose what one
    /// of the two has written.
    ///
    /// It cannot see writes of the other that are no more than those made here since the two parted
    /// ways; [`Causal::check_dots`](crate::Causal::check_dots) compares what both have. Types without
    /// anything that counts up by replica have nothing to look for, and say `Ok`. Takes time by the
    /// number of fields and keys, not of elements.
    ///
    /// # Errors
    ///
    /// When `other` knows a write of `own` that `self` does not. The remedy is a new id for one of
    /// the two; see [`ReplicaId`].
    fn check_fork(&self, other: &Self, own: ReplicaId) -> Result<(), ForkedId> {
        _ = (other, own);
        Ok(())
    }
}

impl Crdt for () {
    fn merge(&mut self, (): Self) -> bool {
        false
    }
}

impl<T: Crdt> Crdt for alloc::boxed::Box<T> {
    fn merge(&mut self, other: Self) -> bool {
        (**self).merge(*other)
    }

    fn check_fork(&self, other: &Self, own: ReplicaId) -> Result<(), ForkedId> {
        (**self).check_fork(other, own)
    }
}

impl Crdt for VersionVector {
    fn merge(&mut self, other: Self) -> bool {
        self.join(&other)
    }

    fn check_fork(&self, other: &Self, own: ReplicaId) -> Result<(), ForkedId> {
        ForkedId::unless_known(self.get(own), Dot::new(own, other.get(own)))
    }
}

impl Crdt for CausalContext {
    fn merge(&mut self, other: Self) -> bool {
        self.join(&other)
    }

    fn check_fork(&self, other: &Self, own: ReplicaId) -> Result<(), ForkedId> {
        ForkedId::unless_known(self.max(own), Dot::new(own, other.max(own)))
    }
}
