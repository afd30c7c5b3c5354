use crate::Crdt;

/// The unique irredundant join decomposition of a value.
///
/// | law | |
/// |---|---|
/// | complete | the join of the parts is the value |
/// | irredundant | leaving any part out gives less |
/// | irreducible | a part decomposes into itself |
///
/// It gives the optimal difference between two values of *any* such type
/// ([`difference`](Decompose::difference)), and cuts big values into chunks
/// ([`split`](Decompose::split)).
///
/// Parts go to a visitor rather than into an iterator, because the iterator types of recursive
/// documents would be infinite.
///
/// Source: Enes, Almeida, Baquero, Leitão, *Efficient Synchronization of State-based CRDTs*
/// (ICDE 2019), definition 3.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken apart: it has no `Decompose`",
    label = "has no parts",
    note = "a struct of lattices: `#[derive(Crdt, Decompose)]`; one that has only a `merge`: use `Whole<{Self}>`",
    note = "a dot store such as `AwSet` or `OrMap` has it together with its context: use `Causal<{Self}>`"
)]
pub trait Decompose: Crdt {
    /// Calls `visit` with every join-irreducible part of `self`, in an unspecified order.
    fn decompose(&self, visit: &mut dyn FnMut(Self));

    /// Calls `visit` with parts whose join is `self`, not more of them than a constant times what is
    /// stored: what big values are cut into chunks by.
    ///
    /// The join of the first few, however many, is a value that a replica can go on from: its digest
    /// claims nothing that the parts to come would still change. So chunks may be merged as they
    /// come, in this order, even if the last ones never do.
    ///
    /// Parts need not be irreducible: a run of removed dots is one. They are the irreducible ones
    /// by default.
    fn split(&self, visit: &mut dyn FnMut(Self)) {
        self.decompose(visit);
    }

    /// The least `d` with `known ⊔ d = known ⊔ self`: Δ(self, known) in the paper.
    ///
    /// Returns bottom when `known` lacks nothing. Merges every part into a copy of `known`.
    #[must_use]
    fn difference(&self, known: &Self) -> Self
    where
        Self: Clone,
    {
        // Parts are irreducible and the lattice is distributive, so a part that the earlier parts
        // together with `known` cover is covered by `known` alone: one growing copy is enough.
        let mut seen = known.clone();
        let mut missing = Self::default();
        self.decompose(&mut |part| {
            if seen.merge(part.clone()) {
                missing.merge(part);
            }
        });
        missing
    }
}

impl Decompose for () {
    fn decompose(&self, _visit: &mut dyn FnMut(Self)) {}
}
