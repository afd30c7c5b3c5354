use core::fmt;
use core::time::Duration;

/// A moment, counted from an arbitrary fixed start: the only clock that the core knows.
///
/// The caller says what time it is, so that the same core runs on a monotonic clock and in the
/// simulator. A program takes one `Instant` when it starts, and passes
/// `Time::new(start.elapsed())`. The time given to a replica must not go back; it may stand still
/// or jump ahead, as when a machine was suspended. Times of different replicas are never compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(Duration);

impl Time {
    /// The fixed start.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// The moment this long after the fixed start.
    #[must_use]
    pub const fn new(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// The time since the fixed start.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// The time from `earlier` to `self`, or zero if it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// Saturates.
impl core::ops::Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}
