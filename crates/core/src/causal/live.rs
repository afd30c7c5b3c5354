use alloc::vec::Vec;

use rejoin_clocks::{CausalContext, Dot, ReplicaId};

use crate::{DotStore, InvalidCausal};

/// Checks that every live dot of `store` lives at one place, and gives one that was not seen, if
/// there is any.
///
/// Dots come 64 at a time where the store has them so: O(n log n) time for n such windows.
pub(super) fn check<S: DotStore>(
    store: &S,
    seen: &CausalContext,
) -> Result<Option<Dot>, InvalidCausal> {
    let mut live: Vec<(ReplicaId, u64, u64)> = Vec::new();
    let (mut unseen, mut twice) = (None, None);
    store.windows(&mut |replica, first, bits| {
        unseen = unseen.or(lowest(replica, first, bits & !seen.window(replica, first)));
        match live.last_mut() {
            // What lives side by side in a map of maps comes one by one.
            Some((id, start, before)) if *start == first && *id == replica => {
                twice = twice.or(lowest(replica, first, bits & *before));
                *before |= bits;
            }
            _ => live.push((replica, first, bits)),
        }
    });
    live.sort_unstable();
    for windows in live.chunk_by(|(a, at, _), (b, bt, _)| (a, at) == (b, bt)) {
        let mut before = 0;
        for (replica, first, bits) in windows {
            twice = twice.or(lowest(*replica, *first, bits & before));
            before |= bits;
        }
    }
    match twice {
        Some(dot) => Err(InvalidCausal::Twice(dot)),
        None => Ok(unseen),
    }
}

fn lowest(replica: ReplicaId, first: u64, bits: u64) -> Option<Dot> {
    if bits == 0 { None } else { Dot::new(replica, first + u64::from(bits.trailing_zeros())) }
}
