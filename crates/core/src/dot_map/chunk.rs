use alloc::vec::Vec;

/// 32 slots.
#[derive(Clone, Debug)]
pub(super) struct Chunk<K, V> {
    /// A bit for each slot in use.
    pub(super) present: u32,
    /// Their entries, in the order of slots.
    pub(super) entries: Vec<(K, V)>,
}

pub(super) const WIDTH: u32 = u32::BITS;

/// How many of the bits of `present` are before `bit`, if that is among them.
pub(super) fn rank(present: u32, bit: u32) -> Option<usize> {
    let before = (1 << bit) - 1;
    let is_present = present & (1 << bit) != 0;
    is_present.then(|| {
        if present & before == before { bit as usize } else { place(present, bit) } // the common case
    })
}

/// How many of the bits of `present` are before `bit`.
pub(super) fn place(present: u32, bit: u32) -> usize {
    (present & ((1 << bit) - 1)).count_ones() as usize
}

impl<K, V> Chunk<K, V> {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { present: 0, entries: Vec::with_capacity(capacity) }
    }

    pub(super) fn slots(&self, at: u32) -> impl Iterator<Item = u32> + use<K, V> {
        let mut rest = self.present;
        core::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros())?;
            rest &= rest - 1;
            Some(at * WIDTH + bit)
        })
    }
}
