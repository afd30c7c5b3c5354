use fastrand::Rng;

/// Bytes that are close to `original`, or to it and `other` crossed.
pub(crate) fn mutant(rng: &mut Rng, original: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..rng.usize(1..5) {
        if bytes.is_empty() {
            bytes.push(rng.u8(..));
        }
        let at = rng.usize(..bytes.len());
        match rng.u8(..12) {
            0 => bytes[at] ^= 1 << rng.u8(..8),
            1 => bytes[at] = rng.u8(..),
            2 => bytes[at] = bytes[at].wrapping_add(1),
            3 => bytes[at] = bytes[at].wrapping_sub(1),
            4 => bytes[at] = [0, 1, 2, 0x7f, 0x80, 0xff][rng.usize(..6)],
            5 => bytes.truncate(at),
            6 => bytes.insert(at, rng.u8(..4)),
            7 => {
                bytes.remove(at);
            }
            8 => {
                // A large number, in its shortest form.
                let number =
                    [&[0xff; 9][..], &[0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], &[0xdf, 0xff, 0xff]];
                bytes.splice(at..at, number[rng.usize(..3)].iter().copied());
            }
            9 => {
                let end = rng.usize(at..bytes.len());
                bytes.extend_from_within(at..end);
            }
            10 => {
                let (from, to) = (rng.usize(..bytes.len()), rng.usize(..bytes.len()));
                bytes.swap(from, to);
            }
            _ => {
                let from = rng.usize(..=other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
        }
    }
    bytes
}
