use std::collections::BTreeSet;
use std::fmt;

use rejoin_core::{Decompose, Diff, DotStore, Edit, Unnumbered};
use rejoin_maps::Dotted;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::oracle::{Effect, Live, Spec, Subject, id};
use crate::rng::Rng;
use crate::spec::StoreSubject;

/// A lattice that is its own subject.
pub trait Lattice:
    Subject<Real = Self>
    + Edit
    + Diff
    + Decompose
    + Clone
    + PartialEq
    + fmt::Debug
    + Serialize
    + DeserializeOwned
    + 'static
{
}

impl<L> Lattice for L where
    L: Subject<Real = L>
        + Edit
        + Diff
        + Decompose
        + Clone
        + PartialEq
        + fmt::Debug
        + Serialize
        + DeserializeOwned
        + 'static
{
}

/// An operation on a lattice whose edits can be removed.
#[derive(Clone, Debug)]
pub enum DottedOp<Op> {
    /// Edits the lattice; what the edits add is one write, or none if they add nothing.
    Edit(Vec<Op>),
    /// Joins what this replica has made elsewhere, which is a write even if it is no news.
    Join(usize, Vec<Op>),
    /// Removes all edits.
    Clear,
}

/// What one edit of a lattice leaves behind.
#[derive(Clone)]
pub struct Write<L: Spec> {
    /// What its operations wrote into the lattice, and which writes there they took.
    pieces: Vec<(usize, Effect<L::Piece>)>,
    delta: L,
}

impl<L: Spec> fmt::Debug for Write<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.fmt(f)
    }
}

/// Where a write of the lattice is: the event of the edit, and its place there.
fn name(event: usize, place: usize) -> usize {
    event * 16 + place
}

/// The edit that is being made has no number yet, and none of the others has this one.
const NEW: usize = usize::MAX / 16;

/// What was written into the lattice and is live there, in the order in which it was written.
fn written<'a, L: Spec + 'a>(
    edits: impl Iterator<Item = (usize, &'a Write<L>)> + Clone,
) -> Vec<Live<'a, L::Piece>>
where
    L::Piece: 'a,
{
    let own = |event: usize, taken: usize| {
        if taken / 16 == NEW { name(event, taken % 16) } else { taken }
    };
    let taken: BTreeSet<usize> = edits
        .clone()
        .flat_map(|(event, write)| write.pieces.iter().map(move |(_, effect)| (event, effect)))
        .flat_map(|(event, effect)| effect.takes.iter().map(move |taken| own(event, *taken)))
        .collect();
    let writes = edits.flat_map(|(event, write)| {
        write.pieces.iter().enumerate().filter_map(move |(place, (replica, effect))| {
            let (event, piece) = (name(event, place), effect.piece.as_ref()?);
            Some(Live { event, replica: *replica, piece })
        })
    });
    writes.filter(|write| !taken.contains(&write.event)).collect()
}

fn edits<'a, L: Spec>(
    live: &'a [Live<'_, Write<L>>],
) -> impl Iterator<Item = (usize, &'a Write<L>)> + Clone {
    live.iter().map(|live| (live.event, live.piece))
}

/// The write of `replica` that does `ops` where `live` is, if it does anything.
fn write<L: Lattice>(
    replica: usize,
    ops: &[L::Op],
    live: &[Live<'_, Write<L>>],
) -> Option<Write<L>> {
    let mut now = L::default();
    for live in live {
        now.merge(live.piece.delta.clone());
    }
    let delta = now.edit(id(replica), |cursor| ops.iter().for_each(|op| L::apply(cursor, op)));
    let mut write = Write { pieces: Vec::new(), delta };
    for op in ops.iter().flat_map(<L as Spec>::split) {
        let seen = written(edits(live).chain([(NEW, &write)]));
        let effect = L::effect(&op, replica, &seen);
        if effect.piece.is_some() || !effect.takes.is_empty() {
            write.pieces.push((replica, effect));
        }
    }
    (!write.pieces.is_empty()).then_some(write)
}

/// The lattice means what the live edits alone make it mean, as if the others had never been. An
/// edit takes those that it sees and covers.
impl<L: Lattice> Spec for Dotted<L> {
    type Op = DottedOp<L::Op>;
    type Piece = Write<L>;
    type Value = L::Value;

    fn op(rng: &mut Rng) -> Self::Op {
        match rng.below(8) {
            0..5 => DottedOp::Edit((0..rng.below(3)).map(|_| L::op(rng)).collect()),
            5 | 6 => DottedOp::Join(rng.below(3), (0..rng.below(3)).map(|_| L::op(rng)).collect()),
            _ => DottedOp::Clear,
        }
    }

    fn effect(op: &Self::Op, replica: usize, live: &[Live<'_, Write<L>>]) -> Effect<Write<L>> {
        let write = match op {
            DottedOp::Edit(ops) => write(replica, ops, live),
            DottedOp::Join(author, ops) => write(*author, ops, &[]),
            DottedOp::Clear => return Effect::take(None, live, |_| true),
        };
        let Some(write) = write else { return Effect::none() };
        let covers = |old: &Write<L>| !write.delta.clone().merge(old.delta.clone());
        Effect::take(Some(write.clone()), live, covers)
    }

    fn value(live: &[Live<'_, Write<L>>]) -> L::Value {
        L::value(&written(edits(live)))
    }
}

impl<L: Lattice + Unnumbered> StoreSubject for Dotted<L> {
    type Real = Self;

    fn apply(cursor: &mut <Self as DotStore>::Cursor<'_>, op: &Self::Op) {
        match op {
            DottedOp::Edit(ops) => {
                cursor.edit(|lattice| ops.iter().for_each(|op| L::apply(lattice, op)));
            }
            DottedOp::Join(author, ops) => cursor.join(L::default().edit(id(*author), |lattice| {
                ops.iter().for_each(|op| L::apply(lattice, op));
            })),
            DottedOp::Clear => {
                cursor.clear();
            }
        }
    }

    fn read(real: &Self) -> L::Value {
        L::read(real.value())
    }
}
