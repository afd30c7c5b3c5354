use bytes::Bytes;
use rejoin_store::ReplicaId;

use crate::error::ConnectionError;

/// What every greeting begins with.
const MAGIC: &[u8; 7] = b"rejoin/";

/// The version of the framing and the greeting. Messages have a version of their own.
const VERSION: u8 = 1;

/// The length of a greeting: magic, version, replica id.
pub(crate) const LENGTH: usize = MAGIC.len() + 1 + 16;

/// The first frame in each direction.
pub(crate) fn encode(id: ReplicaId) -> Bytes {
    [MAGIC.as_slice(), &[VERSION], id.as_bytes()].concat().into()
}

/// Reads a peer's greeting. Later versions keep magic and version where they are.
pub(crate) fn decode(own: ReplicaId, frame: &[u8]) -> Result<ReplicaId, ConnectionError> {
    let (&version, id) =
        frame.strip_prefix(MAGIC).and_then(<[u8]>::split_first).ok_or(ConnectionError::Foreign)?;
    if version != VERSION {
        return Err(ConnectionError::Version { found: version, expected: VERSION });
    }
    let id = ReplicaId::from_bytes(id.try_into().map_err(|_| ConnectionError::Foreign)?);
    if id == own { Err(ConnectionError::SameId) } else { Ok(id) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: ReplicaId = ReplicaId::from_u128(1);
    const PEER: ReplicaId = ReplicaId::from_u128(2);

    #[track_caller]
    fn check(frame: &[u8], error: &str) {
        assert_eq!(decode(OWN, frame).unwrap_err().to_string(), error);
    }

    #[test]
    fn greetings_are_read_back() {
        assert_eq!(encode(PEER).len(), LENGTH);
        assert_eq!(decode(OWN, &encode(PEER)).unwrap(), PEER);
    }

    /// Every frame that differs in its form is refused, however little, and none panics.
    #[test]
    fn only_greetings_are_read() {
        let greeting = encode(PEER);
        let is_own_form = |frame: &[u8]| decode(OWN, frame).is_ok_and(|id| encode(id) == frame);
        assert!(is_own_form(&greeting));
        for len in 0..greeting.len() {
            assert!(decode(OWN, &greeting[..len]).is_err(), "{len} bytes");
        }
        for bit in 0..LENGTH * 8 {
            let mut frame = greeting.to_vec();
            frame[bit / 8] ^= 1 << (bit % 8);
            let is_id = bit / 8 > MAGIC.len();
            assert_eq!(is_own_form(&frame), is_id, "bit {bit}");
            frame.push(0);
            assert!(decode(OWN, &frame).is_err(), "bit {bit}, and a byte more");
        }
    }

    #[test]
    fn other_greetings_are_refused() {
        check(&encode(OWN), "two replicas share one id");
        check(b"", "the peer is not a rejoin node");
        check(b"rejoin/", "the peer is not a rejoin node");
        check(b"rejoin/\x01short", "the peer is not a rejoin node");
        check(b"GET / HTTP/1.1\r\n\r\n", "the peer is not a rejoin node");
        check(b"rejoin/\x02", "the peer speaks protocol version 2, and this node 1");
    }
}
