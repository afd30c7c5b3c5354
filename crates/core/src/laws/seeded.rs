//! Arbitrary values from numbers.

use quickcheck::{Arbitrary, Gen};

/// The value that `seed` stands for, of an execution of at most about `size` steps.
///
/// It is for generators that are not quickcheck's: whatever makes integers makes values. With
/// proptest, for example, shrinking the size shrinks the value:
///
/// ```text
/// fn tags() -> impl Strategy<Value = Causal<AwSet<u8>>> {
///     (1..32usize, any::<u64>()).prop_map(|(size, seed)| laws::from_seed(size, seed))
/// }
/// ```
///
/// ```
/// use rejoin_core::laws::{self, Related};
/// use rejoin_core::{Causal, Crdt, DotMap, DotSet};
///
/// type Tags = Causal<DotMap<u8, DotSet>>;
///
/// for seed in 0..100 {
///     let mut tags: Tags = laws::from_seed(16, seed);
///     assert_eq!(tags, laws::from_seed(16, seed));
///     let before = tags.len();
///     tags.merge(laws::from_seed(16, seed + 1)); // other replicas, so nothing is removed
///     assert!(tags.len() >= before);
///
///     let related: Related<Tags> = laws::from_seed(16, seed);
///     let mut all = Tags::default();
///     for value in related.iter() {
///         all.merge(value.clone());
///     }
/// }
/// ```
#[must_use]
pub fn from_seed<T: Arbitrary>(size: usize, seed: u64) -> T {
    T::arbitrary(&mut Gen::from_size_and_seed(size.max(1), seed))
}

/// A key or element: mostly one of four, so that edits meet.
pub fn key<T: Arbitrary>(g: &mut Gen) -> T {
    match u8::arbitrary(g) % 16 {
        0..3 => T::arbitrary(g),
        other => from_seed(4, u64::from(other % 4)),
    }
}
