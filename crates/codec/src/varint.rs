//! Prefix varints: as many bytes follow the first as it has leading one bits, most significant
//! first, so that the bytes are ordered as the numbers are. At most 9 bytes; the shortest form
//! only.

use alloc::vec::Vec;

/// The longest form.
pub(crate) const MAX: usize = 9;

/// How many bytes follow the first.
fn extra(value: u64) -> usize {
    let bits = (64 - (value | 1).leading_zeros()) as usize;
    ((bits - 1) / 7).min(8)
}

/// Appends the encoding of `value`.
#[inline]
pub(crate) fn put(out: &mut Vec<u8>, value: u64) {
    if value < 0x80 {
        out.push(value as u8); // 7 bits
        return;
    }
    let extra = extra(value);
    let mut bytes = [0xff; MAX];
    if extra == 8 {
        bytes[1..].copy_from_slice(&value.to_be_bytes());
        out.extend_from_slice(&bytes);
    } else {
        let word = value << (56 - 8 * extra) | !(u64::MAX >> extra);
        let end = out.len() + extra + 1;
        out.extend_from_slice(&word.to_be_bytes()); // all eight: a copy of fixed length is faster
        out.truncate(end);
    }
}

/// Why no number could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// The input ends before the number.
    Truncated,
    /// There is a shorter form.
    TooLong,
}

/// Takes a number off the front of `input`, which stays as it is if there is none.
#[inline]
pub(crate) fn take(input: &mut &[u8]) -> Result<u64, Malformed> {
    let &first = input.first().ok_or(Malformed::Truncated)?;
    if first < 0x80 {
        *input = &input[1..];
        return Ok(u64::from(first));
    }
    take_long(input, first.leading_ones() as usize)
}

#[inline]
fn take_long(input: &mut &[u8], extra: usize) -> Result<u64, Malformed> {
    let mut padded = [0; MAX];
    let bytes = match input.first_chunk::<MAX>() {
        Some(bytes) => bytes,
        None => {
            let bytes = input.get(..=extra).ok_or(Malformed::Truncated)?;
            padded[..bytes.len()].copy_from_slice(bytes);
            &padded
        }
    };
    let [first, rest @ ..] = *bytes;
    let (value, least) = if extra == 8 {
        (u64::from_be_bytes(rest), 1 << 56)
    } else {
        let below = u64::from_be_bytes(rest) >> (64 - 8 * extra);
        let top = u64::from(first) & (0x7f >> extra);
        (top << (8 * extra) | below, 1 << (7 * extra))
    };
    if value < least {
        return Err(Malformed::TooLong);
    }
    *input = &input[extra + 1..];
    Ok(value)
}

/// Small numbers of either sign to small numbers: 0, -1, 1, -2, …
pub(crate) fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64 // a change of representation
}

/// The inverse of [`zigzag`].
pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64) // a change of representation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: u64, bytes: &[u8]) {
        let mut out = Vec::new();
        put(&mut out, value);
        assert_eq!(out, bytes);
        assert_eq!(extra(value) + 1, bytes.len());
        for after in 0..10 {
            let longer = [bytes, &[0xab; 10][..after]].concat();
            let mut input = &longer[..];
            assert_eq!(take(&mut input), Ok(value));
            assert_eq!(input.len(), after);
        }
        for end in 0..bytes.len() {
            let mut input = &bytes[..end];
            assert_eq!(take(&mut input), Err(Malformed::Truncated));
            assert_eq!(input.len(), end);
        }
    }

    #[test]
    fn forms() {
        check(0, &[0]);
        check(127, &[0x7f]);
        check(128, &[0x80, 0x80]);
        check(0x3fff, &[0xbf, 0xff]);
        check(0x4000, &[0xc0, 0x40, 0]);
        check((1 << 49) - 1, &[0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        check(1 << 49, &[0xfe, 2, 0, 0, 0, 0, 0, 0]);
        check((1 << 56) - 1, &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        check(1 << 56, &[0xff, 1, 0, 0, 0, 0, 0, 0, 0]);
        check(u64::MAX, &[0xff; 9]);
    }

    #[test]
    fn every_length_is_ordered_and_unique() {
        let mut last = Vec::new();
        for bit in 0..64 {
            for value in [(1 << bit) - 1, 1 << bit, (1 << bit) + 1_u64] {
                let mut out = Vec::new();
                put(&mut out, value);
                assert_eq!(take(&mut &out[..]), Ok(value));
                assert!(out >= last || value <= 2, "{value}");
                last = out;
            }
        }
        for long in [&[0x80, 0x7f][..], &[0xc0, 0x3f, 0xff], &[0xff, 0, 1, 1, 1, 1, 1, 1, 1]] {
            assert_eq!(take(&mut &*long), Err(Malformed::TooLong), "{long:?}");
        }
    }

    #[test]
    fn zigzag_is_a_bijection() {
        for (value, code) in
            [(0, 0), (-1, 1), (1, 2), (i64::MAX, u64::MAX - 1), (i64::MIN, u64::MAX)]
        {
            assert_eq!((zigzag(value), unzigzag(code)), (code, value));
        }
    }
}
