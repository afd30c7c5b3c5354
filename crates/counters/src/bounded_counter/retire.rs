use alloc::collections::BTreeMap;

use rejoin_core::{NodeId, ReplicaId, RetireError};

use super::BoundedCounter;

impl BoundedCounter {
    /// Hands the counts of a departed replica over to `heir`, so that counters do not grow without
    /// end as replicas come and go. If `heir` is of another node, all rights of the node go with
    /// them.
    ///
    /// * **A run that is over** is handed over to another id of its node, which keeps the node's
    ///   rights as they are. `departed.node().run(0)` is one that no run writes under.
    /// * **A node that is gone** is handed over to another node, which can spend the rights that
    ///   were left. Its runs go first, each to one and the same id of the node: rights are held by
    ///   the node and spent by its runs, so the entries of one run alone are not worth what they
    ///   say. If the other node never writes, its rights wait there until it is handed over itself.
    ///
    /// ```
    /// use rejoin_counters::{BoundedCounter, Edit, NodeId, RetireError};
    ///
    /// let (alice, bob) = (NodeId::from_u128(1), NodeId::from_u128(2));
    /// let mut tickets = BoundedCounter::new();
    /// tickets.edit(alice.run(1), |tickets| tickets.increment(10));
    /// tickets.edit(alice.run(2), |tickets| tickets.decrement(4));
    ///
    /// // Alice has run twice, and is gone. Bob takes over.
    /// for run in tickets.writers() {
    ///     tickets.retire(run, alice.run(0))?;
    /// }
    /// tickets.retire(alice.run(0), bob.run(0))?;
    /// assert_eq!(tickets.available(bob), 6);
    /// # Ok::<(), RetireError>(())
    /// ```
    ///
    /// **Precondition**, of which only a part can be checked: `departed` edits no more, and if
    /// `heir` is of another node then no run of its node does; every replica has all of their
    /// entries when it does this; and no delta, state or difference from before is merged
    /// afterwards, nor one from afterwards before.
    ///
    /// Computes in O(p log p) time.
    ///
    /// # Errors
    ///
    /// When the node of `departed` has other runs, and `heir` is of another node; or when a count
    /// of `heir` would take more than 64 bits. Then nothing has changed.
    pub fn retire(&mut self, departed: ReplicaId, heir: ReplicaId) -> Result<(), RetireError> {
        let (from, to) = (departed.node(), heir.node());
        if from != to {
            let mut others = self.writers().filter(|run| run.node() == from && *run != departed);
            if let Some(other) = others.next() {
                return Err(RetireError::OtherRun { departed, other });
            }
        }
        let run = |run: ReplicaId| if run == departed { heir } else { run };
        let node = |node: NodeId| if node == from { to } else { node };
        let mut retired = Self::default();
        for (replica, count) in &self.made {
            add(&mut retired.made, run(*replica), *count)?;
        }
        for ((giver, taker), count) in &self.given {
            let pair = (run(*giver), node(*taker));
            // What the two gave each other is theirs still.
            if pair.0.node() != pair.1 {
                add(&mut retired.given, pair, *count)?;
            }
        }
        for (replica, count) in &self.spent {
            add(&mut retired.spent, run(*replica), *count)?;
        }
        *self = retired;
        Ok(())
    }
}

fn add<K: Ord>(entries: &mut BTreeMap<K, u64>, key: K, count: u64) -> Result<(), RetireError> {
    let entry = entries.entry(key).or_insert(0);
    *entry = entry.checked_add(count).ok_or(RetireError::Exhausted)?;
    Ok(())
}
