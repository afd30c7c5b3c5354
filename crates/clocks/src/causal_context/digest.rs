#[cfg(feature = "serde")]
mod wire;

use alloc::borrow::Cow;

use crate::CausalContext;

/// What a replica says of its writes, so that a peer can tell what it lacks: a version vector, as
/// long as every write has arrived whole and in order.
///
/// A write has two halves: what it *wrote*, and what it *replaced* or removed. They can arrive
/// apart: with a later write comes the news that an earlier one is gone before that one itself has
/// come, and a large difference arrives in parts. So a digest names the writes of which it is known
/// what they replaced, and those of which only one half is known, whichever it is.
///
/// ```
/// use rejoin_clocks::{CausalContext, CausalDigest, Dot, ReplicaId};
///
/// let alice = ReplicaId::from_u128(1);
/// let dot = |seq| Dot::new(alice, seq).expect("not 0");
/// let mut known = CausalContext::new();
/// known.insert_run(alice, 1..=3);
/// let halves = CausalContext::from_iter([dot(3), dot(9)]);
/// let digest = CausalDigest::new(known, halves);
///
/// // What write 3 replaced is known, and what it wrote is missing; of write 9, the reverse.
/// assert!(!digest.held().contains(dot(3)) && digest.held().contains(dot(9)));
/// assert!(digest.awaited().contains(dot(3)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CausalDigest {
    known: CausalContext,
    halves: CausalContext,
}

impl CausalDigest {
    /// The digest with these writes of which it is known what they replaced, and these of which
    /// only one half is known.
    #[must_use]
    pub const fn new(known: CausalContext, halves: CausalContext) -> Self {
        Self { known, halves }
    }

    /// The writes of which it is known what they replaced.
    #[must_use]
    pub const fn known(&self) -> &CausalContext {
        &self.known
    }

    /// The writes of which only one half is known: of those in [`known`](Self::known) what they
    /// replaced, and of the others what they wrote, or that it is gone.
    #[must_use]
    pub const fn halves(&self) -> &CausalContext {
        &self.halves
    }

    /// The writes of which it is known what they wrote, or that it is gone.
    ///
    /// Computes in O(1) time without halves, and in time linear in the runs otherwise.
    #[must_use]
    pub fn held(&self) -> Cow<'_, CausalContext> {
        if self.halves.is_empty() {
            return Cow::Borrowed(&self.known);
        }
        let mut held = self.known.difference(&self.halves);
        held.join(&self.halves.difference(&self.known));
        Cow::Owned(held)
    }

    /// The writes of which it is known what they replaced, and what they wrote is missing.
    ///
    /// Computes in time linear in the runs of the halves, or of what is known, whichever has fewer
    /// replicas.
    #[must_use]
    pub fn awaited(&self) -> CausalContext {
        self.known.intersection(&self.halves)
    }
}

/// Without halves.
impl From<CausalContext> for CausalDigest {
    fn from(known: CausalContext) -> Self {
        Self { known, halves: CausalContext::new() }
    }
}
