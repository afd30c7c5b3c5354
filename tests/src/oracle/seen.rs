/// A set of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(Vec<u64>);

impl Seen {
    /// Adds an event.
    pub fn insert(&mut self, event: usize) {
        let word = event / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (event % 64);
    }

    /// Adds all events of `other`.
    pub fn union(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine |= theirs;
        }
    }

    /// Whether `event` is in the set.
    #[must_use]
    pub fn contains(&self, event: usize) -> bool {
        self.0.get(event / 64).is_some_and(|word| word >> (event % 64) & 1 == 1)
    }

    /// Whether all events of `other` are in the set.
    #[must_use]
    pub fn is_superset(&self, other: &Self) -> bool {
        other.iter().all(|event| self.contains(event))
    }

    /// The events, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let (mut word, mut bits) = (0, self.0.first().copied().unwrap_or(0));
        std::iter::from_fn(move || {
            while bits == 0 {
                word += 1;
                bits = *self.0.get(word)?;
            }
            let event = word * 64 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            Some(event)
        })
    }
}

impl FromIterator<usize> for Seen {
    fn from_iter<I: IntoIterator<Item = usize>>(events: I) -> Self {
        let mut seen = Self::default();
        events.into_iter().for_each(|event| seen.insert(event));
        seen
    }
}
