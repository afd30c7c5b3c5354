use rejoin_core::{
    Crdt, Decompose, Diff, Draft, Edit, Hlc, HlcClock, HlcError, IntoValue, ReplicaId, Unnumbered,
    ValueChange, WallTime, Watch,
};

/// A register in which the last writer wins.
///
/// Every write carries a stamp: a time, and the writer's replica id, which breaks ties. Under
/// concurrency the write with the higher stamp stays, and **the other one is lost**. Where both
/// matter use [`MvRegister`](crate::MvRegister).
///
/// ```
/// use core::time::Duration;
/// use rejoin_registers::{Crdt, Edit, HlcClock, LwwRegister, ReplicaId, WallTime};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut clock_of_alice = HlcClock::new(Duration::from_secs(60));
/// let mut clock_of_bob = HlcClock::new(Duration::from_secs(60));
/// let (mut here, mut there) = (LwwRegister::<&str>::new(), LwwRegister::new());
/// let at = WallTime::from_unix_millis;
///
/// let early = clock_of_alice.now(at(1_700_000_000_000))?;
/// let late = clock_of_bob.now(at(1_700_000_000_005))?;
/// let first = here.edit(alice, |name| name.set(early, "Alicia"));
/// let second = there.edit(bob, |name| name.set(late, "Allison"));
///
/// here.merge(second);
/// there.merge(first);
/// assert_eq!(here.get(), Some(&"Allison")); // five milliseconds decide, at both
/// assert_eq!(here, there);
///
/// // What was seen is written over, whatever the clocks say: alice's was set back by a minute.
/// let wall = at(1_699_999_940_000);
/// here.edit(alice, |name| name.set_now(&mut clock_of_alice, wall, "Ali"));
/// assert_eq!(here.get(), Some(&"Ali"));
/// # Ok::<(), rejoin_registers::HlcError>(())
/// ```
///
/// `T` is the time: a hybrid logical clock's [`Hlc`] by default, or anything ordered. Two different
/// values under one stamp, which a writer that reuses a time makes, converge to the larger value.
/// All operations are O(1).
///
/// The methods that edit it are those of [`LwwRegisterCursor`].
///
/// Source: Johnson, Thomas, *The maintenance of duplicate databases* (RFC 677, 1975); Shapiro et
/// al., *A comprehensive study of CRDTs* (2011), section 3.2.1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LwwRegister<V, T = Hlc> {
    /// In the order that decides: time, writer, value.
    write: Option<(T, ReplicaId, V)>,
}

impl<V, T> LwwRegister<V, T> {
    /// A register that nothing was written to.
    #[must_use]
    pub const fn new() -> Self {
        Self { write: None }
    }

    /// The value of the last write, if there was one.
    #[must_use]
    pub fn get(&self) -> Option<&V> {
        self.write.as_ref().map(|(_, _, value)| value)
    }

    /// The stamp of the last write, if there was one.
    #[must_use]
    pub fn stamp(&self) -> Option<(&T, ReplicaId)> {
        self.write.as_ref().map(|(time, writer, _)| (time, *writer))
    }

    /// Puts the last write at another time, which is no edit: for the stamp of a wrong clock,
    /// against which all concurrent writes would be lost until time has caught up.
    ///
    /// To write over such a stamp takes only [`set_now`](LwwRegisterCursor::set_now).
    ///
    /// **Precondition**: every replica does the same, and no delta, state or difference from before
    /// is merged afterwards, nor one from afterwards before.
    pub fn restamp(&mut self, restamp: impl FnOnce(&T) -> T) {
        if let Some((time, _, _)) = &mut self.write {
            *time = restamp(time);
        }
    }
}

impl<V: Ord + Clone, T: Ord + Clone> Crdt for LwwRegister<V, T> {
    fn merge(&mut self, other: Self) -> bool {
        let later = other.write > self.write;
        if later {
            self.write = other.write;
        }
        later
    }

    fn covers(&self, other: &Self) -> bool {
        self.write >= other.write
    }

    fn is_bottom(&self) -> bool {
        self.write.is_none()
    }
}

impl<V: Ord + Clone, T: Ord + Clone> Unnumbered for LwwRegister<V, T> {}

impl<V: Ord + Clone, T: Ord + Clone> Diff for LwwRegister<V, T> {
    /// The write itself: a stamp alone would not tell which of two values under it is larger.
    type Digest = Self;

    fn digest(&self) -> Self {
        self.clone()
    }

    fn diff(&self, peer: &Self) -> Option<Self> {
        (self.write > peer.write).then(|| self.clone())
    }
}

impl<V: Ord + Clone, T: Ord + Clone> Decompose for LwwRegister<V, T> {
    /// The write is irreducible.
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        if self.write.is_some() {
            visit(self.clone());
        }
    }
}

impl<V: Ord + Clone, T: Ord + Clone> Edit for LwwRegister<V, T> {
    type Cursor<'a>
        = LwwRegisterCursor<'a, V, T>
    where
        V: 'a,
        T: 'a;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> LwwRegisterCursor<'a, V, T> {
        LwwRegisterCursor { value: self, draft }
    }
}

impl<V: Ord + Clone, T: Ord + Clone> Watch for LwwRegister<V, T> {
    type Change = ValueChange<Option<V>>;

    fn changes(&self, other: &Self, visit: &mut dyn FnMut(Self::Change)) {
        if other.write > self.write {
            let (before, after) = (self.get().cloned(), other.get().cloned());
            ValueChange::between(before, after).into_iter().for_each(visit);
        }
    }
}

impl<V, T> Default for LwwRegister<V, T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Edits a [`LwwRegister`].
#[derive(Debug)]
pub struct LwwRegisterCursor<'a, V, T> {
    value: &'a mut LwwRegister<V, T>,
    draft: Draft<'a, LwwRegister<V, T>>,
}

impl<V: Ord + Clone, T: Ord + Clone> LwwRegisterCursor<'_, V, T> {
    /// Writes `value` at `time`, and returns whether it is the last write so far.
    ///
    /// A write that is earlier than the one that is there is lost at once.
    pub fn set(&mut self, time: T, value: impl IntoValue<V>) -> bool {
        let write = Some((time, self.draft.replica(), value.into_value()));
        let news = write > self.value.write;
        if news {
            let (delta, before) = self.draft.both();
            let old = core::mem::replace(&mut self.value.write, write.clone());
            if core::mem::replace(&mut delta.write, write).is_none() {
                before.write = old;
            }
        }
        news
    }
}

impl<V: Ord + Clone> LwwRegisterCursor<'_, V, Hlc> {
    /// Writes `value` over what is there, at the time of `clock`, whose wall clock shows
    /// `wall`; over a stamp that is from the future, right after it.
    ///
    /// # Errors
    ///
    /// As [`HlcClock::after`]. Then nothing has changed.
    pub fn set_now(
        &mut self,
        clock: &mut HlcClock,
        wall: WallTime,
        value: impl IntoValue<V>,
    ) -> Result<(), HlcError> {
        let seen = self.value.stamp().map_or(Hlc::MIN, |(stamp, _)| *stamp);
        let time = clock.after(seen, wall)?;
        self.set(time, value);
        Ok(())
    }
}

impl<V, T> core::ops::Deref for LwwRegisterCursor<'_, V, T> {
    type Target = LwwRegister<V, T>;

    fn deref(&self) -> &LwwRegister<V, T> {
        self.value
    }
}

#[cfg(feature = "serde")]
mod serde_impls {
    use core::fmt;
    use core::marker::PhantomData;

    use rejoin_core::wire::{self, Announced, Readable};
    use serde::de::{Error, SeqAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::LwwRegister;

    /// In human-readable formats the list of time, writer and value; empty if nothing was written.
    /// Otherwise an option of these.
    impl<V: Serialize, T: Serialize> Serialize for LwwRegister<V, T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match &self.write {
                write if !serializer.is_human_readable() => write.serialize(serializer),
                Some((time, writer, value)) => {
                    (Readable(time), writer, Readable(value)).serialize(serializer)
                }
                None => [(); 0].serialize(serializer),
            }
        }
    }

    impl<'de, V: Deserialize<'de>, T: Deserialize<'de>> Deserialize<'de> for LwwRegister<V, T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            wire::deserialize_announced(deserializer)
        }
    }

    impl<'de, V: Deserialize<'de>, T: Deserialize<'de>> Announced<'de> for LwwRegister<V, T> {
        const NAME: &'static str = "rejoin::LwwRegister";

        fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let write = if deserializer.is_human_readable() {
                deserializer.deserialize_seq(Write(PhantomData))?
            } else {
                Option::deserialize(deserializer)?
            };
            Ok(Self { write })
        }
    }

    struct Write<T, W, V>(PhantomData<(T, W, V)>);

    impl<'de, T, W, V> Visitor<'de> for Write<T, W, V>
    where
        T: Deserialize<'de>,
        W: Deserialize<'de>,
        V: Deserialize<'de>,
    {
        type Value = Option<(T, W, V)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of time, writer and value, or an empty one")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let Some(time) = seq.next_element()? else { return Ok(None) };
            let writer = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
            let value = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(2, &self))?;
            Ok(Some((time, writer, value)))
        }
    }
}
