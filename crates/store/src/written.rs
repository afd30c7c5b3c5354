use rejoin_core::{Crdt, VersionVector, WallTime};
use rejoin_gossip::DeltaGroup;
use serde::{Deserialize, Serialize};

/// A delta, and what its writer says about it.
///
/// Joined deltas say what is true of all of them: the earliest stamp, and all that any of them
/// depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Written<S> {
    /// When it was made, by its writer's clock, unless the writer
    /// [has none](crate::Replica::set_clock). [`WallTime::UNIX_EPOCH`] if that is not known of the
    /// first of what is joined here.
    pub at: Option<WallTime>,
    /// What its writer had seen of others, as far as its earlier deltas do not say so: where
    /// replicas are [causal](crate::Config::causal), and empty elsewhere.
    pub after: VersionVector,
    /// What was written.
    pub delta: S,
}

impl<S> Written<S> {
    /// The stamp is that of something that is not here any more. It is the earliest from now on,
    /// which joining does not change.
    pub(crate) fn forget_stamp(&mut self) {
        self.at = self.at.map(|_| WallTime::UNIX_EPOCH);
    }
}

/// The same group, with the delta borrowed.
pub(crate) fn borrowed<S>(group: &DeltaGroup<Written<S>>) -> DeltaGroup<Written<&S>> {
    let Written { at, after, delta } = &group.delta;
    let delta = Written { at: *at, after: after.clone(), delta };
    DeltaGroup { origin: group.origin, seqs: group.seqs.clone(), delta }
}

impl<S: Crdt> Crdt for Written<S> {
    fn merge(&mut self, other: Self) -> bool {
        let at = match (self.at, other.at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let earlier = core::mem::replace(&mut self.at, at) != at;
        let after = self.after.join(&other.after);
        self.delta.merge(other.delta) | after | earlier
    }
}
