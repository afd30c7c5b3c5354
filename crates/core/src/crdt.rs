use rejoin_clocks::{CausalContext, VersionVector};

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
/// | inflation | `merge` returns `true` exactly when `self` changed |
/// | order | `a.covers(&b)` exactly when `a ⊔ b = a` |
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
/// #[derive(Clone, Default)]
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
pub trait Crdt: Clone + Default {
    /// Joins `other` into `self`, and returns whether `self` changed.
    fn merge(&mut self, other: Self) -> bool;

    /// Whether `self ⊒ other`: merging `other` would change nothing.
    ///
    /// The provided one merges a clone into a clone. Types that can compare override it.
    #[must_use]
    fn covers(&self, other: &Self) -> bool {
        !self.clone().merge(other.clone())
    }

    /// Whether `self` is the value before any edit: whether every value covers it.
    #[must_use]
    fn is_bottom(&self) -> bool {
        Self::default().covers(self)
    }
}

impl Crdt for () {
    fn merge(&mut self, (): Self) -> bool {
        false
    }

    fn covers(&self, (): &Self) -> bool {
        true
    }
}

impl<T: Crdt> Crdt for alloc::boxed::Box<T> {
    fn merge(&mut self, other: Self) -> bool {
        (**self).merge(*other)
    }

    fn covers(&self, other: &Self) -> bool {
        (**self).covers(other)
    }

    fn is_bottom(&self) -> bool {
        (**self).is_bottom()
    }
}

impl Crdt for VersionVector {
    fn merge(&mut self, other: Self) -> bool {
        self.join(&other)
    }

    fn covers(&self, other: &Self) -> bool {
        self.dominates(other)
    }

    fn is_bottom(&self) -> bool {
        self.is_empty()
    }
}

impl Crdt for CausalContext {
    fn merge(&mut self, other: Self) -> bool {
        self.join(&other)
    }

    fn covers(&self, other: &Self) -> bool {
        self.is_superset(other)
    }

    fn is_bottom(&self) -> bool {
        self.is_empty()
    }
}
