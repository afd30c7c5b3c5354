use core::time::Duration;

/// The randomness of a run: the same seed, the same rolls.
#[derive(Clone, Debug)]
pub struct Dice(fastrand::Rng);

impl Dice {
    /// Dice with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A number below `sides`, each as likely as the others.
    ///
    /// # Panics
    ///
    /// When `sides` is 0.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0.usize(0..sides)
    }

    /// One of these, each as likely as the others, or `None` if there is none.
    ///
    /// The order has to be the same in each run, so do not pick from the iterator of a hash map.
    pub fn pick<T>(&mut self, choices: impl IntoIterator<Item = T>) -> Option<T> {
        let mut choices: Vec<T> = choices.into_iter().collect();
        if choices.is_empty() {
            return None;
        }
        let chosen = self.roll(choices.len());
        Some(choices.swap_remove(chosen))
    }
}

/// A random duration between two, the later one included.
pub(crate) fn between(rng: &mut fastrand::Rng, least: Duration, most: Duration) -> Duration {
    least + most.saturating_sub(least).mul_f64(rng.f64())
}
