use core::fmt;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rejoin_core::ReplicaId;
use rejoin_gossip::{GroupClock, Time};

use crate::token::CausalToken;

/// Those who wait until a replica has seen enough to serve them.
///
/// Nothing is polled: the replica tells when it has [seen more](Self::seen), and only those for
/// whom it matters are looked at. The rest is as with a replica: [`poll_done`](Self::poll_done),
/// [`poll_timeout`](Self::poll_timeout), [`handle_timeout`](Self::handle_timeout).
///
/// Cost: each one that waits is watched for one replica's writes at a time, so telling it of growth
/// takes O(r log n) for the r replicas that are watched, plus O(log n) for each that moves on.
///
/// ```
/// use core::time::Duration;
/// use rejoin_core::ReplicaId;
/// use rejoin_session::{CausalToken, GroupClock, Time, Waits};
///
/// let alice = ReplicaId::from_u128(1);
/// let (mut seen, mut waits) = (GroupClock::new(), Waits::default());
/// let token = CausalToken::from(GroupClock::from_iter([(alice, 2)]));
/// let wait = waits.wait_for(&seen, token, Time::new(Duration::from_secs(1)));
/// assert_eq!(waits.poll_done(), None);
///
/// seen.insert(alice, 2);
/// waits.seen(&seen);
/// assert_eq!(waits.poll_done(), Some((wait, Ok(()))));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Waits {
    issued: u64,
    waiting: BTreeMap<WaitId, Wait>,
    /// For each replica, up to which write it has to be seen, and for whom.
    watched: BTreeMap<ReplicaId, BTreeSet<(u64, WaitId)>>,
    deadlines: BTreeSet<(Time, WaitId)>,
    done: VecDeque<(WaitId, Result<(), NotSeen>)>,
    /// The last that was told, for the errors.
    seen: GroupClock,
}

/// Names one who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WaitId(u64);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Wait {
    token: CausalToken,
    deadline: Time,
    /// Where it is in `watched`.
    watched: (ReplicaId, u64),
}

impl Waits {
    /// Waits until the replica, which has seen this much by now, has seen what `token` asks for.
    ///
    /// It is [done](Self::poll_done) at once if it has already.
    pub fn wait_for(&mut self, seen: &GroupClock, token: CausalToken, deadline: Time) -> WaitId {
        self.seen(seen);
        self.issued += 1;
        let id = WaitId(self.issued);
        match self.watch(id, &token) {
            None => self.done.push_back((id, Ok(()))),
            Some(watched) => {
                self.deadlines.insert((deadline, id));
                self.waiting.insert(id, Wait { token, deadline, watched });
            }
        }
        id
    }

    /// Tells that the replica has seen this much.
    pub fn seen(&mut self, seen: &GroupClock) {
        if !self.seen.join(seen) {
            return;
        }
        let mut moved = Vec::new();
        for (replica, watched) in &mut self.watched {
            let later = watched.split_off(&(self.seen.get(*replica), WaitId(u64::MAX)));
            moved.extend(core::mem::replace(watched, later).into_iter().map(|(_, id)| id));
        }
        self.watched.retain(|_, watched| !watched.is_empty());
        for id in moved {
            let Some(mut wait) = self.waiting.remove(&id) else { continue };
            match self.watch(id, &wait.token) {
                Some(watched) => {
                    wait.watched = watched;
                    self.waiting.insert(id, wait);
                }
                None => {
                    self.deadlines.remove(&(wait.deadline, id));
                    self.done.push_back((id, Ok(())));
                }
            }
        }
    }

    /// Gives up those whose deadline has come.
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some((deadline, id)) = self.deadlines.first()
            && *deadline <= now
        {
            let id = *id;
            if let Some(token) = self.forget(id) {
                let missing = token.missing(&self.seen);
                let missing =
                    missing.map(|(replica, seen, wanted)| Missing { replica, seen, wanted });
                let error = NotSeen { missing: missing.collect() };
                self.done.push_back((id, Err(error)));
            }
        }
    }

    /// Forgets one whose caller has gone.
    pub fn cancel(&mut self, id: WaitId) {
        self.forget(id);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Takes the next one that has waited long enough, or too long.
    pub fn poll_done(&mut self) -> Option<(WaitId, Result<(), NotSeen>)> {
        self.done.pop_front()
    }

    /// How many are waiting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nobody is waiting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Watches for something that is missing, if anything is.
    fn watch(&mut self, id: WaitId, token: &CausalToken) -> Option<(ReplicaId, u64)> {
        let (replica, _, wanted) = token.missing(&self.seen).next()?;
        self.watched.entry(replica).or_default().insert((wanted, id));
        Some((replica, wanted))
    }

    fn forget(&mut self, id: WaitId) -> Option<CausalToken> {
        let Wait { token, deadline, watched: (replica, wanted) } = self.waiting.remove(&id)?;
        self.deadlines.remove(&(deadline, id));
        if let Some(watched) = self.watched.get_mut(&replica) {
            watched.remove(&(wanted, id));
            if watched.is_empty() {
                self.watched.remove(&replica);
            }
        }
        Some(token)
    }
}

/// A replica had not seen enough by the deadline.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NotSeen {
    /// What it lacks, in ascending order of replicas.
    pub missing: Vec<Missing>,
}

/// How far a replica is behind the writes of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Missing {
    /// Whose writes.
    pub replica: ReplicaId,
    /// How many of them have been seen.
    pub seen: u64,
    /// How many should have been.
    pub wanted: u64,
}

impl fmt::Display for NotSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not seen in time:")?;
        for (index, Missing { replica, seen, wanted }) in self.missing.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma} writes {}..={wanted} of {replica}", seen + 1)?;
        }
        Ok(())
    }
}

impl core::error::Error for NotSeen {}
