//! Which symbols an id is in.

use crate::mix::Mixer;

/// The places of one id: the first, and each later place i with probability 1 / (1 + i/2).
#[derive(Clone, Debug)]
pub(super) struct Mapping(Mixer);

impl Mapping {
    pub(super) fn new(id: u64) -> Self {
        Self(Mixer::new(id))
    }

    /// The place after `place`, to be asked for in order.
    ///
    /// No place up to j is drawn with probability ((i + 1.5) / (j + 1.5))², nearly (§4.2 of the
    /// paper), which one random number inverts.
    pub(super) fn after(&mut self, place: u64) -> u64 {
        let random = (self.0.any() >> 11).max(1) as f64 / (1_u64 << 53) as f64;
        let distance = (place as f64 + 1.5) * (1.0 / random.sqrt() - 1.0);
        place.saturating_add((distance.ceil() as u64).max(1))
    }
}

/// Queues are ordered by place and id alone.
impl Ord for Mapping {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl PartialOrd for Mapping {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Mapping {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Mapping {}
