use alloc::string::String;
use alloc::vec::Vec;

use rejoin_core::wire::Kind;
use serde::Deserialize;

use super::{De, Told};
use crate::columns::{CountReader, Id, NameReader, Prefix, ReplicaReader, RunReader};
use crate::head::Readers;
use crate::sketch::{self, Reading};
use crate::varint;
use crate::{DecodeError, Reason};

/// Everything that is being read.
pub(crate) struct Decoder<'de> {
    data: &'de [u8],
    replicas: ReplicaReader<'de>,
    runs: RunReader<'de>,
    counts: CountReader<'de>,
    names: NameReader<'de>,
    sketch: Reading<'de>,
    /// The length of the whole input.
    len: usize,
    depth: usize,
    max_depth: usize,
    /// How many elements may still be announced as size hints.
    hints: usize,
}

impl<'de> Decoder<'de> {
    pub(crate) fn new(
        data: &'de [u8],
        columns: Readers<'de>,
        len: usize,
        max_depth: usize,
    ) -> Result<Self, Reason> {
        let Readers { replicas, runs, counts, sketch } = columns;
        let (names, hints) = (NameReader::default(), data.len());
        let sketch = Reading::new(sketch, max_depth)?;
        Ok(Self { data, replicas, runs, counts, names, sketch, len, depth: 0, max_depth, hints })
    }

    /// Reads a value, which must be all that is there.
    pub(crate) fn decode<T: Deserialize<'de>>(mut self) -> Result<T, DecodeError> {
        let root = self.sketch.root();
        let value = T::deserialize(De::plain(&mut self, root));
        let value = value.map_err(|error| error.at(self.offset()))?;
        if !self.data.is_empty() {
            return Err(self.error(Reason::Trailing(self.data.len())));
        }
        let columns = self.replicas.finish().and(self.runs.finish()).and(self.counts.finish());
        let columns = columns.and_then(|()| self.names.finish());
        let columns = columns.and_then(|()| self.sketch.finish());
        columns.map_err(|reason| self.error(reason))?;
        Ok(value)
    }

    pub(super) fn offset(&self) -> usize {
        self.len - self.data.len()
    }

    #[cold]
    pub(super) fn error(&self, reason: impl Into<Reason>) -> DecodeError {
        DecodeError::from(reason.into()).at(self.offset())
    }

    #[cold]
    pub(super) fn text_error(&self) -> DecodeError {
        self.error(Reason::Text)
    }

    pub(super) fn enter(&mut self) -> Result<(), DecodeError> {
        if self.depth == self.max_depth {
            return Err(self.error(Reason::TooDeep(self.max_depth)));
        }
        self.depth += 1;
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Compares what the type reads with what the sketch says.
    #[inline]
    pub(super) fn expect(&mut self, node: sketch::Place, kind: Kind) -> Result<(), DecodeError> {
        match self.sketch.expect(node, kind) {
            Ok(()) => Ok(()),
            Err(reason) => Err(self.error(reason)),
        }
    }

    /// The place below another that has this number.
    #[inline]
    pub(super) fn below(
        &self,
        node: sketch::Place,
        number: usize,
    ) -> Result<sketch::Place, DecodeError> {
        self.sketch.below(node, number).map_err(|reason| self.error(reason))
    }

    /// What the sketch says is at a place.
    pub(super) fn kind(&self, node: sketch::Place) -> Option<Kind> {
        self.sketch.kind(node)
    }

    /// What the data is compared with.
    pub(super) fn sketch(&mut self) -> &mut Reading<'de> {
        &mut self.sketch
    }

    /// How many bytes of data are left.
    pub(super) fn left(&self) -> usize {
        self.data.len()
    }

    #[inline]
    pub(super) fn number(&mut self) -> Result<u64, DecodeError> {
        match varint::take(&mut self.data) {
            Ok(number) => Ok(number),
            Err(error) => Err(self.error(error)),
        }
    }

    /// The upper and the lower half.
    pub(super) fn wide(&mut self) -> Result<u128, DecodeError> {
        let upper = self.number()?;
        Ok(u128::from(upper) << 64 | u128::from(self.number()?))
    }

    pub(super) fn byte(&mut self) -> Result<u8, DecodeError> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        match self.data.split_first_chunk() {
            Some((bytes, rest)) => {
                self.data = rest;
                Ok(*bytes)
            }
            None => Err(self.error(Reason::Truncated)),
        }
    }

    /// A byte that is 0 or 1.
    pub(super) fn tag(&mut self) -> Result<bool, DecodeError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            tag => Err(self.error(Reason::Tag(tag))),
        }
    }

    /// The byte that stands for an element without any, if the data is as long as `before`.
    #[inline]
    pub(super) fn pad(&mut self, before: usize) -> Result<(), DecodeError> {
        if self.data.len() < before {
            return Ok(());
        }
        match self.byte()? {
            0 => Ok(()),
            tag => Err(self.error(Reason::Tag(tag))),
        }
    }

    /// The length of a container, each element of which takes a byte at least.
    pub(super) fn length(&mut self) -> Result<usize, DecodeError> {
        let length = self.number()?;
        self.check_length(length)
    }

    fn check_length(&self, length: u64) -> Result<usize, DecodeError> {
        match usize::try_from(length) {
            Ok(length) if length <= self.data.len() => Ok(length),
            _ => Err(self.error(Reason::Length(length))),
        }
    }

    /// How many of `length` elements to make room for: in all no more than there are bytes.
    pub(super) fn hint(&mut self, length: usize) -> usize {
        let hint = length.min(self.hints);
        self.hints -= hint;
        hint
    }

    /// The number of dots of the next store.
    #[inline]
    pub(super) fn count(&mut self) -> Result<u64, DecodeError> {
        let count = self.counts.next().map_err(|reason| self.error(reason))?;
        if count > 1 {
            self.check_length(count)?; // they are listed
        }
        Ok(count)
    }

    /// Bytes with their length before them.
    pub(super) fn sized(&mut self) -> Result<&'de [u8], DecodeError> {
        let length = self.number()?;
        self.bytes(length)
    }

    fn bytes(&mut self, length: u64) -> Result<&'de [u8], DecodeError> {
        let length = self.check_length(length)?;
        let (bytes, rest) = self.data.split_at(length); // it was checked
        self.data = rest;
        Ok(bytes)
    }

    /// The bytes that a key shares with the one before, and its other bytes.
    #[inline]
    pub(super) fn key<'p>(
        &mut self,
        prefix: &'p Prefix,
    ) -> Result<(&'p [u8], &'de [u8]), DecodeError> {
        let head = self.number()?;
        let shared = (head & 15) as usize;
        let rest = self.bytes(head >> 4)?;
        // Not more than there is, and not less than it could.
        let known = prefix.get(shared).ok_or_else(|| self.error(Reason::SharedPrefix))?;
        let more = prefix.get(shared + 1).and_then(|longer| longer.last());
        if more.is_some() && more == rest.first() {
            return Err(self.error(Reason::SharedPrefix));
        }
        Ok((known, rest))
    }

    /// A key from its two parts.
    pub(super) fn join(&self, shared: &[u8], rest: &[u8]) -> Result<String, DecodeError> {
        let mut text = Vec::with_capacity(shared.len() + rest.len());
        text.extend_from_slice(shared);
        text.extend_from_slice(rest);
        String::from_utf8(text).map_err(|_| self.text_error())
    }

    /// The name of the next variant.
    pub(super) fn variant(&mut self) -> Result<&'de str, DecodeError> {
        let name = match self.number()? {
            0 => {
                let name = self.sized()?;
                self.names.push(name)
            }
            place => self.names.get(place),
        };
        name.map_err(|reason| self.error(reason))
    }

    #[inline]
    pub(super) fn id(&mut self, place: u64) -> Result<&'de Id, DecodeError> {
        self.replicas.id(place).map_err(|reason| self.error(reason))
    }

    /// A dot in the data, with the place of its replica.
    pub(super) fn dot(&mut self) -> Result<(u64, Told<'de>), DecodeError> {
        let place = self.number()?;
        let id = self.id(place)?;
        let seq = self.number()?;
        if seq == 0 {
            return Err(self.error(Reason::Dot));
        }
        Ok((place, Told { id, seq }))
    }

    /// The next dot of the runs.
    #[inline]
    pub(super) fn sole_dot(&mut self) -> Result<Told<'de>, DecodeError> {
        match self.runs.next(&mut self.replicas) {
            Ok((id, seq)) => Ok(Told { id, seq }),
            Err(reason) => Err(self.error(reason)),
        }
    }
}
