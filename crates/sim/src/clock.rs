use core::time::Duration;

use rejoin_store::Time;

/// What a rate of one is counted in.
const UNIT: u128 = 1_000_000;

/// The clock of a replica: how its time follows from that of the network.
///
/// It never goes back, as [`Time`] is documented; it may stand still.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// When it was set, by the network's time.
    since: Time,
    /// What it showed then.
    shown: Time,
    /// How many millionths of a second it goes on in a second.
    rate: u128,
}

impl Clock {
    pub(crate) fn new(now: Time, offset: Duration, rate: f64) -> Self {
        Self { since: now, shown: Time::new(offset), rate: millionths(rate) }
    }

    /// The time of the replica.
    pub(crate) fn show(&self, now: Time) -> Time {
        let passed = now.since(self.since).as_nanos();
        self.shown + nanos(passed.saturating_mul(self.rate) / UNIT)
    }

    /// The first moment of the network at which this clock shows `time`, if it ever does.
    pub(crate) fn when(&self, now: Time, time: Time) -> Option<Time> {
        let ahead = time.since(self.shown).as_nanos();
        if ahead == 0 {
            return Some(now);
        }
        if self.rate == 0 {
            return (self.show(now) >= time).then_some(now);
        }
        let passed = ahead.saturating_mul(UNIT).div_ceil(self.rate);
        Some((self.since + nanos(passed)).max(now))
    }

    pub(crate) fn set_rate(&mut self, now: Time, rate: f64) {
        *self = Self { since: now, shown: self.show(now), rate: millionths(rate) };
    }

    pub(crate) fn jump(&mut self, by: Duration) {
        self.shown = self.shown + by;
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn millionths(rate: f64) -> u128 {
    (rate * 1_000_000.0).round() as u128
}

fn nanos(nanos: u128) -> Duration {
    let seconds = u64::try_from(nanos / 1_000_000_000).unwrap_or(u64::MAX);
    Duration::from_secs(seconds) + Duration::from_nanos_u128(nanos % 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Time {
        Time::new(Duration::from_millis(millis))
    }

    /// A timer that is set for what `when` says must be due then, or it would be set for ever.
    #[test]
    fn a_clock_shows_a_time_when_it_says_that_it_will() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut now = Time::ZERO;
        let mut clock = Clock::new(now, Duration::from_nanos(rng.u64(..1 << 40)), 1.0);
        for _ in 0..10_000 {
            let before = clock.show(now);
            match rng.u8(..4) {
                0 => clock.set_rate(now, rng.f64() * 2.0),
                1 => clock.jump(Duration::from_nanos(rng.u64(..1 << 30))),
                _ => now = now + Duration::from_nanos(rng.u64(..1 << 30)),
            }
            assert!(clock.show(now) >= before, "it went back");
            let time = before + Duration::from_nanos(rng.u64(..1 << 32));
            if let Some(when) = clock.when(now, time) {
                assert!(when >= now && clock.show(when) >= time);
            }
        }
    }

    #[test]
    fn a_clock_that_stands_still_shows_nothing_later() {
        let mut clock = Clock::new(at(0), Duration::ZERO, 1.0);
        clock.set_rate(at(100), 0.0);
        assert_eq!(clock.show(at(5_000)), at(100));
        assert_eq!(clock.when(at(5_000), at(100)), Some(at(5_000)));
        assert_eq!(clock.when(at(5_000), at(101)), None);
        clock.jump(Duration::from_millis(1));
        assert_eq!(clock.when(at(5_000), at(101)), Some(at(5_000)));
    }
}
