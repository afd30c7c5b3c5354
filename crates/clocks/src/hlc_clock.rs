use core::time::Duration;

use crate::{Hlc, HlcError, WallTime};

/// The generator of [`Hlc`] stamps of one replica.
///
/// Stamps grow strictly, whatever the wall clock does, and are later than every stamp that was
/// [observed](Self::observe). The wall clock is an argument: nothing is read inside, so a test
/// can be the clock.
///
/// What a wrong clock does:
///
/// * **The local wall clock stands still or jumps back**, by any distance: stamps go on from the
///   last one, by counter, and follow the wall again when it has caught up. Order comes before
///   nearness to the wall, so this is no error even beyond `max_drift`. Other replicas, whose
///   clocks are right, do not adopt such stamps when they are more than *their* `max_drift` ahead.
/// * **The local wall clock jumps ahead**: nothing tells that from time that has passed, so stamps
///   follow, and stay ahead until time has caught up. A clock
///   [`with_max_jump`](Self::with_max_jump) refuses a reading that is further ahead of its last
///   stamp than that, and is as it was; so one wrong reading spoils nothing.
/// * **Another replica's clock is ahead** by more than `max_drift`: to [observe](Self::observe) its
///   stamps is an error that leaves no trace here. Without that limit, one wrong clock would spoil
///   all. What carries such a stamp can be written over all the same: [`after`](Self::after) makes
///   a stamp that is later, for this one write.
/// * **More than 65 536 stamps a millisecond**: the counter carries into the milliseconds, which
///   then run ahead of the wall until it catches up.
///
/// After a restart [`resume`](Self::resume) from the last stamp that was made or seen, or from a
/// later one; a fresh clock is ordered only if the wall has not jumped back in between.
///
/// The source is Kulkarni et al. (2014), figure 5; see [`Hlc`].
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use rejoin_clocks::{HlcClock, HlcError, WallTime};
///
/// let at = WallTime::from_unix_millis;
/// let mut alice = HlcClock::new(Duration::from_secs(1));
/// let mut bob = HlcClock::new(Duration::from_secs(1));
///
/// let sent = alice.now(at(5_000))?;
/// let received = bob.observe(sent, at(4_800))?; // bob's wall clock is 200 ms behind
/// assert!(sent < received);
/// assert!(received < bob.now(at(4_801))?);
///
/// let wrong = alice.now(at(9_999_999))?;
/// assert!(matches!(bob.observe(wrong, at(4_802)), Err(HlcError::Drift { .. })));
/// assert!(bob.after(wrong, at(4_803))? > wrong); // to write over what has this stamp
/// assert_eq!(bob.now(at(4_804))?.wall_time(), at(5_000)); // and bob's own time is as it was
/// # Ok::<(), HlcError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HlcClock {
    last: Hlc,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "wire::duration"))]
    max_drift: Duration,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "wire::optional_duration"))]
    max_jump: Option<Duration>,
}

impl HlcClock {
    /// A clock without history, which does not adopt stamps more than `max_drift` ahead of the
    /// wall.
    #[must_use]
    pub const fn new(max_drift: Duration) -> Self {
        Self::resume(Hlc::MIN, max_drift)
    }

    /// A clock whose stamps are later than `last`.
    #[must_use]
    pub const fn resume(last: Hlc, max_drift: Duration) -> Self {
        Self { last, max_drift, max_jump: None }
    }

    /// The same clock, which from now on refuses readings of the wall clock more than `max_jump`
    /// ahead of its last stamp. The first reading of a clock without history is believed.
    ///
    /// For programs that make a stamp regularly, needed or not, such as once a minute, so that it
    /// is no jump that time has passed. Where that is known to have happened, as after a restart or
    /// a suspension, [`trust`](Self::trust) the next reading.
    ///
    /// ```
    /// use core::time::Duration;
    /// use rejoin_clocks::{HlcClock, HlcError, WallTime};
    ///
    /// let at = WallTime::from_unix_millis;
    /// let mut clock = HlcClock::new(Duration::from_secs(1)).with_max_jump(Duration::from_secs(600));
    /// clock.now(at(1_700_000_000_000))?;
    /// let wrong = clock.now(at(4_100_000_000_000)); // the year 2099, for a moment
    /// assert!(matches!(wrong, Err(HlcError::Jump { .. })));
    /// assert_eq!(clock.now(at(1_700_000_000_005))?.wall_time(), at(1_700_000_000_005));
    /// # Ok::<(), HlcError>(())
    /// ```
    #[must_use]
    pub const fn with_max_jump(self, max_jump: Duration) -> Self {
        Self { max_jump: Some(max_jump), ..self }
    }

    /// The latest stamp made, or [`Hlc::MIN`] if there is none.
    #[must_use]
    pub const fn last(&self) -> Hlc {
        self.last
    }

    /// How far ahead of the wall clock an observed stamp may be.
    #[must_use]
    pub const fn max_drift(&self) -> Duration {
        self.max_drift
    }

    /// How far ahead of the last stamp the wall clock may be, if there is a limit.
    #[must_use]
    pub const fn max_jump(&self) -> Option<Duration> {
        self.max_jump
    }

    /// The stamp of a local event, later than all before, when the wall clock shows `wall`.
    ///
    /// # Errors
    ///
    /// [`HlcError::Jump`] if `wall` is more than `max_jump` ahead of the last stamp,
    /// [`HlcError::Exhausted`] if it takes more than 48 bits or no later stamp exists. Nothing is
    /// adopted then.
    pub fn now(&mut self, wall: WallTime) -> Result<Hlc, HlcError> {
        self.check_jump(wall)?;
        self.advance(self.last, wall)
    }

    /// As [`now`](Self::now), with a reading that is believed however far ahead it is.
    ///
    /// # Errors
    ///
    /// [`HlcError::Exhausted`] as in [`now`](Self::now).
    pub fn trust(&mut self, wall: WallTime) -> Result<Hlc, HlcError> {
        self.advance(self.last, wall)
    }

    /// The stamp of the receipt of `stamp`: later than it and than all before.
    ///
    /// # Errors
    ///
    /// [`HlcError::Drift`] if `stamp` is later than all before and more than `max_drift` ahead of
    /// `wall`; others as in [`now`](Self::now). Nothing is adopted then.
    pub fn observe(&mut self, stamp: Hlc, wall: WallTime) -> Result<Hlc, HlcError> {
        self.check_jump(wall)?;
        if self.is_drift(stamp, wall) {
            return Err(HlcError::Drift { stamp, wall, max: self.max_drift });
        }
        self.advance(self.last.max(stamp), wall)
    }

    /// The stamp of a write over one that has `stamp`: later than it, and than all before.
    ///
    /// This [observes](Self::observe) `stamp`, unless that is more than `max_drift` ahead of
    /// `wall`. Then it is only succeeded: the write wins over the one that it saw, by
    /// counter, and the time of this clock does not follow it. The next stamp of this clock may be
    /// earlier, so what has been written over by `after` is to be written over by `after` again.
    ///
    /// # Errors
    ///
    /// As [`now`](Self::now). Nothing is adopted then.
    pub fn after(&mut self, stamp: Hlc, wall: WallTime) -> Result<Hlc, HlcError> {
        if !self.is_drift(stamp, wall) {
            return self.observe(stamp, wall);
        }
        let next = stamp.successor().ok_or(HlcError::Exhausted)?;
        self.now(wall).map(|now| now.max(next))
    }

    /// Whether `stamp` is too far ahead to be adopted. One that was adopted before is not, though
    /// the wall may have jumped back since.
    fn is_drift(&self, stamp: Hlc, wall: WallTime) -> bool {
        let ahead = stamp.wall_time().saturating_since(wall);
        stamp > self.last && ahead > self.max_drift
    }

    fn check_jump(&self, wall: WallTime) -> Result<(), HlcError> {
        let ahead = wall.saturating_since(self.last.wall_time());
        match self.max_jump {
            Some(max) if ahead > max && self.last > Hlc::MIN => {
                Err(HlcError::Jump { wall, last: self.last, max })
            }
            _ => Ok(()),
        }
    }

    /// The wall clock if it is past all of the milliseconds seen, otherwise one count after `seen`.
    fn advance(&mut self, seen: Hlc, wall: WallTime) -> Result<Hlc, HlcError> {
        let wall = Hlc::new(wall, 0).ok_or(HlcError::Exhausted)?;
        let next = seen.successor().ok_or(HlcError::Exhausted)?;
        self.last = wall.max(next);
        Ok(self.last)
    }
}

#[cfg(feature = "serde")]
mod wire {
    use core::time::Duration;

    use serde::de::{Deserialize, Deserializer, Error};

    #[derive(serde::Deserialize)]
    #[serde(rename = "Duration")]
    struct Fields {
        secs: u64,
        nanos: u32,
    }

    impl Fields {
        /// The one form of a duration: serde would take more nanoseconds than a second has.
        fn checked<E: Error>(self) -> Result<Duration, E> {
            if self.nanos >= 1_000_000_000 {
                return Err(E::custom("invalid duration: `nanos` takes more than a second"));
            }
            Ok(Duration::new(self.secs, self.nanos))
        }
    }

    /// Reads a duration in its one form.
    pub(super) fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        Fields::deserialize(from)?.checked()
    }

    /// The same, if there is one.
    pub(super) fn optional_duration<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        let fields = Option::<Fields>::deserialize(from)?;
        fields.map(Fields::checked).transpose()
    }
}
