//! How many ids differ, from a few bytes.

use crate::bits::{BitReader, BitWriter};
use crate::mix::mix;

/// How many sums are kept: the estimate's standard deviation is √(2 / 64) = 18 % of it.
const SUMS: usize = 64;

/// Sums in each of which an id counts +1 or −1: the tug-of-war sketch of Alon, Matias and
/// Szegedy (1996), used for set differences as in Gong et al. (PBS, 2020).
///
/// The difference of two sets' sums is the sum over the ids that differ, and its square is on
/// average how many they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TugOfWar {
    sums: [i32; SUMS],
}

impl TugOfWar {
    pub(crate) const fn new() -> Self {
        Self { sums: [0; SUMS] }
    }

    /// Counts `id` in, with `weight` 1, or out, with −1.
    pub(crate) fn pull(&mut self, id: u64, weight: i32) {
        let signs = mix(id);
        for (at, sum) in self.sums.iter_mut().enumerate() {
            let sign = (signs >> at & 1) as i32;
            *sum = sum.wrapping_add((weight ^ -sign).wrapping_add(sign));
        }
    }

    /// How many bits of a sum are sent for a set of `len` ids: enough for six standard deviations
    /// of the difference from a set of that size. Of more, the estimate is too small.
    fn width(len: u64) -> u32 {
        (4 + (65 - len.leading_zeros()) / 2).min(32)
    }

    pub(crate) fn write(&self, len: u64, to: &mut BitWriter) {
        let width = Self::width(len);
        for &sum in &self.sums {
            to.bits(u64::from(sum as u32), width);
        }
    }

    pub(crate) fn read(len: u64, from: &mut BitReader<'_>) -> Option<Self> {
        let width = Self::width(len);
        let mut sums = [0; SUMS];
        for sum in &mut sums {
            *sum = (from.bits(width)? as i32) << (32 - width) >> (32 - width);
        }
        Some(Self { sums })
    }

    /// How many ids differ from a set of `len` ids whose sums were sent.
    pub(crate) fn distance(&self, sent: &Self, len: u64) -> f64 {
        let unused = 32 - Self::width(len);
        let squares = self.sums.iter().zip(&sent.sums).map(|(here, there)| {
            let difference = here.wrapping_sub(*there) << unused >> unused;
            f64::from(difference) * f64::from(difference)
        });
        squares.sum::<f64>() / SUMS as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::Mixer;

    #[test]
    fn estimates_are_near_and_unbiased() {
        let mut random = Mixer::new(10);
        for differing in [1, 2, 10, 100, 1_000, 20_000] {
            let (mut sum, mut rounds) = (0.0, 0);
            while rounds < 40 {
                let (mut here, mut there) = (TugOfWar::new(), TugOfWar::new());
                for _ in 0..1_000 {
                    let id = random.any();
                    here.pull(id, 1);
                    there.pull(id, 1);
                }
                for at in 0..differing {
                    if at % 3 == 0 { &mut here } else { &mut there }.pull(random.any(), 1);
                }
                let len = 1_000 + differing;
                let mut written = BitWriter::new();
                there.write(len, &mut written);
                let written = written.finish();
                let sent = TugOfWar::read(len, &mut BitReader::new(&written)).expect("complete");
                let estimate = here.distance(&sent, len) / differing as f64;
                assert!((0.3..2.5).contains(&estimate), "{estimate} of {differing}");
                sum += estimate;
                rounds += 1;
            }
            let mean = sum / f64::from(rounds);
            assert!((0.85..1.15).contains(&mean), "{mean} of {differing}");
        }
    }

    #[test]
    fn what_is_counted_out_leaves_no_trace() {
        let mut tug = TugOfWar::new();
        tug.pull(7, 1);
        tug.pull(9, 1);
        tug.pull(7, -1);
        let mut other = TugOfWar::new();
        other.pull(9, 1);
        assert_eq!(tug, other);
    }
}
