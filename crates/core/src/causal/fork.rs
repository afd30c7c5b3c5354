use alloc::vec::Vec;

use rejoin_clocks::{CausalContext, Dot};

use super::Causal;
use super::diff::live_dots;
use crate::{DotStore, ForkedId};

impl<S: DotStore + PartialEq> Causal<S> {
    /// Looks for a dot that is live on both sides with different pieces: the sign that a replica id
    /// was used twice, by two processes at once or after a restored backup. Two writes then share a
    /// dot, and merging keeps only one.
    ///
    /// ```
    /// use rejoin_core::{Causal, Crdt, Diff, DotFun, Edit, ForkedId, ReplicaId};
    ///
    /// let alice = ReplicaId::from_u128(1);
    /// let mut here = Causal::<DotFun<&str>>::default();
    /// here.edit(alice, |name| name.write("Alice"));
    /// let backup = here.clone();
    ///
    /// let after = here.edit(alice, |name| name.write("Alicia"));
    /// let mut restored = backup; // and the id with it: a mistake
    /// assert!(matches!(restored.check_fork(&after, alice), Err(ForkedId::Unknown(_))));
    ///
    /// restored.edit(alice, |name| name.write("Allison"));
    /// assert!(matches!(here.check_dots(&restored), Err(ForkedId::Different(_))));
    /// ```
    ///
    /// It costs a look at every live dot of `other`, so O(k log n) for a delta. It is a sign, not
    /// proof of the contrary: it cannot see two writes under one dot of which one was a removal, or
    /// has been overwritten already. [`check_fork`](crate::Diff::check_fork) sees writes of our own
    /// id that we did not make. Only an id that is never used twice is safe, and the checks are
    /// best made often.
    ///
    /// # Errors
    ///
    /// When there is such a dot. The remedy is a new id for one of the two writers, and merging the
    /// value that is to be kept; see [`ReplicaId`](crate::ReplicaId).
    pub fn check_dots(&self, other: &Self) -> Result<(), ForkedId> {
        let theirs = live_dots(&other.store);
        let shared = live_dots(&self.store.within(&theirs));
        if self.has_same(other, &shared) {
            return Ok(());
        }
        // Halve the dots until one that is different is left.
        let runs = shared.runs().flat_map(|(replica, run)| run.map(move |seq| (replica, seq)));
        let dots: Vec<Dot> = runs.filter_map(|(replica, seq)| Dot::new(replica, seq)).collect();
        let mut suspects = dots.as_slice();
        while let (first, second @ [_, ..]) = suspects.split_at(suspects.len() / 2)
            && !first.is_empty()
        {
            let is_later = self.has_same(other, &first.iter().copied().collect());
            suspects = if is_later { second } else { first };
        }
        suspects.first().map_or(Ok(()), |dot| Err(ForkedId::Different(*dot)))
    }

    /// Whether both have the same pieces under `dots`, all of which are live in both.
    fn has_same(&self, other: &Self, dots: &CausalContext) -> bool {
        self.store.within(dots) == other.store.within(dots)
    }
}
