//! What a peer lacks, and the parts of a value.
//!
//! A write has two halves: what it wrote, and what it replaced or removed. A value is one set of
//! the former and one of the latter, which nothing binds together: that is why any of its parts may
//! be lost. Which write replaced what is not kept, so what was replaced is one part.

use rejoin_clocks::{CausalContext, CausalDigest, Dot, ReplicaId, Windows};

use super::Causal;
use crate::store::Journal;
use crate::{Decompose, Diff, DotStore, ForkedId};

impl<S: DotStore> Diff for Causal<S> {
    /// A version vector, as long as every write arrives whole and in order.
    type Digest = CausalDigest;

    fn digest(&self) -> CausalDigest {
        let mut halves = self.foretold.clone();
        halves.join(self.arrived());
        halves.join(self.awaited());
        CausalDigest::new(self.known(), halves)
    }

    /// What writes wrote that the peer does not hold; and if there is a write of which it does not
    /// know what it replaced, all that was replaced or removed, without tombstones being kept:
    /// every dot that is known and neither live nor awaited.
    fn diff(&self, peer: &CausalDigest) -> Option<Self> {
        let held = peer.held();
        let arrived = self.arrived().difference(&held);
        let early = match &self.halves {
            Some(halves) if !arrived.is_empty() => halves.early.within(&arrived),
            _ => S::default(),
        };
        if self.is_known_to(peer) {
            return self.pieces_for(peer, early, arrived);
        }
        let store = self.store.within(&self.context.difference(&held));
        let live = live_dots(&self.store).intersection(&held);
        let context = self.context.difference(&live);
        let mut awaited = live;
        awaited.join(self.awaited());
        let rest = Self::of(store, context, self.foretold.clone());
        Some(rest.with_halves(early, arrived, awaited))
    }

    fn check_fork(&self, other: &Self, own: ReplicaId) -> Result<(), ForkedId> {
        ForkedId::unless_known(self.latest(own), Dot::new(own, other.latest(own)))
    }
}

impl<S: DotStore> Causal<S> {
    /// Whether the peer knows what each write replaced of which that is known here.
    fn is_known_to(&self, peer: &CausalDigest) -> bool {
        let seen = if self.foretold.is_empty() {
            peer.known().is_superset(&self.context)
        } else {
            peer.known().is_superset(&self.seen())
        };
        seen && peer.known().is_superset(self.awaited())
    }

    /// The pieces that a peer lacks which knows all that was replaced: what it awaits, and `early`.
    fn pieces_for(
        &self,
        peer: &CausalDigest,
        mut early: S,
        mut arrived: CausalContext,
    ) -> Option<Self> {
        if !peer.halves().is_empty() {
            let store = self.store.within(&peer.awaited());
            let live = live_dots(&store);
            early.join(&arrived, store, &live, &mut Journal::new());
            arrived.join(&live);
        }
        (!arrived.is_empty()).then(|| Self::early(early, arrived))
    }

    /// Pieces alone.
    fn early(early: S, arrived: CausalContext) -> Self {
        let none = CausalContext::new;
        Self::of(S::default(), none(), none()).with_halves(early, arrived, none())
    }
}

impl<S: DotStore> Decompose for Causal<S> {
    const HIDES_PARTS: bool = true;

    /// One part a live write, and then one for all that is replaced, removed or foretold, with
    /// which the others begin to count.
    ///
    /// Until that one has come too, nothing of the value is read, and no digest claims it.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        self.store.pieces(&mut |dot, piece| visit(Self::early(piece, dot.into())));
        if let Some(halves) = &self.halves {
            halves.early.pieces(&mut |dot, piece| visit(Self::early(piece, dot.into())));
        }
        let mut awaited = live_dots(&self.store);
        let gone = self.context.difference(&awaited);
        awaited.join(self.awaited());
        if !(gone.is_empty() && awaited.is_empty()) {
            let rest = Self::of(S::default(), gone, self.foretold.clone());
            visit(rest.with_halves(S::default(), CausalContext::new(), awaited));
        }
    }
}

/// The live dots of `store`. Computes in O(n/64) time where they lie in large maps, and O(n log n)
/// otherwise.
pub(super) fn live_dots<S: DotStore>(store: &S) -> CausalContext {
    let mut windows = Windows::default();
    store.windows(&mut |replica, first, bits| windows.push(replica, first, bits));
    windows.into()
}
