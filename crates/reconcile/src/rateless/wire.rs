//! Symbols as bytes.

use super::Symbol;
use crate::bits::{BitReader, BitWriter};

/// The bits of a checksum on the wire are all there are: 32.
const CHECK_BITS: u32 = 32;

/// Writes symbols, of which the counts take only as many bits as they are uncertain.
///
/// The count of the i-th symbol of a set of n ids is n / (1 + i/2) on average, give or take its
/// square root: what is written is the distance from that, in Rice's code. Only the upper
/// `id_bits` bits of ids are written, which must be zero below.
#[derive(Clone, Debug)]
pub struct SymbolWriter {
    len: u64,
    id_bits: u32,
    place: u64,
    to: BitWriter,
}

/// The mean of a symbol's count, and the low bits of its distance from that.
fn expected(len: u64, place: u64) -> (i64, u32) {
    let mean = len as f64 / (1.0 + place as f64 / 2.0);
    let spread = if place == 0 { 0.0 } else { (mean * (1.0 - mean / len.max(1) as f64)).sqrt() };
    (mean.round() as i64, (spread as u64).max(1).ilog2())
}

impl SymbolWriter {
    /// Begins a stream of the symbols of `len` ids.
    #[must_use]
    pub fn new(len: u64, id_bits: u32) -> Self {
        let mut to = BitWriter::new();
        let id_bits = id_bits.clamp(1, 64);
        to.number(len);
        to.bits(id_bits.into(), 8);
        Self { len, id_bits, place: 0, to }
    }

    /// Writes the next symbol.
    pub fn write(&mut self, symbol: &Symbol) {
        let (mean, low) = expected(self.len, self.place);
        self.place += 1;
        let distance = symbol.count.wrapping_sub(mean);
        let folded = (distance.wrapping_shl(1) ^ (distance >> 63)) as u64;
        self.to.bits(symbol.sum >> (64 - self.id_bits), self.id_bits);
        self.to.bits(symbol.check.into(), CHECK_BITS);
        (0..folded >> low).for_each(|_| self.to.bits(1, 1));
        self.to.bits(0, 1);
        self.to.bits(folded, low);
    }

    /// The bytes of the stream.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.to.finish()
    }
}

/// Reads symbols that a [`SymbolWriter`] wrote.
#[derive(Clone, Debug)]
pub struct SymbolReader<'a> {
    len: u64,
    id_bits: u32,
    place: u64,
    from: BitReader<'a>,
}

impl<'a> SymbolReader<'a> {
    /// Begins to read; `None` if this is no stream of symbols.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let mut from = BitReader::new(bytes);
        let len = from.number().filter(|&len| len <= 1 << 48)?;
        let id_bits = from.bits(8).filter(|bits| (1..=64).contains(bits))? as u32;
        Some(Self { len, id_bits, place: 0, from })
    }
}

impl Iterator for SymbolReader<'_> {
    type Item = Symbol;

    fn next(&mut self) -> Option<Symbol> {
        let (mean, low) = expected(self.len, self.place);
        self.place += 1;
        let sum = self.from.bits(self.id_bits)? << (64 - self.id_bits);
        let check = self.from.bits(CHECK_BITS)? as u32;
        let mut high = 0_u64;
        while self.from.bits(1)? == 1 {
            high += 1;
        }
        let folded = high << low | self.from.bits(low)?;
        let distance = (folded >> 1) as i64 ^ -((folded & 1) as i64);
        Some(Symbol { sum, check, count: mean.wrapping_add(distance) })
    }
}
