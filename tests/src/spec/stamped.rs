use std::collections::BTreeMap;

use rejoin_core::ReplicaId;
use rejoin_maps::{LwwMap, LwwMapCursor};
use rejoin_sets::{Bias, LwwElementSet, LwwElementSetCursor};

use crate::oracle::{Effect, Live, Spec, Subject, id};
use crate::rng::Rng;

/// Times are few, so that different writers, and one writer, use one twice.
const TIMES: u8 = 4;
const KEYS: u8 = 3;

/// A write at a time.
#[derive(Clone, Debug)]
pub struct StampedOp<V> {
    /// When.
    pub time: u8,
    /// Of what.
    pub key: u8,
    /// What.
    pub value: V,
}

fn stamped<V>(rng: &mut Rng, value: V) -> StampedOp<V> {
    StampedOp { time: rng.small(TIMES), key: rng.small(KEYS), value }
}

fn index(replica: ReplicaId) -> usize {
    (0..64).find(|at| id(*at) == replica).expect("a replica of the tests")
}

/// The greatest of the writes to each key.
fn last<W: Ord + Copy>(live: &[Live<'_, (u8, W)>]) -> BTreeMap<u8, W> {
    let mut last = BTreeMap::new();
    for Live { piece: (key, write), .. } in live {
        let entry = last.entry(*key).or_insert(*write);
        *entry = *write.max(entry);
    }
    last
}

/// What is later than what was written before is written; nothing else is sent.
fn write<W: Ord + Copy>(key: u8, write: W, live: &[Live<'_, (u8, W)>]) -> Effect<(u8, W)> {
    Effect::write(last(live).get(&key).is_none_or(|last| *last < write).then_some((key, write)))
}

/// In the order that decides: the time, whether the bias prefers it, the writer.
type ElementWrite = (u8, bool, usize);

fn element_write<B: Bias>(op: &StampedOp<bool>, replica: usize) -> ElementWrite {
    (op.time, op.value == B::ADD_WINS, replica)
}

/// The write with the highest time says whether the element is there; of those with the same time
/// one of the kind that the bias prefers.
impl<B: Bias> Spec for LwwElementSet<u8, u8, B> {
    /// Whether to insert.
    type Op = StampedOp<bool>;
    type Piece = (u8, ElementWrite);
    type Value = BTreeMap<u8, ElementWrite>;

    fn op(rng: &mut Rng) -> StampedOp<bool> {
        let inserts = rng.once_in(2);
        stamped(rng, inserts)
    }

    fn effect(
        op: &StampedOp<bool>,
        replica: usize,
        live: &[Live<'_, Self::Piece>],
    ) -> Effect<Self::Piece> {
        write(op.key, element_write::<B>(op, replica), live)
    }

    fn value(live: &[Live<'_, Self::Piece>]) -> Self::Value {
        last(live)
    }
}

impl<B: Bias> Subject for LwwElementSet<u8, u8, B> {
    type Real = Self;

    fn apply(cursor: &mut LwwElementSetCursor<'_, u8, u8, B>, op: &StampedOp<bool>) {
        let is_last = match op.value {
            true => cursor.insert(op.time, op.key),
            false => cursor.remove(op.time, op.key),
        };
        if is_last {
            assert_eq!(cursor.contains(&op.key), op.value);
        }
    }

    fn read(real: &Self) -> Self::Value {
        let present: Vec<u8> = real.iter().copied().collect();
        assert_eq!((present.len(), present.is_empty()), (real.len(), real.is_empty()));
        assert!((0..KEYS).all(|x| present.contains(&x) == real.contains(&x)));
        let stamps = (0..KEYS).filter_map(|x| Some((x, real.stamp(&x)?)));
        let writes = stamps.map(|(x, (time, writer))| {
            (x, (*time, real.contains(&x) == B::ADD_WINS, index(writer)))
        });
        writes.collect()
    }
}

/// In the order that decides: the time, the writer, the value; a removal is less than a value.
type EntryWrite = (u8, usize, Option<u8>);

/// The greatest write says what is under a key.
impl Spec for LwwMap<u8, u8, u8> {
    /// What to put; nothing: remove.
    type Op = StampedOp<Option<u8>>;
    type Piece = (u8, EntryWrite);
    type Value = BTreeMap<u8, EntryWrite>;

    fn op(rng: &mut Rng) -> Self::Op {
        let value = (!rng.once_in(3)).then(|| rng.small(3));
        stamped(rng, value)
    }

    fn effect(
        op: &Self::Op,
        replica: usize,
        live: &[Live<'_, Self::Piece>],
    ) -> Effect<Self::Piece> {
        write(op.key, (op.time, replica, op.value), live)
    }

    fn value(live: &[Live<'_, Self::Piece>]) -> Self::Value {
        last(live)
    }
}

impl Subject for LwwMap<u8, u8, u8> {
    type Real = Self;

    fn apply(cursor: &mut LwwMapCursor<'_, u8, u8, u8>, op: &Self::Op) {
        let is_last = match op.value {
            Some(value) => cursor.insert(op.time, op.key, value),
            None => cursor.remove(op.time, op.key),
        };
        if is_last {
            assert_eq!(cursor.get(&op.key).copied(), op.value);
        }
    }

    fn read(real: &Self) -> Self::Value {
        assert_eq!(
            (real.iter().count(), real.iter().next().is_none()),
            (real.len(), real.is_empty())
        );
        assert!(real.iter().eq(real.keys().zip(real.values())));
        assert!(real.iter().all(|(key, value)| real.get(key) == Some(value)));
        let stamps = (0..KEYS).filter_map(|key| Some((key, real.stamp(&key)?)));
        let writes = stamps.map(|(key, (time, writer))| {
            assert_eq!(real.contains_key(&key), real.get(&key).is_some());
            (key, (*time, index(writer), real.get(&key).copied()))
        });
        writes.collect()
    }
}
