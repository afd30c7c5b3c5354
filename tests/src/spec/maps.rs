use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::{Crdt, DotStore, Edit};
use rejoin_maps::{GMap, OrMap};

use super::sets::bit;
use crate::oracle::{Effect, Live, Spec, Subject};
use crate::rng::Rng;
use crate::spec::StoreSubject;

const KEYS: u8 = 2;

/// An operation on a map.
#[derive(Clone, Debug)]
pub enum MapOp<Op> {
    /// Operations under one key, through one cursor; perhaps none.
    At(u8, Vec<Op>),
    /// Removes a key.
    Remove(u8),
    /// Keeps the keys whose bit is set.
    Retain(u8),
    /// Removes all keys.
    Clear,
}

impl<Op> MapOp<Op> {
    fn at<V: Spec<Op = Op>>(rng: &mut Rng) -> Self {
        let key = rng.small(KEYS);
        Self::At(key, (0..rng.below(3).max(rng.below(2))).map(|_| V::op(rng)).collect())
    }
}

fn split_at<V: Spec>(key: u8, ops: &[V::Op]) -> Vec<MapOp<V::Op>> {
    ops.iter().flat_map(V::split).map(|op| MapOp::At(key, vec![op])).collect()
}

/// What is live under `key`.
fn under<'a, P>(key: u8, live: &[Live<'a, (u8, P)>]) -> Vec<Live<'a, P>> {
    let under = live.iter().filter(|write| write.piece.0 == key);
    under.map(|Live { event, replica, piece }| (*event, *replica, &piece.1)).map(live_of).collect()
}

fn live_of<P>((event, replica, piece): (usize, usize, &P)) -> Live<'_, P> {
    Live { event, replica, piece }
}

fn keys<P>(live: &[Live<'_, (u8, P)>]) -> BTreeSet<u8> {
    live.iter().map(|write| write.piece.0).collect()
}

/// A key is there while any write under it is live. A removal takes all writes under the key that
/// it sees, and an operation below takes what it says.
impl<V: Spec> Spec for OrMap<u8, V> {
    type Op = MapOp<V::Op>;
    type Piece = (u8, V::Piece);
    type Value = BTreeMap<u8, V::Value>;

    fn op(rng: &mut Rng) -> Self::Op {
        match rng.below(20) {
            0..14 => MapOp::at::<V>(rng),
            14..18 => MapOp::Remove(rng.small(KEYS)),
            18 => MapOp::Retain(rng.small(1 << KEYS)),
            _ => MapOp::Clear,
        }
    }

    fn split(op: &Self::Op) -> Vec<Self::Op> {
        match op {
            MapOp::At(key, ops) => split_at::<V>(*key, ops),
            op => vec![op.clone()],
        }
    }

    fn effect(
        op: &Self::Op,
        replica: usize,
        live: &[Live<'_, Self::Piece>],
    ) -> Effect<Self::Piece> {
        match op {
            MapOp::At(key, ops) => match &ops[..] {
                [op] => V::effect(op, replica, &under(*key, live)).map(|piece| (*key, piece)),
                _ => Effect::none(), // is split
            },
            MapOp::Remove(key) => Effect::take(None, live, |piece| piece.0 == *key),
            MapOp::Retain(mask) => Effect::take(None, live, |piece| !bit(*mask, piece.0)),
            MapOp::Clear => Effect::take(None, live, |_| true),
        }
    }

    fn value(live: &[Live<'_, Self::Piece>]) -> Self::Value {
        keys(live).into_iter().map(|key| (key, V::value(&under(key, live)))).collect()
    }
}

impl<V: StoreSubject> StoreSubject for OrMap<u8, V> {
    type Real = OrMap<u8, V::Real>;

    fn apply(cursor: &mut <Self::Real as DotStore>::Cursor<'_>, op: &Self::Op) {
        match op {
            MapOp::At(key, ops) => {
                let mut entry = cursor.entry(*key);
                ops.iter().for_each(|op| V::apply(&mut entry, op));
            }
            MapOp::Remove(key) => {
                let present = cursor.contains_key(key);
                assert_eq!(cursor.remove(key), present);
            }
            MapOp::Retain(mask) => cursor.retain(|key, _| bit(*mask, *key)),
            MapOp::Clear => cursor.clear(),
        }
    }

    fn read(real: &Self::Real) -> Self::Value {
        assert_eq!(real.len(), real.iter().len());
        assert!((0..KEYS).all(|key| real.contains_key(&key) == real.keys().any(|k| *k == key)));
        real.iter().map(|(key, value)| (*key, V::read(value))).collect()
    }
}

/// A key is there once anything has happened under it, be it a removal. So every event leaves its
/// key, and what the value's type says if it wrote.
impl<V: Spec> Spec for GMap<u8, V> {
    type Op = MapOp<V::Op>;
    type Piece = (u8, Option<V::Piece>);
    type Value = BTreeMap<u8, V::Value>;

    fn op(rng: &mut Rng) -> Self::Op {
        MapOp::at::<V>(rng)
    }

    fn split(op: &Self::Op) -> Vec<Self::Op> {
        match op {
            MapOp::At(key, ops) => split_at::<V>(*key, ops),
            _ => Vec::new(),
        }
    }

    fn effect(
        op: &Self::Op,
        replica: usize,
        live: &[Live<'_, Self::Piece>],
    ) -> Effect<Self::Piece> {
        let MapOp::At(key, ops) = op else { return Effect::none() };
        let [op] = &ops[..] else { return Effect::none() };
        let Effect { piece, takes } = V::effect(op, replica, &written(*key, live));
        let piece = (piece.is_some() || !takes.is_empty()).then_some((*key, piece));
        Effect { piece, takes }
    }

    fn carries((key, piece): &Self::Piece, (other, earlier): &Self::Piece) -> bool {
        key == other && piece.as_ref().zip(earlier.as_ref()).is_some_and(|(a, b)| V::carries(a, b))
    }

    fn value(live: &[Live<'_, Self::Piece>]) -> Self::Value {
        keys(live).into_iter().map(|key| (key, V::value(&written(key, live)))).collect()
    }
}

fn written<'a, P>(key: u8, live: &[Live<'a, (u8, Option<P>)>]) -> Vec<Live<'a, P>> {
    let under = under(key, live).into_iter();
    under.filter_map(|w| Some(live_of((w.event, w.replica, w.piece.as_ref()?)))).collect()
}

impl<V: Subject> Subject for GMap<u8, V> {
    type Real = GMap<u8, V::Real>;

    fn apply(cursor: &mut <Self::Real as Edit>::Cursor<'_>, op: &Self::Op) {
        if let MapOp::At(key, ops) = op {
            let mut entry = cursor.entry(*key);
            ops.iter().for_each(|op| V::apply(&mut entry, op));
        }
    }

    fn read(real: &Self::Real) -> Self::Value {
        assert!(real.values().all(|value| V::Real::default().merge(value.clone())), "bottom value");
        real.iter().map(|(key, value)| (*key, V::read(value))).collect()
    }
}
