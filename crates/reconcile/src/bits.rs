//! Bits on the wire: fixed widths, variable-length numbers, and sorted lists in Rice's code.

/// Collects bits, lowest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl BitWriter {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The lowest `width` bits of `value`; at most 64.
    pub(crate) fn bits(&mut self, value: u64, width: u32) {
        if width > 32 {
            self.bits(value, 32);
            self.bits(value >> 32, width - 32);
            return;
        }
        self.pending |= (value & ((1 << width) - 1)) << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// Seven bits a byte, as many bytes as needed.
    pub(crate) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bits(value & 0x7f | 0x80, 8);
            value >>= 7;
        }
        self.bits(value, 8);
    }

    /// Numbers below 2^`width` in order, as their distances in Rice's code.
    pub(crate) fn sorted(&mut self, values: &[u64], width: u32) {
        self.number(values.len() as u64);
        let low = rice_width(values.len() as u64, width);
        let mut last = 0;
        for &value in values {
            let distance = value - last;
            last = value;
            (0..distance >> low).for_each(|_| self.bits(1, 1));
            self.bits(0, 1);
            self.bits(distance, low);
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        if self.count == 0 {
            self.bytes.extend_from_slice(bytes);
        } else {
            bytes.iter().for_each(|&byte| self.bits(u64::from(byte), 8));
        }
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.push(self.pending as u8);
        }
        self.bytes
    }
}

/// The low bits of a distance between `count` sorted numbers below 2^`width`.
fn rice_width(count: u64, width: u32) -> u32 {
    // The mean distance is 2^width / count, of which log2(ln 2 · mean) bits are noise.
    width.saturating_sub(64 - count.leading_zeros())
}

/// Reads what [`BitWriter`] wrote; `None` where it ends too early or makes no sense.
#[derive(Clone, Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn bits(&mut self, width: u32) -> Option<u64> {
        if self.bytes.len() * 8 - self.at < width as usize {
            return None;
        }
        let (mut value, mut filled) = (0, 0);
        while filled < width {
            let (byte, skip) = (self.bytes[self.at / 8], self.at as u32 % 8);
            let taken = (8 - skip).min(width - filled);
            value |= u64::from(byte >> skip) << filled & low_bits(filled + taken);
            filled += taken;
            self.at += taken as usize;
        }
        Some(value)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.bits(8)?;
            let part = byte & 0x7f;
            if shift == 63 && part > 1 {
                return None;
            }
            value |= part << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// Numbers below 2^`width` in order, without repetition, and at most `most` of them.
    pub(crate) fn sorted(&mut self, width: u32, most: u64) -> Option<Vec<u64>> {
        let count = self.number().filter(|&count| count <= most)?;
        let low = rice_width(count, width);
        if count > (self.bytes.len() * 8 - self.at) as u64 / u64::from(low + 1) {
            return None;
        }
        let mut values = Vec::with_capacity(count as usize);
        let mut last = 0_u64;
        for at in 0..count {
            let mut high = 0_u64;
            while self.bits(1)? == 1 {
                high += 1;
            }
            let distance = high.checked_shl(low).filter(|shifted| shifted >> low == high)?;
            let value = last.checked_add(distance | self.bits(low)?)?;
            if value > low_bits(width) || (at > 0 && value == last) {
                return None;
            }
            values.push(value);
            last = value;
        }
        Some(values)
    }

    /// All bytes that are left, after those that were begun.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let from = self.at.div_ceil(8);
        self.at = self.bytes.len() * 8;
        &self.bytes[from..]
    }

    /// Whether all was read, but for zeros that fill the last byte.
    pub(crate) fn is_finished(&self) -> bool {
        let left = self.bytes.len() * 8 - self.at;
        left < 8 && self.clone().bits(left as u32) == Some(0)
    }
}

/// The number with the lowest `width` bits set.
const fn low_bits(width: u32) -> u64 {
    if width >= 64 { u64::MAX } else { (1 << width) - 1 }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::mix::Mixer;

    #[test]
    fn what_is_written_is_read() {
        let mut random = Mixer::new(11);
        for _ in 0..2_000 {
            let width = (random.any() % 65) as u32;
            let value = random.any() & low_bits(width);
            let number = random.any() >> (random.any() % 64);
            let list_width = 8 + (random.any() % 50) as u32;
            let list: BTreeSet<u64> =
                (0..random.any() % 40).map(|_| random.any() & low_bits(list_width)).collect();
            let list = Vec::from_iter(list);
            let mut writer = BitWriter::new();
            writer.bits(value, width);
            writer.number(number);
            writer.sorted(&list, list_width);
            writer.bits(5, 3);
            let bytes = writer.finish();
            let mut reader = BitReader::new(&bytes);
            assert_eq!(reader.bits(width), Some(value));
            assert_eq!(reader.number(), Some(number));
            assert_eq!(reader.sorted(list_width, 40), Some(list));
            assert_eq!(reader.bits(3), Some(5));
            assert!(reader.is_finished());
        }
    }

    #[test]
    fn sorted_lists_are_near_their_entropy() {
        let mut random = Mixer::new(12);
        for count in [10_u64, 100, 1_000] {
            let list: BTreeSet<u64> = (0..count).map(|_| random.any() >> 32).collect();
            let mut writer = BitWriter::new();
            writer.sorted(&Vec::from_iter(list), 32);
            let bits = writer.finish().len() as f64 * 8.0 / count as f64;
            let entropy = 32.0 - (count as f64).log2() + std::f64::consts::LOG2_E;
            assert!(bits < entropy + 0.6 + 24.0 / count as f64, "{bits}, {entropy}");
        }
    }

    #[test]
    fn any_bytes_are_survived() {
        let mut random = Mixer::new(13);
        for round in 0..3_000 {
            let bytes: Vec<u8> = (0..round % 40).map(|_| random.any() as u8).collect();
            let mut reader = BitReader::new(&bytes);
            let list = reader.sorted((random.any() % 65) as u32, 9);
            assert!(list.unwrap_or_default().len() <= 9);
            while reader.number().is_some() {}
        }
        assert_eq!(BitReader::new(&[0xff; 11]).number(), None);
    }
}
