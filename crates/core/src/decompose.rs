use crate::Crdt;

/// The unique irredundant join decomposition of a value.
///
/// | law | |
/// |---|---|
/// | complete | the join of the parts is the value |
/// | irredundant | leaving any part out gives less |
/// | irreducible | a part decomposes into itself |
/// | independent | the join of any of the parts is a value like any other |
///
/// It gives the optimal difference between two values of *any* such type
/// ([`difference`](Decompose::difference)), and cuts big values into chunks. By the last law chunks
/// may be merged as they come, even if others never do and their source is gone: what a replica has
/// then, it can tell, and it claims nothing that the missing ones would still change.
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
    /// Whether a reader sees nothing of a value until the last part that
    /// [`decompose`](Self::decompose) gives has been merged too.
    ///
    /// A [`Causal`](crate::Causal) value has such parts: they may be merged as they come. The
    /// parts of another type would show one edit's changes one after the other, so the store keeps
    /// them apart until all have come. The default is right for every type, and costs memory.
    const HIDES_PARTS: bool = false;

    /// Calls `visit` with every join-irreducible part of `self`.
    ///
    /// Merged in this order, the parts take nothing away that later ones replace. There are no more
    /// of them than a constant times what is stored.
    fn decompose(&self, visit: &mut dyn FnMut(Self));

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
