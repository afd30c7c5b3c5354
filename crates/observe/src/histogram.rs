use core::fmt;
use core::time::Duration;

/// How many steps there are from a power of two to the next, as a power of two: 32.
const STEPS: u32 = 5;

/// How often which duration occurred, in steps that are at most 1/32 of the duration apart.
///
/// Quantiles are at most 1/32 above what they would be of the durations themselves, and never
/// below; the count, the mean and the longest are exact, in nanoseconds. Recording takes constant
/// time.
///
/// Memory: 8 bytes a step up to the longest duration, 9 KiB for hours; at most 15 KiB, whatever is
/// recorded and however often. The steps are those of HdrHistogram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
    count: u64,
    sum: u128,
    max: u64,
}

impl Histogram {
    /// Adds a duration.
    pub fn record(&mut self, duration: Duration) {
        self.record_times(duration, 1);
    }

    /// Adds a duration that occurred so many times.
    pub fn record_times(&mut self, duration: Duration, times: u64) {
        if times == 0 {
            return;
        }
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let step = step_of(nanos);
        if self.counts.len() <= step {
            self.counts.resize(step + 1, 0);
        }
        self.counts[step] = self.counts[step].saturating_add(times);
        self.count = self.count.saturating_add(times);
        self.sum = self.sum.saturating_add(u128::from(nanos) * u128::from(times));
        self.max = self.max.max(nanos);
    }

    /// Adds all that another one has.
    pub fn add(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        self.max = self.max.max(other.max);
    }

    /// How many durations there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The duration that this share of all are not longer than, by nearest rank; 0 if there is
    /// none.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    pub fn quantile(&self, share: f64) -> Duration {
        let rank = ((self.count as f64 * share.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut so_far = 0_u64;
        for (step, count) in self.counts.iter().enumerate() {
            so_far = so_far.saturating_add(*count);
            if so_far >= rank {
                return Duration::from_nanos(last_of(step).min(self.max));
            }
        }
        Duration::from_nanos(self.max)
    }

    /// The usual numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mean = self.sum.checked_div(u128::from(self.count)).unwrap_or(0);
        Summary {
            count: self.count,
            mean: Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX)),
            p50: self.quantile(0.5),
            p99: self.quantile(0.99),
            max: Duration::from_nanos(self.max),
        }
    }
}

/// Of many durations: how many, and how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// How many there were. If there was none, everything else is 0.
    pub count: u64,
    /// Their mean.
    pub mean: Duration,
    /// The median: at most 1/32 too much, and never too little.
    pub p50: Duration,
    /// What 99 % are not longer than, as exact as the median.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count == 0 {
            return f.write_str("none measured");
        }
        let Self { count, mean, p50, p99, max } = self;
        write!(f, "mean {mean:.1?}, p50 {p50:.1?}, p99 {p99:.1?}, max {max:.1?} ({count} measured)")
    }
}

/// Durations below 64 ns have a step each, and from there on each power of two has 32.
fn step_of(nanos: u64) -> usize {
    let shift = (u64::BITS - nanos.leading_zeros()).saturating_sub(STEPS + 1);
    // It is at most 58 × 32 + 63.
    usize::try_from((u64::from(shift) << STEPS) + (nanos >> shift)).unwrap_or(usize::MAX)
}

/// The longest duration of a step.
fn last_of(step: usize) -> u64 {
    let step = step as u64;
    let shift = (step >> STEPS).saturating_sub(1);
    let first = (step - (shift << STEPS)) << shift;
    first + ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_each_other_and_are_narrow() {
        let mut next = 0;
        for step in 0..=step_of(u64::MAX) {
            let last = last_of(step);
            assert_eq!((step_of(next), step_of(last)), (step, step));
            assert!((last - next) as f64 <= next as f64 / 32.0, "step {step}");
            next = last.wrapping_add(1);
        }
        assert_eq!(next, 0, "the last step ends where numbers do");
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_durations_within_a_step() {
        let mut rng = fastrand::Rng::with_seed(3);
        for _ in 0..200 {
            let (mut histogram, mut all) = (Histogram::default(), Vec::new());
            let most = 1 << rng.u32(1..50);
            for _ in 0..rng.usize(1..400) {
                let nanos = rng.u64(..most);
                histogram.record(Duration::from_nanos(nanos));
                all.push(nanos);
            }
            all.sort_unstable();
            for percent in [1, 50, 90, 99, 100] {
                let exact = all[(all.len() * percent).div_ceil(100) - 1];
                let told = histogram.quantile(percent as f64 / 100.0).as_nanos() as u64;
                assert!(told >= exact && told <= exact + exact / 32, "{told} is not {exact}");
            }
            let summary = histogram.summary();
            let mean = all.iter().sum::<u64>() / all.len() as u64;
            assert_eq!(summary.count, all.len() as u64);
            assert_eq!(summary.mean, Duration::from_nanos(mean));
            assert_eq!(summary.max, Duration::from_nanos(all[all.len() - 1]));
        }
    }

    #[test]
    fn two_together_are_as_one() {
        let mut rng = fastrand::Rng::with_seed(4);
        let mut parts = [Histogram::default(), Histogram::default()];
        let mut whole = Histogram::default();
        for _ in 0..1_000 {
            let most = 1 << rng.u32(1..40);
            let duration = Duration::from_nanos(rng.u64(..most));
            parts[rng.usize(..2)].record(duration);
            whole.record(duration);
        }
        let [mut one, other] = parts;
        one.add(&other);
        assert_eq!(one, whole);
    }

    #[test]
    fn nothing_measured_says_so() {
        assert_eq!(Histogram::default().summary(), Summary::default());
        assert_eq!(Summary::default().to_string(), "none measured");
    }
}
