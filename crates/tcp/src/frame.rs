//! Messages in frames: a byte that says how, and then the message, deflated where that pays.

use std::io::{Read, Write};

use bytes::{BufMut, Bytes, BytesMut};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::error::ConnectionError;

/// The message as it is.
const PLAIN: u8 = 0;
/// The message through deflate.
const DEFLATED: u8 = 1;

/// What a frame has before the message.
pub(crate) const OVERHEAD: usize = 1;

/// The frame of a message. Messages longer than `above` are deflated, if that makes them shorter.
pub(crate) fn seal(message: &[u8], above: usize) -> Bytes {
    let deflated = (message.len() > above).then(|| deflate(message)).flatten();
    let (kind, content) = match &deflated {
        Some(deflated) if deflated.len() < message.len() => (DEFLATED, deflated.as_slice()),
        _ => (PLAIN, message),
    };
    let mut frame = BytesMut::with_capacity(OVERHEAD + content.len());
    frame.put_u8(kind);
    frame.put_slice(content);
    frame.freeze()
}

/// The message in a frame, which must not be longer than `limit`: no more is ever inflated.
pub(crate) fn open(mut frame: BytesMut, limit: usize) -> Result<BytesMut, ConnectionError> {
    let content = frame.split_off(OVERHEAD.min(frame.len()));
    match frame.first() {
        Some(&PLAIN) if content.len() > limit => Err(ConnectionError::FrameTooLong),
        Some(&PLAIN) => Ok(content),
        Some(&DEFLATED) => inflate(&content, limit),
        _ => Err(ConnectionError::Damaged),
    }
}

fn deflate(message: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(message).ok()?;
    encoder.finish().ok()
}

fn inflate(content: &[u8], limit: usize) -> Result<BytesMut, ConnectionError> {
    let mut message = Vec::new();
    let cap = limit as u64 + 1;
    let result = DeflateDecoder::new(content).take(cap).read_to_end(&mut message);
    match result {
        Ok(_) if message.len() > limit => Err(ConnectionError::FrameTooLong),
        Ok(_) => Ok(BytesMut::from(message.as_slice())),
        Err(_) => Err(ConnectionError::Damaged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 10_000;

    fn opened(frame: &[u8]) -> Result<BytesMut, ConnectionError> {
        open(BytesMut::from(frame), LIMIT)
    }

    /// Bytes that no compression makes shorter.
    fn noise(len: usize) -> Vec<u8> {
        let mut rng = fastrand::Rng::with_seed(1);
        std::iter::repeat_with(|| rng.u8(..)).take(len).collect()
    }

    #[test]
    fn messages_come_back() {
        for len in [0, 1, 100, 101, LIMIT] {
            for message in [vec![7; len], noise(len)] {
                for above in [0, 100, usize::MAX] {
                    let frame = seal(&message, above);
                    assert!(frame.len() <= OVERHEAD + message.len());
                    assert_eq!(opened(&frame).unwrap(), message);
                }
            }
        }
    }

    #[test]
    fn long_messages_are_deflated_if_that_pays() {
        assert!(seal(&[7; 1_000], 999).len() < 50);
        assert_eq!(seal(&[7; 1_000], 1_000).len(), 1_001);
        assert_eq!(seal(&noise(1_000), 0).len(), 1_001);
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_is_inflated() {
        let too_long = |frame: &[u8]| matches!(opened(frame), Err(ConnectionError::FrameTooLong));
        assert!(too_long(&seal(&[7; LIMIT + 1], usize::MAX)));
        let bomb = seal(&vec![0; 100 << 20], 0);
        assert!(bomb.len() < 1 << 20 && too_long(&bomb));
    }

    #[test]
    fn damaged_frames_are_refused_or_another_message() {
        let frame = seal(&[7; 1_000], 0);
        for damaged in [&[2, 7][..], &[], &[1, 0xff, 0xff]] {
            assert!(matches!(opened(damaged), Err(ConnectionError::Damaged)));
        }
        for len in 1..frame.len() {
            assert!(opened(&frame[..len]).is_err(), "{len} bytes");
        }
        for bit in 0..frame.len() * 8 {
            let mut frame = frame.to_vec();
            frame[bit / 8] ^= 1 << (bit % 8);
            if let Ok(message) = opened(&frame) {
                assert!(message.len() <= LIMIT, "bit {bit}");
            }
        }
    }

    /// Any bytes after a byte that says how, and mutants of real frames: an error, or a message
    /// that is not too long. The variable `REJOIN_CASES` says how many.
    #[test]
    fn any_bytes_are_survived() {
        let mut rng = fastrand::Rng::with_seed(2);
        let text = b"keys and values, keys and values, keys and more values".repeat(20);
        let originals = [&text[..], &[7; LIMIT], &noise(300)].map(|message| seal(message, 0));
        let cases = std::env::var("REJOIN_CASES").map_or(5_000, |cases| cases.parse().unwrap());
        let mut taken = 0;
        for case in 0..cases {
            let mut frame = originals[rng.usize(..originals.len())].to_vec();
            for _ in 0..rng.usize(1..4) {
                let at = rng.usize(..frame.len());
                match rng.u8(..4) {
                    0 => frame[at] ^= 1 << rng.u8(..8),
                    1 => frame[at..].fill_with(|| rng.u8(..)),
                    2 => frame.truncate(at.max(1)),
                    _ => frame.extend_from_within(at..),
                }
            }
            if let Ok(message) = opened(&frame) {
                assert!(message.len() <= LIMIT, "case {case}");
                taken += 1;
            }
        }
        assert!(taken > 0, "the canary: some frames are taken");
    }
}
