use crate::run::{Run, RunVec, Runs};
use crate::search::seek;
use crate::{CausalContext, ReplicaId};

/// The replicas of a context in order, each with its runs.
#[derive(Clone)]
pub(super) struct Entries<'a> {
    clock: &'a [(ReplicaId, u64)],
    cloud: &'a [(ReplicaId, RunVec)],
}

impl<'a> Entries<'a> {
    pub(super) fn new(context: &'a CausalContext) -> Self {
        Self { clock: &context.clock.entries, cloud: &context.cloud }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = (ReplicaId, Runs<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let replica = match (self.clock.first(), self.cloud.first()) {
            (Some(near), Some(far)) => near.0.min(far.0),
            (Some(near), None) => near.0,
            (None, far) => far?.0,
        };
        let (mut prefix, mut beyond): (u64, &[Run]) = (0, &[]);
        if let Some((&(first, seq), rest)) = self.clock.split_first()
            && first == replica
        {
            (prefix, self.clock) = (seq, rest);
        }
        if let Some(((first, runs), rest)) = self.cloud.split_first()
            && *first == replica
        {
            (beyond, self.cloud) = (runs, rest);
        }
        Some((replica, Runs { prefix, beyond }))
    }
}

/// All runs of a context in order.
#[derive(Clone)]
pub(super) struct AllRuns<'a> {
    rest: Entries<'a>,
    /// What is left of a replica's.
    replica: ReplicaId,
    runs: Runs<'a>,
}

impl<'a> AllRuns<'a> {
    pub(super) fn new(context: &'a CausalContext) -> Self {
        let runs = Runs { prefix: 0, beyond: &[] };
        Self { rest: Entries::new(context), replica: ReplicaId::from_u128(0), runs }
    }
}

impl Iterator for AllRuns<'_> {
    type Item = (ReplicaId, Run);

    #[inline]
    fn next(&mut self) -> Option<(ReplicaId, Run)> {
        loop {
            if let Some(run) = self.runs.next() {
                return Some((self.replica, run));
            }
            (self.replica, self.runs) = self.rest.next()?;
        }
    }
}

/// Finds the runs of replicas that are asked for in order, in O(log distance) time each.
pub(super) struct Cursor<'a> {
    context: &'a CausalContext,
    near: usize,
    far: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(context: &'a CausalContext) -> Self {
        Self { context, near: 0, far: 0 }
    }

    /// The runs of `replica`, which is greater than all that were asked for before.
    pub(super) fn runs_of(&mut self, replica: ReplicaId) -> Runs<'a> {
        let CausalContext { clock, cloud } = self.context;
        let (mut prefix, mut beyond): (u64, &[Run]) = (0, &[]);
        self.near = match seek(&clock.entries, self.near, replica) {
            Ok(at) => {
                prefix = clock.entries[at].1;
                at + 1
            }
            Err(at) => at,
        };
        self.far = match seek(cloud, self.far, replica) {
            Ok(at) => {
                beyond = &cloud[at].1;
                at + 1
            }
            Err(at) => at,
        };
        Runs { prefix, beyond }
    }
}
