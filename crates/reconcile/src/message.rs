//! What the two sides say to each other, and its bytes.

use crate::bits::{BitReader, BitWriter};
use crate::bloom::Bloom;
use crate::buckets::DEPTH;
use crate::config::HARD_CAP;
use crate::error::InvalidMessage;
use crate::tug_of_war::TugOfWar;

/// The finest partition that is ever asked for, as a power of two.
pub(crate) const LEVEL_LIMIT: u32 = 24;

/// The most ids or groups in an answer: there are as many syndromes in the longest message.
const LIST_LIMIT: u64 = HARD_CAP as u64 / 4;

/// Which session a message belongs to, and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) session: u16,
    pub(crate) step: u8,
}

/// Whether a session was begun after another, of which it is among the next 2¹⁵.
pub(crate) fn is_newer(session: u16, than: u16) -> bool {
    (1..1 << 15).contains(&session.wrapping_sub(than))
}

/// The content of a message: first those of the initiator, then the answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    /// Begins an attempt: the fingerprint of what is left, under a salt or as it is.
    Hello { salted: bool, fingerprint: u64, parity: u8 },
    /// Asks for an `Estimate`.
    Ask,
    /// The first `depth` syndromes of the groups from `first` on, of 2^`level`.
    Sketch { len: u64, level: u32, depth: usize, first: usize, syndromes: Vec<u32> },
    /// The further syndromes, up to `depth`, of the groups that failed.
    More { depth: usize, syndromes: Vec<u32> },
    /// All syndromes of the first halves of the groups that failed with all syndromes.
    Split { syndromes: Vec<u32> },
    /// Which ids are here between two, inclusive: none that is not in the filter. No filter
    /// means that whatever is there is wanted.
    Filter { from: u64, to: u64, wanted: u32, bloom: Option<Bloom> },

    /// Nothing differs.
    Equal,
    /// The one id that differs is there, and will be sent.
    One,
    /// It may be that one id differs, which is not there.
    Near { fingerprint: u64 },
    /// All that a plan needs.
    Estimate { fingerprint: u64, len: u64, tug: Box<TugOfWar> },
    /// What was decoded: the ids wanted, as their first `width` bits; the groups that failed; and
    /// the fingerprint of what is left there without the ids that will be sent.
    Found { rest: u64, width: u32, wanted: Vec<u64>, failed: Vec<u64>, level: u32 },
    /// Which ids are there up to `to`: `kept` ones in the filter that was sent, and in this one.
    Filtered { to: u64, kept: u64, dropped: u64, bloom: Option<Bloom> },
    /// The session is not known there, but this one.
    Restart { session: u16 },
}

impl Body {
    pub(crate) fn encode(&self, header: Header) -> Vec<u8> {
        let mut to = BitWriter::new();
        let mut begin = |kind: u64| {
            to.bits(kind, 8);
            to.bits(header.session.into(), 16);
            to.bits(header.step.into(), 8);
        };
        match self {
            Self::Hello { salted, fingerprint, parity } => {
                begin(u64::from(*salted));
                to.bits(*fingerprint, 64);
                to.bits(u64::from(*parity), 8);
            }
            Self::Ask => begin(2),
            Self::Sketch { len, level, depth, first, syndromes } => {
                begin(3);
                to.number(*len);
                to.bits(u64::from(*level), 8);
                to.bits(*depth as u64, 8);
                to.number(*first as u64);
                syndromes.iter().for_each(|&syndrome| to.bits(syndrome.into(), 32));
            }
            Self::More { depth, syndromes } => {
                begin(4);
                to.bits(*depth as u64, 8);
                syndromes.iter().for_each(|&syndrome| to.bits(syndrome.into(), 32));
            }
            Self::Split { syndromes } => {
                begin(6);
                syndromes.iter().for_each(|&syndrome| to.bits(syndrome.into(), 32));
            }
            Self::Filter { from, to: end, wanted, bloom } => {
                begin(5);
                to.bits(*from, 64);
                to.bits(*end, 64);
                to.bits(u64::from(*wanted), 8);
                write_bloom(bloom.as_ref(), &mut to);
            }
            Self::Equal => begin(8),
            Self::One => begin(9),
            Self::Near { fingerprint } => {
                begin(10);
                to.bits(*fingerprint, 64);
            }
            Self::Estimate { fingerprint, len, tug } => {
                begin(11);
                to.bits(*fingerprint, 64);
                to.number(*len);
                tug.write(*len, &mut to);
            }
            Self::Found { rest, width, wanted, failed, level } => {
                begin(12);
                to.bits(*rest, 64);
                to.bits(u64::from(*level), 8);
                to.bits(u64::from(*width), 8);
                to.sorted(wanted, *width);
                to.sorted(failed, *level);
            }
            Self::Filtered { to: end, kept, dropped, bloom } => {
                begin(13);
                to.bits(*end, 64);
                to.number(*kept);
                to.number(*dropped);
                write_bloom(bloom.as_ref(), &mut to);
            }
            Self::Restart { session } => {
                begin(14);
                to.bits(u64::from(*session), 16);
            }
        }
        to.finish()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<(Header, Self), InvalidMessage> {
        if bytes.len() > HARD_CAP {
            return Err(InvalidMessage);
        }
        let mut from = BitReader::new(bytes);
        Self::read(&mut from).filter(|_| from.is_finished()).ok_or(InvalidMessage)
    }

    fn read(from: &mut BitReader<'_>) -> Option<(Header, Self)> {
        let kind = from.bits(8)?;
        let header = Header { session: from.bits(16)? as u16, step: from.bits(8)? as u8 };
        let body = match kind {
            0 | 1 => Self::Hello {
                salted: kind == 1,
                fingerprint: from.bits(64)?,
                parity: from.bits(8)? as u8,
            },
            2 => Self::Ask,
            3 => {
                let len = from.number()?;
                let level = from.bits(8).filter(|&level| level <= LEVEL_LIMIT.into())? as u32;
                let depth = read_depth(from)?;
                let first = usize::try_from(from.number()?).ok()?;
                let syndromes = read_syndromes(from)?;
                let groups = syndromes.len() / depth;
                let fits = first.checked_add(groups).is_some_and(|end| end <= 1 << level);
                if !fits || groups == 0 || syndromes.len() % depth != 0 {
                    return None;
                }
                Self::Sketch { len, level, depth, first, syndromes }
            }
            4 => Self::More { depth: read_depth(from)?, syndromes: read_syndromes(from)? },
            6 => Self::Split { syndromes: read_syndromes(from)? },
            5 => {
                let (start, end) = (from.bits(64)?, from.bits(64)?);
                let wanted = from.bits(8)? as u32;
                let bloom = read_bloom(from)?;
                (start <= end).then_some(())?;
                Self::Filter { from: start, to: end, wanted, bloom }
            }
            8 => Self::Equal,
            9 => Self::One,
            10 => Self::Near { fingerprint: from.bits(64)? },
            11 => {
                let (fingerprint, len) = (from.bits(64)?, from.number()?);
                Self::Estimate { fingerprint, len, tug: Box::new(TugOfWar::read(len, from)?) }
            }
            12 => {
                let rest = from.bits(64)?;
                let level = from.bits(8).filter(|&level| level <= LEVEL_LIMIT.into())? as u32;
                let width = from.bits(8).filter(|&width| width <= (32 + level).into())? as u32;
                let wanted = from.sorted(width, LIST_LIMIT)?;
                let failed = from.sorted(level, LIST_LIMIT)?;
                Self::Found { rest, width, wanted, failed, level }
            }
            13 => {
                let end = from.bits(64)?;
                let (kept, dropped) = (from.number()?, from.number()?);
                Self::Filtered { to: end, kept, dropped, bloom: read_bloom(from)? }
            }
            14 => Self::Restart { session: from.bits(16)? as u16 },
            _ => return None,
        };
        Some((header, body))
    }
}

fn read_depth(from: &mut BitReader<'_>) -> Option<usize> {
    let depth = from.bits(8)? as usize;
    (1..=DEPTH).contains(&depth).then_some(depth)
}

/// All that is left, as syndromes.
fn read_syndromes(from: &mut BitReader<'_>) -> Option<Vec<u32>> {
    let (syndromes, []) = from.rest().as_chunks::<4>() else { return None };
    Some(syndromes.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect())
}

fn write_bloom(bloom: Option<&Bloom>, to: &mut BitWriter) {
    to.bits(bloom.map_or(0, Bloom::hashes).into(), 8);
    if let Some(bloom) = bloom {
        to.bytes(bloom.as_bytes());
    }
}

#[expect(clippy::option_option, reason = "the outer one is for what makes no sense")]
fn read_bloom(from: &mut BitReader<'_>) -> Option<Option<Bloom>> {
    match from.bits(8)? as u32 {
        0 => Some(None),
        hashes => Bloom::from_bytes(hashes, from.rest()).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::Mixer;

    #[test]
    fn sessions_are_newer_the_short_way_round() {
        assert!(is_newer(8, 7) && !is_newer(7, 7) && !is_newer(6, 7));
        assert!(is_newer(3, u16::MAX - 3) && !is_newer(u16::MAX - 3, 3));
    }

    #[test]
    fn messages_are_read_as_they_were_written() {
        let mut tug = TugOfWar::new();
        tug.pull(77, 1);
        let bloom = Bloom::from_bytes(3, &[1, 2, 3]);
        let header = Header { session: 0x1234, step: 0x56 };
        for body in [
            Body::Hello { salted: false, fingerprint: 5, parity: 6 },
            Body::Hello { salted: true, fingerprint: u64::MAX, parity: 255 },
            Body::Ask,
            Body::Sketch { len: 300, level: 4, depth: 2, first: 14, syndromes: vec![1, 2, 3, 4] },
            Body::More { depth: 24, syndromes: vec![u32::MAX] },
            Body::Split { syndromes: vec![7; 24] },
            Body::Filter { from: 3, to: 1 << 60, wanted: 2, bloom: bloom.clone() },
            Body::Filter { from: 3, to: 3, wanted: 0, bloom: None },
            Body::Equal,
            Body::One,
            Body::Near { fingerprint: 9 },
            Body::Estimate { fingerprint: 9, len: 1_000_000, tug: Box::new(tug) },
            Body::Found { rest: 1, width: 20, wanted: vec![3, 900], failed: vec![15], level: 4 },
            Body::Filtered { to: 5, kept: 6, dropped: 700, bloom },
            Body::Restart { session: 77 },
        ] {
            let bytes = body.encode(header);
            assert_eq!(Body::decode(&bytes), Ok((header, body)));
            for end in 0..bytes.len() {
                let _ = Body::decode(&bytes[..end]);
            }
        }
    }

    #[test]
    fn any_bytes_are_survived() {
        let mut random = Mixer::new(23);
        for round in 0..20_000 {
            let mut bytes: Vec<u8> = (0..4 + round % 90).map(|_| random.any() as u8).collect();
            bytes[0] %= 15;
            if let Ok((header, body)) = Body::decode(&bytes) {
                assert_eq!(Body::decode(&body.encode(header)), Ok((header, body)));
            }
        }
    }
}
