use crate::{Acks, LinkSession};

/// Which frames of a session arrived: the last one, and which of the 64 before it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Arrived {
    last: u64,
    before: u64,
}

/// What the arrival of a frame means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It is the next one, or one that was missing.
    Fresh,
    /// One is missing before it.
    Gap,
    /// It was here before, or it is so late that it is not known.
    Again,
}

impl Arrived {
    /// Adds the frame with this number, which is not 0.
    pub(crate) fn insert(&mut self, number: u64) -> Arrival {
        if number > self.last {
            let ahead = number - self.last;
            let shifted = self.before.checked_shl(u32::try_from(ahead).unwrap_or(u32::MAX));
            let own_bit = if self.last == 0 { 0 } else { bit(ahead) };
            self.before = shifted.unwrap_or(0) | own_bit;
            let is_first = self.last == 0;
            self.last = number;
            return if ahead == 1 || is_first { Arrival::Fresh } else { Arrival::Gap };
        }
        let own_bit = bit(self.last - number);
        if own_bit == 0 || self.before & own_bit != 0 {
            return Arrival::Again;
        }
        self.before |= own_bit;
        Arrival::Fresh
    }

    pub(crate) fn acks(self, session: LinkSession) -> Acks {
        Acks { session, last: self.last, before: self.before }
    }
}

impl Acks {
    /// Whether the frame with this number is acknowledged.
    pub(crate) fn contains(&self, number: u64) -> bool {
        number == self.last || number < self.last && self.before & bit(self.last - number) != 0
    }
}

/// The bit of the frame that is this many before the last one, 0 if there is none.
fn bit(back: u64) -> u64 {
    match back {
        1..=64 => 1 << (back - 1),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Arrived, LinkSession};

    #[test]
    fn remembers_64_frames_before_the_last() {
        let session = LinkSession { incarnation: 1, link: 1 };
        let mut arrived = Arrived::default();
        assert_eq!(arrived.insert(7), Arrival::Fresh); // the frames before it were for someone else
        assert_eq!(arrived.insert(8), Arrival::Fresh);
        assert_eq!(arrived.insert(10), Arrival::Gap);
        assert_eq!(arrived.insert(10), Arrival::Again);
        assert_eq!(arrived.insert(7), Arrival::Again);
        let numbers = |arrived: Arrived| -> Vec<u64> {
            (1..300).filter(|number| arrived.acks(session).contains(*number)).collect()
        };
        assert_eq!(numbers(arrived), [7, 8, 10]);
        assert_eq!(arrived.insert(9), Arrival::Fresh);
        assert_eq!(arrived.insert(72), Arrival::Gap);
        assert_eq!(numbers(arrived), [8, 9, 10, 72]);
        assert_eq!(arrived.insert(7), Arrival::Again);
        assert_eq!(arrived.insert(137), Arrival::Gap);
        assert_eq!(numbers(arrived), [137]);
        assert_eq!(arrived.insert(u64::MAX), Arrival::Gap);
        assert_eq!(arrived.insert(137), Arrival::Again);
    }
}
