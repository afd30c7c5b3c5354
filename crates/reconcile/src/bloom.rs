//! Bloom filters over ids.

use crate::mix::mix;

/// The most bits that an id sets.
pub(crate) const MAX_HASHES: u32 = 12;

/// A Bloom filter: it holds all ids that were inserted, and others by chance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bloom {
    hashes: u32,
    bytes: Vec<u8>,
}

impl Bloom {
    /// An empty filter for `len` ids that holds others once in 2^`hashes` times.
    pub(crate) fn new(len: usize, hashes: u32) -> Self {
        // hashes / ln 2 bits an id.
        let bits = (len as u64 * u64::from(hashes) * 1_443).div_ceil(1_000);
        Self { hashes, bytes: vec![0; bits.div_ceil(8) as usize] }
    }

    /// A filter that was sent; `None` for a number of hashes that none has.
    pub(crate) fn from_bytes(hashes: u32, bytes: &[u8]) -> Option<Self> {
        (1..=MAX_HASHES).contains(&hashes).then(|| Self { hashes, bytes: bytes.to_vec() })
    }

    pub(crate) fn hashes(&self) -> u32 {
        self.hashes
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The ids that fit a filter of `bytes`.
    pub(crate) fn ids_in(bytes: usize, hashes: u32) -> usize {
        (bytes as u64 * 8_000 / (u64::from(hashes) * 1_443)) as usize
    }

    fn places(&self, id: u64) -> impl Iterator<Item = usize> + use<> {
        // Double hashing (Kirsch and Mitzenmacher, 2006).
        let mixed = mix(id);
        let (mut place, step) = (mixed as u32, (mixed >> 32) as u32 | 1);
        let bits = self.bytes.len() as u64 * 8;
        (0..self.hashes).map(move |_| {
            place = place.wrapping_add(step);
            ((u64::from(place) * bits) >> 32) as usize
        })
    }

    pub(crate) fn insert(&mut self, id: u64) {
        if self.bytes.is_empty() {
            return;
        }
        for place in self.places(id) {
            self.bytes[place / 8] |= 1 << (place % 8);
        }
    }

    /// Whether the filter holds `id`; an empty one holds none.
    pub(crate) fn contains(&self, id: u64) -> bool {
        !self.bytes.is_empty()
            && self.places(id).all(|place| self.bytes[place / 8] >> (place % 8) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::Mixer;

    #[test]
    fn members_are_held_and_others_rarely() {
        let mut random = Mixer::new(14);
        for hashes in 1..=6 {
            let mut bloom = Bloom::new(5_000, hashes);
            let members: Vec<u64> = (0..5_000).map(|_| random.any()).collect();
            members.iter().for_each(|&id| bloom.insert(id));
            assert!(members.iter().all(|&id| bloom.contains(id)));
            let held = (0..20_000).filter(|_| bloom.contains(random.any())).count();
            let expected = 20_000 >> hashes;
            assert!(held < expected * 5 / 4 + 60, "{held}, {expected}");
        }
    }

    #[test]
    fn a_filter_without_bits_holds_nothing() {
        assert!(!Bloom::new(0, 3).contains(5));
        Bloom::new(0, 3).insert(5);
    }
}
