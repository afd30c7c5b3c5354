//! One row: contestants that take turns.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use super::bar::Bar;
use super::outcome::{Figure, Outcome, Role, Unit};

/// How many bytes what `work` makes, and keeps, takes from the allocator.
pub type Held = fn(work: &mut dyn FnMut()) -> u64;

/// A piece of work, and who does it.
pub(crate) struct Row {
    /// Where it stands in the table.
    pub(crate) place: (u8, u8),
    pub(crate) work: String,
    pub(crate) unit: Unit,
    pub(crate) contestants: Vec<Contestant>,
    pub(crate) bars: Vec<Bar>,
    pub(crate) beyond: Vec<Bar>,
}

pub(crate) struct Contestant {
    name: String,
    role: Role,
    how: String,
    /// One round: a figure in the row's unit.
    run: Box<dyn FnMut() -> f64>,
}

impl Row {
    pub(crate) fn new(place: (u8, u8), work: impl Into<String>, unit: Unit) -> Self {
        let (contestants, bars, beyond) = Default::default();
        Self { place, work: work.into(), unit, contestants, bars, beyond }
    }

    pub(crate) fn bar(mut self, bar: Bar) -> Self {
        self.bars.push(bar);
        self
    }

    pub(crate) fn beyond(mut self, bar: Bar) -> Self {
        self.beyond.push(bar);
        self
    }

    pub(crate) fn with(
        mut self,
        role: Role,
        name: impl Into<String>,
        run: impl FnMut() -> f64 + 'static,
    ) -> Self {
        let (name, how, run) = (name.into(), String::new(), Box::new(run));
        self.contestants.push(Contestant { name, role, how, run });
        self
    }

    /// What a contestant does, where it is not quite the same work.
    pub(crate) fn note(&mut self, name: &str, how: &str) {
        for contestant in self.contestants.iter_mut().filter(|contestant| contestant.name == name) {
            contestant.how = how.into();
        }
    }

    /// What the last contestant does, where it is not quite the same work.
    pub(crate) fn how(mut self, how: impl Into<String>) -> Self {
        if let Some(last) = self.contestants.last_mut() {
            last.how = how.into();
        }
        self
    }

    /// Lets them take turns.
    pub(crate) fn contest(mut self, (least, budget, most): (usize, Duration, usize)) -> Outcome {
        let mut samples = vec![Vec::new(); self.contestants.len()];
        let most = if self.unit == Unit::Bytes { 1 } else { most };
        let start = Instant::now();
        for round in 0..most {
            if round >= least && start.elapsed() > budget {
                break;
            }
            for (contestant, samples) in self.contestants.iter_mut().zip(&mut samples) {
                samples.push((contestant.run)());
            }
        }
        let figures = self.contestants.into_iter().zip(samples).map(|(contestant, samples)| {
            Figure::of(contestant.name, contestant.role, contestant.how, samples)
        });
        Outcome::new(self.place, self.work, self.unit, figures.collect(), self.bars, self.beyond)
    }
}

/// How long this thread works on `work`, without the drop of what it returns.
///
/// The clock stands still while other programs have the core.
pub(crate) fn time<R>(work: impl FnOnce() -> R) -> Duration {
    let start = ThreadTime::now();
    let result = black_box(work());
    let elapsed = start.elapsed();
    drop(result);
    elapsed
}

/// Nanoseconds a unit of work.
pub(crate) fn nanos(time: Duration, units: u64) -> f64 {
    time.as_nanos() as f64 / units as f64
}
