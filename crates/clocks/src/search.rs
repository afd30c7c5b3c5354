//! Lists sorted by replica, and searches in them that cost the logarithm of the distance, not of
//! the length.

use smallvec::SmallVec;

use crate::ReplicaId;

/// Something for each of some replicas, sorted by replica, strictly.
///
/// What one replica has written in one edit has one entry, which needs no allocation.
pub(crate) type Entries<T> = SmallVec<[(ReplicaId, T); 1]>;

/// The number of leading elements that satisfy `before`, which must hold for a prefix.
///
/// Doubles its step from the front, so that it computes in O(log d) time for the answer d: a walk
/// over two alike slices is linear, and a small slice against a big one is logarithmic each.
pub(crate) fn gallop<T>(slice: &[T], before: impl Fn(&T) -> bool) -> usize {
    if slice.first().is_none_or(|first| !before(first)) {
        return 0;
    }
    let mut bound = 1;
    while slice.get(bound).is_some_and(&before) {
        bound *= 2;
    }
    // `before` holds at `bound / 2`, and `bound` is past the end or does not satisfy it.
    let low = bound / 2;
    low + slice[low..slice.len().min(bound)].partition_point(before)
}

/// Where `replica` is in `entries[from..]`, or where it would go; all before `from` are smaller.
pub(crate) fn seek<T>(
    entries: &[(ReplicaId, T)],
    from: usize,
    replica: ReplicaId,
) -> Result<usize, usize> {
    // Two alike slices meet here at each step, and equality is cheaper than order.
    if entries.get(from).is_some_and(|entry| entry.0 == replica) {
        return Ok(from);
    }
    let at = from + gallop(&entries[from..], |entry| entry.0 < replica);
    match entries.get(at) {
        Some(entry) if entry.0 == replica => Ok(at),
        _ => Err(at),
    }
}

/// Where `replica` is in `entries`, or where it would go.
#[inline]
pub(crate) fn position<T>(entries: &[(ReplicaId, T)], replica: ReplicaId) -> Result<usize, usize> {
    match entries {
        [] => Err(0),
        [only] if only.0 == replica => Ok(0), // as in most deltas
        _ => entries.binary_search_by(|entry| entry.0.cmp(&replica)),
    }
}

/// Makes room for so many more entries, in large lists only for a quarter more: there is one entry
/// a replica, for as long as the data lives, and twice the room would never be filled.
pub(crate) fn make_room<T>(entries: &mut Entries<T>, additional: usize) {
    let len = entries.len();
    if len + additional > entries.capacity() && len + additional > 64 {
        entries.reserve_exact(additional.max(len / 4));
    }
}

/// A copy without spare room, which a large `SmallVec` would get from `clone`.
pub(crate) fn copy<T: Clone>(entries: &Entries<T>) -> Entries<T> {
    match &**entries {
        [] => return Entries::new(),
        [only] => return Entries::from_buf([only.clone()]),
        _ => {}
    }
    let mut copy = Entries::with_capacity(entries.len());
    copy.extend(entries.iter().cloned());
    copy
}

/// Merges `new`, sorted and with no replica of `entries`, into the sorted `entries`.
///
/// Moves each entry at most once, and none before the first new one.
pub(crate) fn splice<T: Default>(entries: &mut Entries<T>, mut new: Entries<T>) {
    make_room(entries, new.len());
    let mut end = entries.len();
    if entries.last().is_none_or(|last| new.first().is_some_and(|first| last.0 < first.0)) {
        entries.append(&mut new);
        return;
    }
    if new.len() == 1 {
        // The common case, one memory move: a delta brings one new replica.
        entries.append(&mut new);
        let at = entries[..end].partition_point(|entry| entry.0 < entries[end].0);
        entries[at..].rotate_right(1);
        return;
    }
    let filler = new.first().map(|entry| entry.0);
    entries.extend(filler.into_iter().cycle().take(new.len()).map(|id| (id, T::default())));
    // From the back: what is greater than the greatest new entry moves up past the free places.
    while let Some(entry) = new.pop() {
        let free = new.len() + 1;
        while end > 0 && entries[end - 1].0 > entry.0 {
            end -= 1;
            entries.swap(end, end + free);
        }
        entries[end + free - 1] = entry;
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{Entries, gallop, seek, splice};
    use crate::ReplicaId;

    fn entries(ids: impl IntoIterator<Item = u128>) -> Entries<u64> {
        ids.into_iter().map(|id| (ReplicaId::from_u128(id), id as u64)).collect()
    }

    #[test]
    fn gallop_agrees_with_partition_point() {
        for len in 0..40_u32 {
            let slice: Vec<u32> = (0..len).collect();
            for bound in 0..=len {
                assert_eq!(gallop(&slice, |&x| x < bound), bound as usize);
            }
        }
    }

    #[test]
    fn seek_finds_or_gives_the_place() {
        let slice = entries((0..20).map(|id| id * 2));
        for from in 0..=20 {
            for id in (from as u128 * 2)..42 {
                let want = slice.binary_search_by_key(&ReplicaId::from_u128(id), |entry| entry.0);
                assert_eq!(seek(&slice, from, ReplicaId::from_u128(id)), want);
            }
        }
    }

    #[test]
    fn splice_agrees_with_sort() {
        // Bit i of `mask` says whether id i is new.
        for mask in 0..1_u32 << 8 {
            let is_new = |id: &u128| mask >> id & 1 == 1;
            let mut old = entries((0..8).filter(|id| !is_new(id)));
            splice(&mut old, entries((0..8).filter(is_new)));
            assert_eq!(old, entries(0..8));
        }
    }
}
