use core::time::Duration;

use crate::{Hlc, HlcError};

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
///   clocks are right, refuse such stamps when they are more than *their* `max_drift` ahead.
/// * **Another replica's clock is ahead** by more than `max_drift`: its stamps are an error and
///   leave no trace here. Without that limit, one wrong clock would spoil all.
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
/// use rejoin_clocks::{HlcClock, HlcError};
///
/// let mut alice = HlcClock::new(Duration::from_secs(1));
/// let mut bob = HlcClock::new(Duration::from_secs(1));
///
/// let sent = alice.now(5_000)?;
/// let received = bob.observe(sent, 4_800)?; // bob's wall clock is 200 ms behind
/// assert!(sent < received);
/// assert!(received < bob.now(4_801)?);
///
/// let wrong = alice.now(9_999_999)?;
/// assert!(matches!(bob.observe(wrong, 4_802), Err(HlcError::Drift { .. })));
/// # Ok::<(), HlcError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HlcClock {
    last: Hlc,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "wire::duration"))]
    max_drift: Duration,
}

impl HlcClock {
    /// A clock without history, which refuses stamps more than `max_drift` ahead of the wall.
    #[must_use]
    pub const fn new(max_drift: Duration) -> Self {
        Self::resume(Hlc::MIN, max_drift)
    }

    /// A clock whose stamps are later than `last`.
    #[must_use]
    pub const fn resume(last: Hlc, max_drift: Duration) -> Self {
        Self { last, max_drift }
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

    /// The stamp of a local event, later than all before. `wall_millis` is the time of the wall
    /// clock in milliseconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// [`HlcError::Exhausted`] if `wall_millis` takes more than 48 bits or no later stamp exists.
    pub fn now(&mut self, wall_millis: u64) -> Result<Hlc, HlcError> {
        self.advance(self.last, wall_millis)
    }

    /// The stamp of the receipt of `stamp`: later than it and than all before.
    ///
    /// # Errors
    ///
    /// [`HlcError::Drift`] if `stamp` is more than `max_drift` ahead of `wall_millis`,
    /// [`HlcError::Exhausted`] as in [`now`](Self::now). Nothing is adopted then.
    pub fn observe(&mut self, stamp: Hlc, wall_millis: u64) -> Result<Hlc, HlcError> {
        let ahead = Duration::from_millis(stamp.millis().saturating_sub(wall_millis));
        if ahead > self.max_drift {
            return Err(HlcError::Drift { stamp, wall: wall_millis, max: self.max_drift });
        }
        self.advance(self.last.max(stamp), wall_millis)
    }

    /// The wall clock if it is past all of the milliseconds seen, otherwise one count after `seen`.
    fn advance(&mut self, seen: Hlc, wall_millis: u64) -> Result<Hlc, HlcError> {
        let wall = Hlc::new(wall_millis, 0).ok_or(HlcError::Exhausted)?;
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

    /// Reads a duration in its one form: serde would take more nanoseconds than a second has.
    pub(super) fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let Fields { secs, nanos } = Fields::deserialize(from)?;
        if nanos >= 1_000_000_000 {
            return Err(D::Error::custom("invalid duration: `nanos` takes more than a second"));
        }
        Ok(Duration::new(secs, nanos))
    }
}
