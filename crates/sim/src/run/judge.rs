//! What has to hold in the end.

use core::time::Duration;
use std::collections::BTreeSet;

use rejoin_core::{Crdt, Diff};
use rejoin_durable::Storage;

use super::{Edited, Run, Workload};

/// How long it may take until everything is equal, and until everything is acknowledged.
const LIMIT: Duration = Duration::from_secs(600);

impl<T: Workload, D: Storage> Run<T, D> {
    /// Makes the network whole, waits until it is quiet, and checks:
    ///
    /// * what [`Network::conclude`](crate::Network::conclude) does: convergence, quiescence,
    ///   and buffers that are bounded and drain;
    /// * no acknowledged edit is lost: the value includes the delta of each;
    /// * nothing comes from nowhere: the value is no more than the join of these deltas;
    /// * no write is lost or comes back, by what [`Workload::read`] reads;
    /// * what [`Workload::judge`] says.
    ///
    /// # Errors
    ///
    /// When one of these does not hold, in words.
    pub fn judge(&mut self) -> Result<(), String> {
        self.mend();
        // First those who do not know yet that somebody has gone become equal.
        self.network.run_until_quiet(LIMIT).map_err(|error| error.to_string())?;
        for lost in core::mem::take(&mut self.lost) {
            self.network.leave(lost);
        }
        self.network.conclude(LIMIT).map_err(|error| error.to_string())?;
        let Some(value) = self.network.states().next() else { return Ok(()) };
        check_bounds::<T>(value, &self.edits)?;
        check_writes::<T>(value, &self.edits)?;
        T::judge(value, &self.edits)
    }

    /// Ends all partitions, starts whoever is down and all clocks, and links all that remain.
    fn mend(&mut self) {
        self.network.heal();
        let replicas = self.network.len();
        for index in 0..replicas {
            self.network.set_clock_rate(index, 1.0);
            self.restart(index);
            (0..replicas).for_each(|other| self.network.set_link_faults(index, other, None));
        }
        let remaining: Vec<usize> = (0..replicas).filter(|index| self.remains(*index)).collect();
        let Some((&first, others)) = remaining.split_first() else { return };
        for &other in others {
            let reached = self.reached_from(first);
            if !reached.contains(&other) {
                let near = reached.into_iter().max().unwrap_or(first);
                self.network.link(near, other);
            }
        }
    }

    /// Who is connected with `first`, over however many links.
    fn reached_from(&self, first: usize) -> BTreeSet<usize> {
        let (mut reached, mut grows) = (BTreeSet::from([first]), true);
        while grows {
            let before = reached.len();
            for (a, b) in self.network.links().filter(|&(a, b)| self.remains(a) && self.remains(b))
            {
                if reached.contains(&a) || reached.contains(&b) {
                    reached.extend([a, b]);
                }
            }
            grows = reached.len() > before;
        }
        reached
    }
}

/// The value is at least the join of what has to be there, and at most that of all there was.
fn check_bounds<T: Workload>(value: &T::Value, edits: &[Edited<T::Value>]) -> Result<(), String> {
    let (mut least, mut most) = (T::Value::default(), T::Value::default());
    for Edited { before, after, is_certain, .. } in edits {
        let Some(delta) = after.diff(&before.digest()) else { continue };
        if *is_certain {
            least.merge(delta.clone());
        }
        most.merge(delta);
    }
    if !is_within(&least, value) {
        return Err(format!("an acknowledged edit is lost: {value:?}, not at least {least:?}"));
    }
    if !is_within(value, &most) {
        return Err(format!("nobody has written this: {value:?}, not at most {most:?}"));
    }
    Ok(())
}

fn is_within<V: Crdt + Clone + PartialEq>(less: &V, more: &V) -> bool {
    let mut joined = more.clone();
    joined.merge(less.clone());
    joined == *more
}

/// Every acknowledged write can be read that no acknowledged edit took away, and no other.
fn check_writes<T: Workload>(value: &T::Value, edits: &[Edited<T::Value>]) -> Result<(), String> {
    let [mut certain, mut possible, mut surely_taken, mut taken] =
        [(); 4].map(|()| BTreeSet::new());
    for Edited { before, after, is_certain, .. } in edits {
        let (before, after) = (T::read(before), T::read(after));
        let wrote: Vec<u64> = after.difference(&before).copied().collect();
        let took: Vec<u64> = before.difference(&after).copied().collect();
        if *is_certain {
            certain.extend(wrote.iter().copied());
            surely_taken.extend(took.iter().copied());
        }
        possible.extend(wrote);
        taken.extend(took);
    }
    let found = T::read(value);
    if let Some(lost) =
        certain.iter().find(|&write| !taken.contains(write) && !found.contains(write))
    {
        return Err(format!("the write {lost} is lost: {value:?}"));
    }
    if let Some(back) = found.iter().find(|&write| surely_taken.contains(write)) {
        return Err(format!("the write {back} has come back: {value:?}"));
    }
    if let Some(odd) = found.iter().find(|&write| !possible.contains(write)) {
        return Err(format!("nobody wrote {odd}: {value:?}"));
    }
    Ok(())
}
