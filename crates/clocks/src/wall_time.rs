use core::fmt;
use core::time::Duration;

/// A time of the wall clock: milliseconds since the Unix epoch, 1970-01-01 00:00 UTC, in 64 bits.
///
/// The wall clock is set by people and by protocols, so it may jump ahead, stand still and go back,
/// and those of two replicas differ. Nothing is lost by that here: replication and causality do not
/// rely on it. It stamps writes, from which [`HlcClock`](crate::HlcClock) makes an order and
/// observers the lag. A deadline or an interval is measured with a monotonic clock instead.
///
/// Types take it as an argument; only [`now`](Self::now) reads a clock.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use rejoin_clocks::WallTime;
///
/// let made = WallTime::from_unix_millis(1_700_000_000_000);
/// let come = made.saturating_add(Duration::from_millis(250));
/// assert_eq!(come.saturating_since(made), Duration::from_millis(250));
/// assert_eq!(made.saturating_since(come), Duration::ZERO);
/// assert_eq!(come.to_string(), "1700000000250");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct WallTime {
    millis: u64,
}

impl WallTime {
    /// The earliest time, 1970-01-01 00:00 UTC, also the default.
    pub const UNIX_EPOCH: Self = Self { millis: 0 };

    /// The time so many milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_unix_millis(millis: u64) -> Self {
        Self { millis }
    }

    /// What the wall clock of this machine shows, without the fraction of a millisecond.
    ///
    /// A clock that shows a time before 1970 is taken to show [`UNIX_EPOCH`](Self::UNIX_EPOCH), as
    /// by the conversion from `SystemTime`.
    ///
    /// # Panics
    ///
    /// Where the platform has no clock: std has none on `wasm32-unknown-unknown`.
    ///
    /// ```
    /// # use rejoin_clocks::WallTime;
    /// assert!(WallTime::now() > WallTime::from_unix_millis(1_700_000_000_000));
    /// ```
    #[cfg(feature = "std")]
    #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
    #[must_use]
    pub fn now() -> Self {
        std::time::SystemTime::now().into()
    }

    /// How many milliseconds after the Unix epoch this is.
    #[must_use]
    pub const fn as_unix_millis(self) -> u64 {
        self.millis
    }

    /// The time so long after this one, without the fraction of a millisecond, or `None` if it
    /// takes more than 64 bits.
    #[must_use]
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        let millis = self.millis.checked_add(duration.as_millis().try_into().ok()?)?;
        Some(Self { millis })
    }

    /// The time so long after this one, without the fraction of a millisecond, or the latest that
    /// there is.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        self.checked_add(duration).unwrap_or(Self { millis: u64::MAX })
    }

    /// The time so long before this one, where a fraction of a millisecond does not count, or
    /// [`UNIX_EPOCH`](Self::UNIX_EPOCH).
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        let millis = duration.as_millis().try_into().unwrap_or(u64::MAX);
        Self { millis: self.millis.saturating_sub(millis) }
    }

    /// How long after `earlier` this is: zero, if it is before.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.millis.saturating_sub(earlier.millis))
    }
}

impl fmt::Debug for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WallTime({self})")
    }
}

/// The milliseconds since the Unix epoch, in digits.
impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.millis, f)
    }
}

/// Without the fraction of a millisecond. A time before 1970 becomes
/// [`UNIX_EPOCH`](WallTime::UNIX_EPOCH).
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
impl From<std::time::SystemTime> for WallTime {
    fn from(time: std::time::SystemTime) -> Self {
        let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self::UNIX_EPOCH.saturating_add(since)
    }
}
