use alloc::vec::Vec;

use rejoin_core::wire::Kind;
use serde::ser::Serialize;

use super::data::Data;
use super::{Place, Ser};
use crate::EncodeError;
use crate::columns::{CountWriter, Id, NameWriter, RunWriter, Table};
use crate::sketch::{self, Drawing, NOWHERE};

/// Everything that is being written.
pub(crate) struct Encoder {
    pub(crate) data: Data,
    pub(crate) replicas: Table<Id>,
    pub(crate) runs: RunWriter,
    pub(crate) counts: CountWriter,
    pub(crate) drawing: Drawing,
    /// The names of variants.
    pub(super) names: NameWriter,
    /// Whether places are noted, which takes time, and is needed if there is a struct whose
    /// versions differ.
    pub(super) draws: bool,
    /// Whether there is one, and places were not noted, so that it begins again.
    pub(super) must_draw: bool,
    /// The numbers of the fields of the structs, one within the other, that are being written.
    pub(super) numbers: Vec<u32>,
    /// What a dot or a replica id has told of itself.
    pub(super) told: (Id, u64),
    pub(super) depth: usize,
    pub(super) max_depth: usize,
}

impl Encoder {
    pub(crate) fn new(max_depth: usize) -> Self {
        Self {
            data: Data::default(),
            replicas: Table::default(),
            runs: RunWriter::default(),
            counts: CountWriter::default(),
            drawing: Drawing::default(),
            names: NameWriter::default(),
            draws: false,
            must_draw: false,
            numbers: Vec::new(),
            told: ([0; 16], 0),
            depth: 0,
            max_depth,
        }
    }

    /// Notes places from the beginning on.
    pub(crate) fn drawing(mut self) -> Self {
        self.draws = true;
        self
    }

    /// Whether encoding has failed because it should note places.
    pub(crate) fn must_draw(&self) -> bool {
        self.must_draw
    }

    pub(crate) fn encode<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let node = if self.draws { self.drawing.root() } else { NOWHERE };
        value.serialize(self.at(Place::Plain, node))
    }

    pub(super) fn at<'a>(&'a mut self, place: Place<'a>, node: sketch::Place) -> Ser<'a> {
        Ser { encoder: self, place, node }
    }

    /// Enters a container. Leaving it takes one off `depth`.
    pub(super) fn enter(&mut self) -> Result<(), EncodeError> {
        if self.depth == self.max_depth {
            return Err(EncodeError::TooDeep(self.max_depth));
        }
        self.depth += 1;
        Ok(())
    }

    /// Enters a variant of an enum, and gives its place.
    pub(super) fn enter_variant(
        &mut self,
        name: &str,
        node: sketch::Place,
    ) -> Result<sketch::Place, EncodeError> {
        self.enter()?;
        self.drawing.note(node, Kind::Variants)?;
        self.names.put(name, self.data.buffer())?;
        let (_, below) = self.drawing.named(node, name);
        Ok(below)
    }

    /// Lets a replica id or a dot tell what it is.
    #[inline]
    pub(super) fn ask<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
    ) -> Result<(usize, u64), EncodeError> {
        value.serialize(self.at(Place::Telling, NOWHERE))?;
        Ok((self.replicas.place(self.told.0), self.told.1))
    }
}
