use core::fmt;

use crate::WallTime;

/// A hybrid logical time: milliseconds since the Unix epoch and a counter, in 64 bits.
///
/// Stamps are ordered by milliseconds, then by counter. Made by an
/// [`HlcClock`](crate::HlcClock), they are near the time of the wall clock *and* ordered by cause:
/// if one event could have caused another, its stamp is lower. Two replicas may make the same
/// stamp; pair it with the [`ReplicaId`](crate::ReplicaId) where it must be unique.
///
/// 48 bits of milliseconds last until the year 10889.
///
/// The source is Kulkarni, Demirbas, Madappa, Avva and Leone, *Logical Physical Clocks and
/// Consistent Snapshots in Globally Distributed Databases* (2014).
///
/// # Examples
///
/// ```
/// use rejoin_clocks::{Hlc, WallTime};
///
/// let time = WallTime::from_unix_millis(1_700_000_000_000);
/// let stamp = Hlc::new(time, 3).expect("48 bits");
/// assert_eq!((stamp.wall_time(), stamp.counter()), (time, 3));
/// assert!(stamp < Hlc::new(WallTime::from_unix_millis(1_700_000_000_001), 0).expect("48 bits"));
/// assert_eq!(Hlc::new(WallTime::from_unix_millis(1 << 48), 0), None);
/// assert_eq!(stamp.to_string(), "1700000000000.3");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hlc {
    /// The milliseconds in the upper 48 bits, the counter in the lower 16.
    bits: u64,
}

impl Hlc {
    /// The earliest stamp, also the default.
    pub const MIN: Self = Self { bits: 0 };

    /// The latest stamp.
    pub const MAX: Self = Self { bits: u64::MAX };

    /// The stamp with these parts, or `None` if the milliseconds of `time` take more than 48 bits.
    #[must_use]
    pub const fn new(time: WallTime, counter: u16) -> Option<Self> {
        let millis = time.as_unix_millis();
        if millis >> 48 == 0 { Some(Self { bits: millis << 16 | counter as u64 }) } else { None }
    }

    /// The time of the wall clock, or one that is near it.
    #[must_use]
    pub const fn wall_time(self) -> WallTime {
        WallTime::from_unix_millis(self.bits >> 16)
    }

    /// The place among the stamps of the same millisecond.
    #[must_use]
    pub const fn counter(self) -> u16 {
        self.bits as u16 // the lower 16 bits
    }

    /// The stamp with these bits: the milliseconds in the upper 48, the counter in the lower 16.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self { bits }
    }

    /// The bits of this stamp, in the same order as the stamps.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.bits
    }

    /// The next stamp: a full counter carries into the milliseconds.
    pub(crate) const fn successor(self) -> Option<Self> {
        match self.bits.checked_add(1) {
            Some(bits) => Some(Self { bits }),
            None => None,
        }
    }
}

impl fmt::Debug for Hlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hlc({self})")
    }
}

/// The milliseconds and the counter, with a point between.
impl fmt::Display for Hlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.wall_time(), self.counter())
    }
}

/// A struct with the fields `millis` and `counter` in human-readable formats, where 64 bits are
/// often more than a number holds; otherwise the bits as a `u64`.
#[cfg(feature = "serde")]
mod wire {
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::{Serialize, Serializer};

    use super::{Hlc, WallTime};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename = "Hlc")]
    struct Fields {
        millis: WallTime,
        counter: u16,
    }

    impl Serialize for Hlc {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if serializer.is_human_readable() {
                Fields { millis: self.wall_time(), counter: self.counter() }.serialize(serializer)
            } else {
                self.bits.serialize(serializer)
            }
        }
    }

    impl<'de> Deserialize<'de> for Hlc {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            if deserializer.is_human_readable() {
                let Fields { millis, counter } = Fields::deserialize(deserializer)?;
                Self::new(millis, counter).ok_or_else(|| {
                    D::Error::custom("invalid stamp: `millis` takes more than 48 bits")
                })
            } else {
                u64::deserialize(deserializer).map(Self::from_bits)
            }
        }
    }
}
