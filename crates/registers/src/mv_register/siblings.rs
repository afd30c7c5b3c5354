//! What a server does for clients that read now and write later.

use alloc::vec::Vec;
use core::fmt;

use rejoin_core::{Dot, IntoValue};

use super::{MvRegister, MvRegisterCursor};

impl<V> MvRegister<V> {
    /// What is read here, for a later [`put`](MvRegisterCursor::put), at this replica or another:
    /// what Riak calls the causal context. To a client it is opaque.
    #[must_use]
    pub fn version(&self) -> Vec<Dot> {
        self.writes().map(|(dot, _)| dot).collect()
    }
}

impl<V: PartialEq> MvRegister<V> {
    /// Whether there are several different values, to be
    /// [resolved](MvRegisterCursor::resolve).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.values().nth(1).is_some()
    }
}

impl<V: Clone + PartialEq> MvRegisterCursor<'_, V> {
    /// Writes `value` in place of the [`version`](MvRegister::version) that was read, as
    /// [`set_over`](Self::set_over), unless that makes more than `limit` siblings: so that clients
    /// that never read cannot make a register grow without bound. More may come from elsewhere.
    ///
    /// ```
    /// use rejoin_registers::{Causal, Crdt, Edit, MvRegister, ReplicaId};
    ///
    /// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
    /// let mut here = Causal::<MvRegister<&str>>::default();
    /// here.edit(alice, |name| name.set("Alice"));
    /// let mut there = here.clone();
    /// let read = here.version(); // a client reads, and writes later
    ///
    /// here.edit(alice, |name| name.put(&read, "Alicia", 100).expect("it has seen all"));
    /// there.edit(bob, |name| name.put(&read, "Allison", 100).expect("it has seen all"));
    /// here.merge(there);
    /// assert!(here.is_conflict());
    ///
    /// here.edit(alice, |name| name.resolve(|names| names.iter().max().expect("some")));
    /// assert_eq!(here.get(), Some(&"Allison"));
    /// ```
    ///
    /// # Errors
    ///
    /// When there are `limit` siblings already that were not seen. Nothing has changed then: read
    /// and resolve them first.
    pub fn put(
        &mut self,
        read: &[Dot],
        value: impl IntoValue<V>,
        limit: usize,
    ) -> Result<(), TooManySiblings> {
        let count = self.writes.iter().filter(|(dot, _)| !read.contains(dot)).count();
        if count >= limit {
            return Err(TooManySiblings { count, limit });
        }
        self.set_over(read, value);
        Ok(())
    }

    /// If there are several different values, writes what `resolver` makes of them in their place,
    /// and returns whether there were.
    ///
    /// Two replicas that resolve at once make siblings again, unless they come to equal values.
    pub fn resolve(&mut self, resolver: impl FnOnce(&[&V]) -> V) -> bool {
        let values: Vec<&V> = self.values().collect();
        if values.len() < 2 {
            return false;
        }
        let resolved = resolver(&values);
        drop(values);
        self.set(resolved);
        true
    }
}

/// A register has too many siblings that the writer has not seen. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooManySiblings {
    /// How many there are.
    pub count: usize,
    /// How many there may be.
    pub limit: usize,
}

impl fmt::Display for TooManySiblings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, limit } = self;
        write!(f, "{count} siblings that were not seen, where {limit} are allowed")
    }
}

impl core::error::Error for TooManySiblings {}
