use std::fmt::Debug;
use std::ops::Range;

use rejoin_core::{Crdt as _, Decompose as _, Diff, Edit as _};

use super::{Live, Subject, id};
use crate::rng::Rng;

/// A [`Subject`] whose operations, pieces and values go by number, so that whatever works with them
/// is compiled once and not for each type. What implements it is compiled for each, and plain.
pub(crate) trait Numbered {
    /// Adds any operation.
    fn arbitrary(&mut self, rng: &mut Rng) -> usize;

    /// Adds the operations that one is short for.
    fn split(&mut self, op: usize) -> Range<usize>;

    /// Shows an operation.
    fn op(&self, op: usize) -> &dyn Debug;

    /// What an operation of `replica` writes where `live` is, and the events that it takes.
    fn effect(&mut self, op: usize, replica: usize, live: &[Write]) -> (Option<usize>, Vec<usize>);

    /// Whether one piece says what an earlier one said.
    fn carries(&self, piece: usize, earlier: usize) -> bool;

    /// Forgets all operations, pieces and values but the first ones.
    fn keep(&mut self, ops: usize, pieces: usize, values: usize);

    /// Whether the first parts of a value say nothing until the last has come.
    fn hides_parts(&self) -> bool;

    /// Adds the value before any edit.
    fn bottom(&mut self) -> usize;

    /// Adds a copy of a value.
    fn copy(&mut self, at: usize) -> usize;

    /// Adds the delta of an edit of a value.
    fn edit(&mut self, at: usize, replica: usize, ops: &[usize]) -> usize;

    /// Merges a copy of one value into another.
    fn merge(&mut self, into: usize, from: usize) -> bool;

    /// Merges one value into another, and leaves nothing of it.
    fn absorb(&mut self, into: usize, from: usize) -> bool;

    /// Whether two values are equal.
    fn is_equal(&self, a: usize, b: usize) -> bool;

    /// Adds the difference for the digest of a value, if there is one.
    fn diff(&mut self, from: usize, to: usize) -> Option<usize>;

    /// Takes the digest of a value, once.
    fn digest(&mut self, at: usize);

    /// Adds the least that one value has and another lacks.
    fn difference(&mut self, from: usize, to: usize) -> usize;

    /// Adds the parts of a value.
    fn parts(&mut self, of: usize) -> Range<usize>;

    /// Writes a value.
    fn encode(&self, at: usize) -> Result<Vec<u8>, postcard::Error>;

    /// Adds what was written.
    fn decode(&mut self, bytes: &[u8]) -> Result<usize, postcard::Error>;

    /// Shows a value.
    fn value(&self, at: usize) -> &dyn Debug;

    /// Reads a value, once.
    fn read(&mut self, at: usize);

    /// Shows what was read of a value.
    fn as_read(&self, at: usize) -> &dyn Debug;

    /// Whether the same was read of two values.
    fn reads_as(&self, at: usize, other: usize) -> bool;

    /// Reads a value; shows what it should read where `live` is, if it reads anything else.
    fn should_read(&mut self, at: usize, live: &[Write]) -> Option<String>;
}

/// A live write, whose piece goes by number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Write {
    pub(super) event: usize,
    pub(super) replica: usize,
    pub(super) piece: usize,
}

/// Everything that has a number.
pub(crate) struct Numbers<S: Subject> {
    ops: Vec<S::Op>,
    pieces: Vec<S::Piece>,
    values: Vec<Value<S>>,
}

/// A value, and what is known of it until it is merged into or edited.
struct Value<S: Subject> {
    real: S::Real,
    digest: Option<<S::Real as Diff>::Digest>,
    read: Option<S::Value>,
}

impl<S: Subject> Numbers<S> {
    pub(crate) fn new() -> Self {
        Self { ops: Vec::new(), pieces: Vec::new(), values: Vec::new() }
    }

    /// Adds an operation.
    pub(crate) fn add(&mut self, op: S::Op) -> usize {
        self.ops.push(op);
        self.ops.len() - 1
    }

    pub(super) fn live(&self, writes: &[Write]) -> Vec<Live<'_, S::Piece>> {
        let mut live = Vec::new();
        for write in writes {
            let Write { event, replica, piece } = *write;
            live.push(Live { event, replica, piece: &self.pieces[piece] });
        }
        live
    }

    fn put(&mut self, real: S::Real) -> usize {
        self.values.push(Value { real, digest: None, read: None });
        self.values.len() - 1
    }
}

impl<S: Subject> Value<S> {
    fn change(&mut self) -> &mut S::Real {
        self.digest = None;
        self.read = None;
        &mut self.real
    }
}

impl<S: Subject> Numbered for Numbers<S> {
    fn arbitrary(&mut self, rng: &mut Rng) -> usize {
        self.add(S::op(rng))
    }

    fn split(&mut self, op: usize) -> Range<usize> {
        let mut parts = S::split(&self.ops[op]);
        let first = self.ops.len();
        self.ops.append(&mut parts);
        first..self.ops.len()
    }

    fn op(&self, op: usize) -> &dyn Debug {
        &self.ops[op]
    }

    fn effect(&mut self, op: usize, replica: usize, live: &[Write]) -> (Option<usize>, Vec<usize>) {
        let effect = S::effect(&self.ops[op], replica, &self.live(live));
        let Some(piece) = effect.piece else { return (None, effect.takes) };
        self.pieces.push(piece);
        (Some(self.pieces.len() - 1), effect.takes)
    }

    fn carries(&self, piece: usize, earlier: usize) -> bool {
        S::carries(&self.pieces[piece], &self.pieces[earlier])
    }

    fn keep(&mut self, ops: usize, pieces: usize, values: usize) {
        self.ops.truncate(ops);
        self.pieces.truncate(pieces);
        self.values.truncate(values);
    }

    fn hides_parts(&self) -> bool {
        S::Real::HIDES_PARTS
    }

    fn bottom(&mut self) -> usize {
        self.put(S::Real::default())
    }

    fn copy(&mut self, at: usize) -> usize {
        self.put(self.values[at].real.clone())
    }

    fn edit(&mut self, at: usize, replica: usize, ops: &[usize]) -> usize {
        let all = &self.ops;
        let delta = self.values[at].change().edit(id(replica), |cursor| {
            for op in ops {
                S::apply(cursor, &all[*op]);
            }
        });
        self.put(delta)
    }

    fn merge(&mut self, into: usize, from: usize) -> bool {
        let other = self.values[from].real.clone();
        self.values[into].change().merge(other)
    }

    fn absorb(&mut self, into: usize, from: usize) -> bool {
        let other = std::mem::take(self.values[from].change());
        self.values[into].change().merge(other)
    }

    fn is_equal(&self, a: usize, b: usize) -> bool {
        self.values[a].real == self.values[b].real
    }

    fn diff(&mut self, from: usize, to: usize) -> Option<usize> {
        self.digest(to);
        let Some(digest) = &self.values[to].digest else { unreachable!("was taken") };
        let difference = self.values[from].real.diff(digest)?;
        Some(self.put(difference))
    }

    fn digest(&mut self, at: usize) {
        let value = &mut self.values[at];
        if value.digest.is_none() {
            value.digest = Some(value.real.digest());
        }
    }

    fn difference(&mut self, from: usize, to: usize) -> usize {
        self.put(self.values[from].real.difference(&self.values[to].real))
    }

    fn parts(&mut self, of: usize) -> Range<usize> {
        let first = self.values.len();
        let whole = std::mem::take(&mut self.values[of].real);
        whole.decompose(&mut |part| {
            self.put(part);
        });
        self.values[of].real = whole;
        first..self.values.len()
    }

    fn encode(&self, at: usize) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(&self.values[at].real)
    }

    fn decode(&mut self, bytes: &[u8]) -> Result<usize, postcard::Error> {
        Ok(self.put(postcard::from_bytes(bytes)?))
    }

    fn value(&self, at: usize) -> &dyn Debug {
        &self.values[at].real
    }

    fn read(&mut self, at: usize) {
        let value = &mut self.values[at];
        if value.read.is_none() {
            value.read = Some(S::read(&value.real));
        }
    }

    fn as_read(&self, at: usize) -> &dyn Debug {
        match &self.values[at].read {
            Some(read) => read,
            None => &"nothing yet",
        }
    }

    fn reads_as(&self, at: usize, other: usize) -> bool {
        self.values[at].read == self.values[other].read
    }

    fn should_read(&mut self, at: usize, live: &[Write]) -> Option<String> {
        self.read(at);
        let expected = S::value(&self.live(live));
        match &self.values[at].read {
            Some(read) if *read == expected => None,
            _ => Some(shown(&expected)),
        }
    }
}

fn shown(value: &dyn Debug) -> String {
    format!("{value:?}")
}
