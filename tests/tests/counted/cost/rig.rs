//! What counts, and what the counts may grow like.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use rejoin_core::ReplicaId;

pub(crate) const ALICE: ReplicaId = ReplicaId::from_u128(1);
pub(crate) const BOB: ReplicaId = ReplicaId::from_u128(2);
pub(crate) const CAROL: ReplicaId = ReplicaId::from_u128(3);

/// Far from where a hash table grows, which takes every key once, and is amortised.
/// The largest is smaller where the variable `REJOIN_CASES` asks for few.
pub(crate) static SIZES: LazyLock<[u32; 4]> = LazyLock::new(|| {
    let cases = std::env::var("REJOIN_CASES").ok().and_then(|cases| cases.parse::<u32>().ok());
    let largest = if cases.is_some_and(|cases| cases < 1_000) { 20_000 } else { 100_000 };
    [100, 1_000, 10_000, largest]
});

/// A vector that grows, or a tree node that splits, does so in few of these.
const TRIES: u32 = 5;

thread_local! {
    static OPERATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    OPERATIONS.set(OPERATIONS.get() + 1);
}

/// A key, or a value, that counts what is done with it.
#[derive(Debug)]
pub(crate) struct Key(pub(crate) u32);

impl From<u32> for Key {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        count();
        Self(self.0)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        count();
        self.0 == other.0
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        count();
        self.0.cmp(&other.0)
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        count();
        self.0.hash(state);
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    /// On keys.
    operations: u64,
    allocations: u64,
    bytes: u64,
}

/// Counts what `work` does. Whatever it returns is dropped uncounted.
pub(crate) fn counted<R>(work: impl FnOnce() -> R) -> Work {
    let before = OPERATIONS.get();
    let mut kept = None;
    let asked = allocation_counter::measure(|| kept = Some(work()));
    let operations = OPERATIONS.get() - before;
    drop(kept);
    Work { operations, allocations: asked.count_total, bytes: asked.bytes_total }
}

/// How a count may follow the size.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Growth {
    /// O(1), and what costs as much as a delta of a constant size.
    Constant,
    /// O(log n).
    Logarithmic,
    /// O(n), and not more.
    Linear,
}

impl Growth {
    /// Whether counts at these sizes, which ascend, grow no more.
    fn allows(self, sizes: &[u32], counts: &[u64]) -> bool {
        let pairs = || sizes.iter().zip(counts);
        match self {
            Self::Constant => counts.iter().enumerate().all(|(at, many)| {
                counts[..at].iter().all(|few| *many <= 2 * few + 8) // it may become less
            }),
            Self::Logarithmic => {
                let steps = |size: u32| u64::from(size.max(2).ilog2());
                pairs().zip(pairs().skip(1)).all(|((small, few), (large, many))| {
                    many * steps(*small) <= 2 * few * steps(*large) + 64 * steps(*large)
                })
            }
            Self::Linear => pairs().zip(pairs().skip(1)).all(|((small, few), (large, many))| {
                many / u64::from(*large) <= 3 * few / u64::from(*small) + 8
            }),
        }
    }
}

/// Checks that what `work` counts, at values of growing sizes, grows no more than `growth`.
///
/// `work` is tried several times in a row on a clone of the value, with the number of the try, and
/// the least counts are taken: what is amortised does not happen every time.
pub(crate) fn grows<T: Clone>(
    what: &str,
    growth: Growth,
    sizes: &[u32],
    bases: &[T],
    work: impl Fn(&mut T, u32, u32) -> Work,
) {
    let least: Vec<Work> = bases
        .iter()
        .zip(sizes)
        .map(|(base, size)| {
            let mut value = base.clone();
            let tries: Vec<Work> = (0..TRIES).map(|at| work(&mut value, *size, at)).collect();
            let least = |of: fn(&Work) -> u64| tries.iter().map(of).min().unwrap_or(0);
            Work {
                operations: least(|work| work.operations),
                allocations: least(|work| work.allocations),
                bytes: least(|work| work.bytes),
            }
        })
        .collect();
    let counts = |of: fn(&Work) -> u64| least.iter().map(of).collect::<Vec<_>>();
    for (unit, counts) in [
        ("operations on keys", counts(|work| work.operations)),
        ("allocations", counts(|work| work.allocations)),
        // In cache lines: the odd larger node is not a walk.
        ("cache lines allocated", counts(|work| work.bytes.div_ceil(64))),
    ] {
        assert!(
            growth.allows(sizes, &counts),
            "{what}: {counts:?} {unit} at {sizes:?}, which is not {growth:?}"
        );
    }
}

/// The rig can fail, for each of what it counts and each growth.
mod canaries {
    use super::*;

    fn keys() -> Vec<Vec<u32>> {
        SIZES.map(|size| (0..size).collect()).into()
    }

    #[test]
    #[should_panic(expected = "operations on keys at")]
    fn a_walk_over_keys() {
        grows("a walk", Growth::Logarithmic, &*SIZES, &keys(), |keys, _, _| {
            counted(|| keys.iter().filter(|key| Key(**key) == Key(7)).count())
        });
    }

    #[test]
    #[should_panic(expected = "cache lines allocated at")]
    fn a_copy() {
        grows("a copy", Growth::Logarithmic, &*SIZES, &keys(), |keys, _, _| {
            counted(|| keys.clone())
        });
    }

    #[test]
    #[should_panic(expected = "allocations at")]
    fn many_small_allocations() {
        grows("boxes", Growth::Constant, &*SIZES, &keys(), |keys, _, _| {
            counted(|| keys.iter().for_each(|key| _ = std::hint::black_box(Box::new(*key))))
        });
    }

    #[test]
    #[should_panic(expected = "not Constant")]
    fn a_binary_search_is_not_constant() {
        let sizes = [100, 10_000, 100_000_000];
        grows("a search", Growth::Constant, &sizes, &sizes, |_, size, _| {
            counted(|| (0..4 * size.ilog2()).filter(|at| Key(*at) == Key(7)).count())
        });
    }

    #[test]
    #[should_panic(expected = "not Linear")]
    fn pairs_are_not_linear() {
        let sizes = [100, 1_000];
        grows("pairs", Growth::Linear, &sizes, &sizes, |_, size, _| {
            counted(|| (0..size * size).filter(|at| Key(*at) == Key(7)).count())
        });
    }
}
