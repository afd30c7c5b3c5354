use core::time::Duration;

use rejoin_store::Time;

/// What can be added up.
pub(crate) trait Sum: Clone + Default {
    fn add(&mut self, other: &Self);
}

/// What was counted lately: in the last `span` at least, and in the last two at most.
#[derive(Clone, Debug)]
pub(crate) struct Recent<T> {
    span: Duration,
    since: Time,
    now: T,
    before: T,
}

impl<T: Sum> Recent<T> {
    pub(crate) fn new(span: Duration) -> Self {
        Self { span, since: Time::ZERO, now: T::default(), before: T::default() }
    }

    /// What to add to.
    pub(crate) fn at(&mut self, now: Time) -> &mut T {
        let passed = now.since(self.since);
        if passed >= self.span {
            let last = core::mem::take(&mut self.now);
            let is_next = passed < self.span.saturating_mul(2);
            self.before = if is_next { last } else { T::default() };
            self.since = if is_next { self.since + self.span } else { now };
        }
        &mut self.now
    }

    /// All of it, now.
    pub(crate) fn get(&self, now: Time) -> T {
        let passed = now.since(self.since);
        if passed >= self.span.saturating_mul(2) {
            return T::default();
        }
        let mut all = self.now.clone();
        if passed < self.span {
            all.add(&self.before);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Sum for Vec<u64> {
        fn add(&mut self, other: &Self) {
            self.extend(other);
        }
    }

    #[test]
    fn what_is_older_than_a_span_is_forgotten_within_another() {
        let (span, mut rng) = (Duration::from_secs(60), fastrand::Rng::with_seed(1));
        for _ in 0..200 {
            let mut recent = Recent::<Vec<u64>>::new(span);
            let (mut second, mut all) = (rng.u64(..100), Vec::new());
            for _ in 0..50 {
                let now = Time::new(Duration::from_secs(second));
                let got = recent.get(now);
                let must = all.iter().filter(|then| **then + 60 > second);
                assert!(must.clone().all(|then| got.contains(then)), "{got:?} at {second}");
                assert!(got.iter().all(|then| then + 120 > second), "{got:?} at {second}");
                recent.at(now).push(second);
                all.push(second);
                let most = [10, 70, 130][rng.usize(..3)];
                second += rng.u64(1..most);
            }
        }
    }
}
