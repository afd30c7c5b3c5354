//! What members say of the voters when they greet.

use rejoin_core::ReplicaId;
use rejoin_store::{Replicated, Time};

use super::Quorums;
use crate::division::Division;
use crate::standing::{Mismatch, NotVoting, Standing};

impl<S: Replicated, O: Division<S>> Quorums<S, O> {
    /// What this node says when it greets.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.rights.standing(&self.voters)
    }

    /// Takes in what a peer has said when it greeted, on a connection that is to be opened;
    /// `is_connected` says which others are open.
    ///
    /// | what the peer says | what happens |
    /// |---|---|
    /// | newer voters | this node goes by them |
    /// | other voters of the same version | the peer is refused |
    /// | more of this voter than its disk has | this voter stops voting, and enrols |
    /// | that it is a newer run of a voter | connections to the older one are closed |
    /// | that it is an older run of a voter, while a newer one is live, or a copy | it is refused; if it comes again, both are, and each enrols when it is alone |
    ///
    /// # Errors
    ///
    /// When the peer is refused, with why. The connection must not be opened then.
    pub fn greeted(
        &mut self,
        now: Time,
        peer: ReplicaId,
        theirs: &Standing,
        is_connected: impl Fn(ReplicaId) -> bool,
    ) -> Result<(), Mismatch> {
        self.rights.forget_absent(&is_connected);
        let did_vote = self.rights.not_voting().is_none();
        let lately = (now, self.config.run_timeout);
        let result = self.rights.greeted(lately, peer, theirs, &self.voters, is_connected);
        if did_vote && self.rights.not_voting().is_some() {
            self.acceptors.clear();
        }
        if result.is_ok() {
            self.adopt(now, theirs.voters.clone());
        }
        self.stamp();
        result
    }

    /// Takes the next run whose connection has to be closed, since another run of that voter has
    /// greeted: for a newer one, or with the reason why both are refused.
    pub fn poll_refused(&mut self) -> Option<(ReplicaId, Option<Mismatch>)> {
        self.rights.poll_refused()
    }

    /// Why this node does not vote, though it is a voter: `None` if it does, or is none.
    #[must_use]
    pub fn not_voting(&self) -> Option<NotVoting> {
        self.rights.not_voting().filter(|_| self.voters.contains(self.node))
    }
}
