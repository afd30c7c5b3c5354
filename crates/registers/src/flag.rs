use core::fmt;

use rejoin_core::store::forward;
use rejoin_core::{Dot, DotFun, DotFunCursor, DotSet, DotSetCursor, ValueChange};

/// A flag that concurrent writers raise: enable wins.
///
/// | concurrently | result |
/// |---|---|
/// | enable ‖ disable | enabled |
/// | enable ‖ enable | enabled, until a disable that has seen both |
///
/// It starts disabled.
///
/// ```
/// use rejoin_registers::{Causal, Crdt, Edit, EwFlag, ReplicaId};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = Causal::<EwFlag>::default();
/// here.edit(alice, |gift| gift.enable());
/// let mut there = here.clone();
///
/// here.edit(alice, |gift| gift.disable());
/// there.edit(bob, |gift| gift.enable());
/// here.merge(there);
/// assert!(here.is_enabled());
/// ```
///
/// A disabled flag takes no space but in the context. All operations are linear in the concurrent
/// writes.
///
/// The methods that edit it are those of [`EwFlagCursor`].
///
/// Source: Almeida, Shoker, Baquero, *Delta State Replicated Data Types* (2018), section 7.2.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct EwFlag {
    #[cfg_attr(feature = "serde", serde(deserialize_with = "announced_enable_wins"))]
    enables: DotSet,
}

#[cfg(feature = "serde")]
fn announced_enable_wins<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    rejoin_core::wire::deserialize_named("rejoin::EwFlag", deserializer)
}

impl EwFlag {
    /// Whether the flag is enabled: some enable has not been disabled.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        !self.enables.is_empty()
    }

    /// The enables that are live, in ascending order: more than one while they are concurrent.
    pub fn writes(&self) -> impl ExactSizeIterator<Item = Dot> + '_ {
        self.enables.iter()
    }
}

forward! {
    enables =>
    impl DotStore for EwFlag { type Cursor = EwFlagCursor; }
    impl WatchStore for EwFlag { type Change = ValueChange<bool>; Self::is_enabled }
}

impl fmt::Debug for EwFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EwFlag").field(&self.is_enabled()).finish()
    }
}

/// Edits an [`EwFlag`].
#[derive(Debug)]
pub struct EwFlagCursor<'a> {
    enables: DotSetCursor<'a>,
}

impl EwFlagCursor<'_> {
    /// Enables the flag, also against concurrent disables.
    pub fn enable(&mut self) {
        self.enables.write();
    }

    /// Disables the flag as far as enables have been seen, and returns whether it was enabled.
    pub fn disable(&mut self) -> bool {
        self.enables.clear()
    }

    /// Whether the flag is enabled.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        !self.enables.is_empty()
    }
}

/// A flag that any concurrent writer can hold down: disable wins.
///
/// | concurrently | result |
/// |---|---|
/// | enable ‖ disable | disabled |
/// | disable ‖ disable | disabled, until an enable that has seen both |
///
/// It starts disabled.
///
/// ```
/// use rejoin_registers::{Causal, Crdt, DwFlag, Edit, ReplicaId};
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = Causal::<DwFlag>::default();
/// here.edit(alice, |public| public.enable());
/// let mut there = here.clone();
///
/// here.edit(alice, |public| public.enable());
/// there.edit(bob, |public| public.disable());
/// here.merge(there);
/// assert!(!here.is_enabled());
/// ```
///
/// A disable has to stay to win, so a flag that was disabled takes the space of one write, and as
/// the value of a map it keeps its key present until that is removed. All operations are linear in
/// the concurrent writes.
///
/// The methods that edit it are those of [`DwFlagCursor`].
///
/// Source: the `flag_dw` of AntidoteDB.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct DwFlag {
    #[cfg_attr(feature = "serde", serde(deserialize_with = "announced_disable_wins"))]
    writes: DotFun<bool>,
}

#[cfg(feature = "serde")]
fn announced_disable_wins<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    rejoin_core::wire::deserialize_named("rejoin::DwFlag", deserializer)
}

impl DwFlag {
    /// Whether the flag is enabled: it was, and no disable is live.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        is_all_enabled(&self.writes)
    }

    /// The writes that are live, in ascending order of their dots, and whether they enable.
    pub fn writes(&self) -> impl ExactSizeIterator<Item = (Dot, bool)> + '_ {
        self.writes.iter().map(|(dot, enables)| (dot, *enables))
    }
}

fn is_all_enabled(writes: &DotFun<bool>) -> bool {
    !writes.is_empty() && writes.iter().all(|(_, enables)| *enables)
}

forward! {
    writes =>
    impl DotStore for DwFlag { type Cursor = DwFlagCursor; }
    impl WatchStore for DwFlag { type Change = ValueChange<bool>; Self::is_enabled }
}

impl fmt::Debug for DwFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DwFlag").field(&self.is_enabled()).finish()
    }
}

/// Edits a [`DwFlag`].
#[derive(Debug)]
pub struct DwFlagCursor<'a> {
    writes: DotFunCursor<'a, bool>,
}

impl DwFlagCursor<'_> {
    /// Enables the flag, unless it is disabled concurrently.
    pub fn enable(&mut self) {
        self.writes.write(true);
    }

    /// Disables the flag, also against concurrent enables, and returns whether it was enabled.
    pub fn disable(&mut self) -> bool {
        let was_enabled = self.is_enabled();
        self.writes.write(false);
        was_enabled
    }

    /// Whether the flag is enabled.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        is_all_enabled(&self.writes)
    }
}
