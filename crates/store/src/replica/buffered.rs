use super::inner::{Erased, Inner};

/// How much a [`Replica`](crate::Replica) keeps for its peers, in bytes. The value itself and what
/// is not durable yet are not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Buffered {
    /// Deltas that some connected peer is not known to have: at most
    /// [`Config::max_log`](crate::Config::max_log) whenever messages have been polled for.
    pub deltas: usize,
    /// Messages that wait for their peers, and the long ones that are going to them in pieces.
    pub outgoing: usize,
    /// What has come of messages and differences that are not whole yet: at most
    /// [`Config::max_value`](crate::Config::max_value) of the former, and
    /// [`Config::max_incoming`](crate::Config::max_incoming) of the latter.
    pub incoming: usize,
    /// How many deltas wait for others that they depend on, where the replica is
    /// [causal](crate::Config::causal). They are not counted in bytes, and not in the
    /// [total](Self::total).
    pub held: usize,
}

impl Buffered {
    /// The most of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            deltas: self.deltas.max(other.deltas),
            outgoing: self.outgoing.max(other.outgoing),
            incoming: self.incoming.max(other.incoming),
            held: self.held.max(other.held),
        }
    }

    /// All together.
    #[must_use]
    pub fn total(self) -> usize {
        self.deltas + self.outgoing + self.incoming
    }
}

impl<C: ?Sized> Inner<C> {
    pub(super) fn buffered(&self) -> Buffered {
        Buffered {
            deltas: self.gossip.weight(),
            outgoing: self.peers.values().map(super::peer::Peer::waiting).sum(),
            incoming: self.arrivals.bytes() + self.transfers.bytes(),
            held: self.delivery.as_ref().map_or(0, |delivery| delivery.held().len()),
        }
    }
}

impl Erased<'_> {
    pub(super) fn is_settled(&self) -> bool {
        self.is_durable()
            && self.gossip.is_settled()
            && self.gossip.poll_timeout().is_none()
            && self.peers.values().all(|peer| peer.waiting() == 0)
    }
}
