use rejoin_clocks::ReplicaId;

use crate::{Crdt, ForkedId};

/// Tells a peer what it lacks, given a digest of what it has.
///
/// | law | |
/// |---|---|
/// | exact | `peer ⊔ self.diff(peer.digest()) = peer ⊔ self` |
/// | silent | `None` exactly when the peer lacks nothing of `self` |
///
/// A difference is for the peer whose digest it answers, then or later. It is a value like any
/// other, so others may merge it too, though they may lack more than it tells.
///
/// Two replicas become equal in three messages: a digest, then a difference together with a
/// digest, then a difference.
///
/// A digest is as small as the type allows: the version vector of a `Causal` value, but a whole
/// `GSet`, which has nothing shorter that is exact.
///
/// A lattice that has only a `merge` gets it by the wrapper [`Whole`](crate::Whole), which sends
/// all of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot tell a peer what it lacks: it has no `Diff`",
    label = "has no digest and no difference",
    note = "a struct of lattices: `#[derive(Crdt, Diff)]`; one that has only a `merge`: use `Whole<{Self}>`",
    note = "a dot store such as `AwSet` or `OrMap` has it together with its context: use `Causal<{Self}>`"
)]
pub trait Diff: Crdt {
    /// What a replica says of itself to ask for what it lacks.
    type Digest;

    /// Sums up `self` for [`diff`](Diff::diff) at a peer.
    fn digest(&self) -> Self::Digest;

    /// What the peer with this digest lacks of `self`, or `None` when it lacks nothing.
    fn diff(&self, peer: &Self::Digest) -> Option<Self>;

    /// Looks for a sign, before a merge, that `own`, the id that edits `self`, edits elsewhere too:
    /// in another process, or in the time before a backup was restored. Merging would lose what one
    /// of the two has written.
    ///
    /// It cannot see writes of the other that are no more than those made here since the two parted
    /// ways; [`Causal::check_dots`](crate::Causal::check_dots) compares what both have. Types
    /// without anything that counts up per replica have nothing to look for, and the provided one
    /// returns `Ok`. Takes time linear in the number of fields and keys, not of elements.
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

impl Diff for () {
    type Digest = ();

    fn digest(&self) {}

    fn diff(&self, (): &()) -> Option<()> {
        None
    }
}
