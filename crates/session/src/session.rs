use rejoin_core::ReplicaId;
use rejoin_gossip::GroupClock;

use crate::token::CausalToken;

/// What a client may rely on from one of its operations to the next, whichever replica serves it.
///
/// Together, the four are causal consistency. Source: Terry et al., *Session Guarantees for Weakly
/// Consistent Replicated Data* (1994).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Guarantees {
    /// A read sees what the session wrote before.
    pub read_your_writes: bool,
    /// A read sees what earlier reads of the session have seen.
    pub monotonic_reads: bool,
    /// Who sees a write of the session sees those that it wrote before.
    pub monotonic_writes: bool,
    /// Who sees a write of the session sees what the session had read before.
    pub writes_follow_reads: bool,
}

impl Guarantees {
    /// All four.
    pub const ALL: Self = Self {
        read_your_writes: true,
        monotonic_reads: true,
        monotonic_writes: true,
        writes_follow_reads: true,
    };

    /// None, to add to.
    pub const NONE: Self = Self {
        read_your_writes: false,
        monotonic_reads: false,
        monotonic_writes: false,
        writes_follow_reads: false,
    };

    /// With [`read_your_writes`](Self::read_your_writes).
    #[must_use]
    pub const fn and_read_your_writes(self) -> Self {
        Self { read_your_writes: true, ..self }
    }

    /// With [`monotonic_reads`](Self::monotonic_reads).
    #[must_use]
    pub const fn and_monotonic_reads(self) -> Self {
        Self { monotonic_reads: true, ..self }
    }

    /// With [`monotonic_writes`](Self::monotonic_writes).
    #[must_use]
    pub const fn and_monotonic_writes(self) -> Self {
        Self { monotonic_writes: true, ..self }
    }

    /// With [`writes_follow_reads`](Self::writes_follow_reads).
    #[must_use]
    pub const fn and_writes_follow_reads(self) -> Self {
        Self { writes_follow_reads: true, ..self }
    }
}

/// All four.
impl Default for Guarantees {
    fn default() -> Self {
        Self::ALL
    }
}

/// One client's operations, one after the other: which replica serves them, and what it has to
/// have seen for that.
///
/// Before an operation, the replica waits for [`before_read`](Self::before_read) or
/// [`before_write`](Self::before_write), with [`Waits`](crate::Waits); afterwards the session notes
/// what it has seen or written. A session stays with its replica, where there is mostly
/// nothing to wait for; when that fails it goes on at any other.
///
/// That a *reader elsewhere* sees a write with what comes before it is up to replication too: a
/// replica must take in a write together with, or after, what its origin had seen. A read through a
/// session does its part by waiting for all writes before those that it asks for.
///
/// ```
/// use rejoin_core::ReplicaId;
/// use rejoin_session::{GroupClock, Guarantees, Session};
///
/// let [alice, bob] = [1, 2].map(ReplicaId::from_u128);
/// let (mut at_alice, at_bob) = (GroupClock::new(), GroupClock::new());
/// let mut session = Session::new(Guarantees::ALL);
/// session.stick_to(alice);
///
/// at_alice.insert(alice, 1); // the first write
/// session.has_written(&at_alice.clone().into());
/// assert!(session.before_read().is_met_by(&at_alice));
///
/// session.stick_to(bob); // alice cannot be reached any more
/// assert!(!session.before_read().is_met_by(&at_bob)); // it has to wait for the write
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Session {
    guarantees: Guarantees,
    read: CausalToken,
    written: CausalToken,
    replica: Option<ReplicaId>,
}

impl Session {
    /// A session that has done nothing.
    #[must_use]
    pub fn new(guarantees: Guarantees) -> Self {
        Self { guarantees, ..Self::default() }
    }

    /// A session that goes on where the one that handed out `token` was.
    #[must_use]
    pub fn resume(guarantees: Guarantees, token: CausalToken) -> Self {
        Self { guarantees, read: token.clone(), written: token, replica: None }
    }

    /// All that it has seen and written.
    #[must_use]
    pub fn token(&self) -> CausalToken {
        let mut token = self.read.clone();
        token.join(&self.written);
        token
    }

    /// What a replica must have seen to serve the next read.
    #[must_use]
    pub fn before_read(&self) -> CausalToken {
        self.need(self.guarantees.monotonic_reads, self.guarantees.read_your_writes)
    }

    /// What a replica must have seen to take the next write.
    #[must_use]
    pub fn before_write(&self) -> CausalToken {
        self.need(self.guarantees.writes_follow_reads, self.guarantees.monotonic_writes)
    }

    /// Notes a read at a replica that had seen this much.
    pub fn has_read(&mut self, seen: &CausalToken) {
        self.read.join(seen);
    }

    /// Notes a write, in these groups of edits.
    pub fn has_written(&mut self, groups: &CausalToken) {
        self.written.join(groups);
    }

    /// Forgets what every replica has seen: see [`CausalToken::settle`].
    pub fn settle(&mut self, everywhere: &GroupClock) {
        self.read.settle(everywhere);
        self.written.settle(everywhere);
    }

    /// The replica that serves it.
    #[must_use]
    pub fn replica(&self) -> Option<ReplicaId> {
        self.replica
    }

    /// Goes on at this replica.
    pub fn stick_to(&mut self, replica: ReplicaId) {
        self.replica = Some(replica);
    }

    fn need(&self, read: bool, written: bool) -> CausalToken {
        match (read, written) {
            (true, true) => self.token(),
            (true, false) => self.read.clone(),
            (false, true) => self.written.clone(),
            (false, false) => CausalToken::new(),
        }
    }
}
