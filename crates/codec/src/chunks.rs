use alloc::vec::Vec;
use core::mem;

use rejoin_core::Decompose;
use serde::Serialize;

use crate::{Codec, EncodeError};

/// Encodes `value` in chunks of at most `max_bytes`, and calls `visit` with each.
///
/// Each chunk is the encoding of a value of the same type, and the join of these, in any order, is
/// `value`. They may be merged as they come, even if others never do (see [`Decompose`]). A part
/// that cannot be divided and is longer is a chunk of its own. Bottom has no chunks.
///
/// A chunk repeats the replica ids that it needs, 16 bytes each, so `max_bytes` should be some
/// kilobytes. Computes in O(n log n) time; beside one chunk and its parts nothing is held in
/// memory.
///
/// ```
/// use rejoin_codec::{chunks, from_slice};
/// use rejoin_core::{Causal, Crdt, Edit, ReplicaId};
/// use rejoin_sets::AwSet;
///
/// let mut here = Causal::<AwSet<u32>>::default();
/// here.edit(ReplicaId::from_u128(1), |set| set.extend(0..10_000));
///
/// let mut there = Causal::<AwSet<u32>>::default();
/// chunks(&here, 4096, &mut |chunk| {
///     assert!(chunk.len() <= 4096);
///     let part: Causal<AwSet<u32>> = from_slice(&chunk).expect("it was just made");
///     there.merge(part);
/// })?;
/// assert_eq!(there, here);
/// # Ok::<(), rejoin_codec::EncodeError>(())
/// ```
///
/// # Errors
///
/// As [`to_vec`](crate::to_vec). Chunks before the error have been visited.
pub fn chunks<T: Decompose + Clone + Serialize>(
    value: &T,
    max_bytes: usize,
    visit: &mut dyn FnMut(Vec<u8>),
) -> Result<(), EncodeError> {
    Codec::new().chunks(value, max_bytes, visit)
}

impl Codec<'_> {
    /// See [`chunks`].
    ///
    /// # Errors
    ///
    /// As [`chunks`].
    pub fn chunks<T: Decompose + Clone + Serialize>(
        &self,
        value: &T,
        max_bytes: usize,
        visit: &mut dyn FnMut(Vec<u8>),
    ) -> Result<(), EncodeError> {
        let mut packer = Packer { codec: *self, max_bytes, group: T::default(), parts: 0, full: 1 };
        let mut result = Ok(());
        value.decompose(&mut |part| {
            if result.is_ok() {
                result = packer.add(part, visit);
            }
        });
        result?;
        packer.flush(visit)
    }
}

/// Joins parts until they fill a chunk. To know when, it encodes the group, but only when it should
/// be full by the density of what was encoded last, and when it has doubled.
struct Packer<'a, T> {
    codec: Codec<'a>,
    max_bytes: usize,
    group: T,
    parts: usize,
    /// The number of parts at which to look.
    full: usize,
}

impl<T: Decompose + Clone + Serialize> Packer<'_, T> {
    fn add(&mut self, part: T, visit: &mut dyn FnMut(Vec<u8>)) -> Result<(), EncodeError> {
        self.group.merge(part);
        self.parts += 1;
        if self.parts < self.full {
            return Ok(());
        }
        let len = self.codec.encoded_len(&self.group)?.max(1);
        let fits = self.parts as u128 * self.max_bytes as u128 / len as u128;
        if len < self.max_bytes / 8 * 7 {
            // A little less than would fit, because parts differ.
            let fits = usize::try_from(fits * 15 / 16).unwrap_or(usize::MAX);
            self.full = fits.clamp(self.parts + 1, self.parts * 2);
            return Ok(());
        }
        self.full = usize::try_from(fits * 15 / 16).unwrap_or(usize::MAX).max(1);
        self.flush(visit)
    }

    fn flush(&mut self, visit: &mut dyn FnMut(Vec<u8>)) -> Result<(), EncodeError> {
        self.parts = 0;
        let group = mem::take(&mut self.group);
        let bytes = self.codec.to_vec(&group)?;
        if bytes.len() > self.max_bytes {
            drop(bytes);
            let mut parts = Vec::new();
            group.decompose(&mut |part| parts.push(part));
            return self.divide(&parts, visit);
        }
        if T::default().merge(group) {
            visit(bytes);
        }
        Ok(())
    }

    /// Gives the join of `parts` as a chunk if it fits into one, else that of each half.
    fn divide(&self, parts: &[T], visit: &mut dyn FnMut(Vec<u8>)) -> Result<(), EncodeError> {
        let mut group = T::default();
        for part in parts {
            group.merge(part.clone());
        }
        let bytes = self.codec.to_vec(&group)?;
        if bytes.len() <= self.max_bytes || parts.len() <= 1 {
            visit(bytes);
            return Ok(());
        }
        drop((group, bytes));
        let (first, second) = parts.split_at(parts.len() / 2);
        self.divide(first, visit)?;
        self.divide(second, visit)
    }
}
