//! The value of a replica, as the rest of it sees it: something that reads and writes bytes. So the
//! rest is compiled once for all types.

use core::mem;

use bytes::Bytes;
use rejoin_codec::{DecodeError, EncodeError};
use rejoin_core::{ForkedId, ReplicaId};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::delta::{self, Encoding};
use crate::replicated::Replicated;

/// A value, and what of it waits to be encoded.
#[derive(Debug)]
pub(crate) struct Value<S> {
    pub(crate) state: S,
    /// Edited here since the last delta was made of it.
    edits: S,
    /// The encoding of `edits`, if it is one edit.
    encoded: Option<Vec<u8>>,
    /// What has come, or was edited, and travels by no delta.
    learned: Option<S>,
    /// What was [read](Content::read) last.
    read: Vec<Option<S>>,
}

/// What a peer lacks.
pub(crate) enum Difference {
    Nothing,
    /// It is within the limit.
    Whole(Bytes),
    /// It is longer.
    Pieces(Vec<Bytes>),
}

impl Difference {
    /// The whole, unless it is in pieces.
    pub(crate) fn whole(&self) -> Option<Option<Bytes>> {
        match self {
            Self::Nothing => Some(None),
            Self::Whole(delta) => Some(Some(delta.clone())),
            Self::Pieces(_) => None,
        }
    }
}

/// What cannot be merged.
pub(crate) enum Unfit {
    Decode(DecodeError),
    Forked(ForkedId),
}

pub(crate) trait Content {
    /// Reads what came, before anything of it changes the value.
    fn read(
        &mut self,
        own: ReplicaId,
        news: &mut dyn Iterator<Item = Encoding<'_>>,
    ) -> Result<(), Unfit>;
    /// As [`read`](Self::read), for what is durable here.
    fn read_stored(
        &mut self,
        news: &mut dyn Iterator<Item = Encoding<'_>>,
    ) -> Result<(), DecodeError>;
    fn check_digest(&self, digest: &[u8]) -> Result<(), DecodeError>;
    /// Merges what was read, by its place, and returns whether the value changed.
    fn apply(&mut self, place: usize) -> bool;
    /// As [`apply`](Self::apply), for what no delta brings.
    fn learn(&mut self, place: usize) -> bool;
    /// Reads and merges what has been read before.
    fn merge(&mut self, news: Encoding<'_>) -> bool;

    /// The encoding of the edits since the last delta, if they change anything. What cannot be
    /// encoded is learned, where it is an error when it is to be made durable.
    fn edits(&mut self, own: ReplicaId) -> Option<Vec<u8>>;
    fn forget_edits(&mut self);
    fn learn_edits(&mut self);
    /// Takes what no delta brings.
    fn take_learned(&mut self) -> Result<Option<Vec<u8>>, EncodeError>;
    fn has_learned(&self) -> bool;

    fn is_bottom(&self) -> bool;
    /// Whether parts of a value show nothing of an edit that is not whole.
    fn hides_parts(&self) -> bool;
    fn fingerprint(&self) -> u64;
    fn digest(&self) -> Vec<u8>;
    /// The digest of the value joined with some parts.
    fn digest_with(&self, parts: &mut dyn Iterator<Item = &[u8]>) -> Vec<u8>;
    /// What the other side lacks, whose digest this is: in pieces, if it is longer than `limit`.
    fn diff(&self, digest: &[u8], limit: usize) -> Result<Difference, EncodeError>;
}

/// A number that is the same for equal bytes. Of others it is the same by chance, one time in 2⁶⁴.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// The [`hash`] of the encoding of a value.
pub(crate) fn fingerprint<T: Serialize>(value: &T) -> u64 {
    rejoin_codec::to_vec(value).map_or(0, |bytes| hash(&bytes))
}

impl<S: Replicated> Value<S> {
    pub(crate) fn new(state: S) -> Self {
        Self { state, edits: S::default(), encoded: None, learned: None, read: Vec::new() }
    }

    /// Keeps an edit of the value, and its encoding, for the next delta.
    pub(crate) fn push_edit(&mut self, delta: S, encoded: Vec<u8>) {
        let bottom = S::default();
        if self.edits != bottom {
            if self.edits.merge(delta) {
                self.encoded = None;
            }
        } else if delta != bottom {
            (self.edits, self.encoded) = (delta, Some(encoded));
        }
    }

    /// Merges what no delta brings.
    pub(crate) fn learn_value(&mut self, delta: S) -> bool {
        let changed = self.state.merge(delta.clone());
        if changed {
            self.learned.get_or_insert_default().merge(delta);
        }
        changed
    }

    fn take_read(&mut self, place: usize) -> Option<S> {
        self.read.get_mut(place).and_then(Option::take)
    }
}

impl<S: Replicated> Content for Value<S> {
    fn read(
        &mut self,
        own: ReplicaId,
        news: &mut dyn Iterator<Item = Encoding<'_>>,
    ) -> Result<(), Unfit> {
        self.read.clear();
        for encoding in news {
            let delta = encoding.decode().map_err(Unfit::Decode)?;
            self.state.check_fork(&delta, own).map_err(Unfit::Forked)?;
            self.read.push(Some(delta));
        }
        Ok(())
    }

    fn read_stored(
        &mut self,
        news: &mut dyn Iterator<Item = Encoding<'_>>,
    ) -> Result<(), DecodeError> {
        self.read.clear();
        for encoding in news {
            self.read.push(Some(encoding.decode()?));
        }
        Ok(())
    }

    fn check_digest(&self, digest: &[u8]) -> Result<(), DecodeError> {
        rejoin_codec::from_slice::<S::Digest>(digest).map(|_| ())
    }

    fn apply(&mut self, place: usize) -> bool {
        self.take_read(place).is_some_and(|delta| self.state.merge(delta))
    }

    fn learn(&mut self, place: usize) -> bool {
        self.take_read(place).is_some_and(|delta| self.learn_value(delta))
    }

    fn merge(&mut self, news: Encoding<'_>) -> bool {
        news.decode().is_ok_and(|delta| self.state.merge(delta))
    }

    fn edits(&mut self, own: ReplicaId) -> Option<Vec<u8>> {
        if let Some(encoded) = self.encoded.take() {
            return Some(encoded);
        }
        if self.edits == S::default() {
            return None;
        }
        match delta::codec(&[own]).to_vec(&self.edits) {
            Ok(encoded) => Some(encoded),
            Err(_) => {
                self.learn_edits();
                None
            }
        }
    }

    fn forget_edits(&mut self) {
        self.edits = S::default();
        self.encoded = None;
    }

    fn learn_edits(&mut self) {
        self.encoded = None;
        let edits = mem::take(&mut self.edits);
        self.learned.get_or_insert_default().merge(edits);
    }

    fn take_learned(&mut self) -> Result<Option<Vec<u8>>, EncodeError> {
        let learned = self.learned.as_ref().map(rejoin_codec::to_vec).transpose()?;
        self.learned = None;
        Ok(learned)
    }

    fn has_learned(&self) -> bool {
        self.learned.is_some()
    }

    fn is_bottom(&self) -> bool {
        self.state == S::default()
    }

    fn hides_parts(&self) -> bool {
        S::HIDES_PARTS
    }

    fn fingerprint(&self) -> u64 {
        fingerprint(&self.state)
    }

    fn digest(&self) -> Vec<u8> {
        rejoin_codec::to_vec(&self.state.digest()).unwrap_or_default()
    }

    fn digest_with(&self, parts: &mut dyn Iterator<Item = &[u8]>) -> Vec<u8> {
        let mut all = self.state.clone();
        for part in parts.filter_map(|part| rejoin_codec::from_slice(part).ok()) {
            all.merge(part);
        }
        rejoin_codec::to_vec(&all.digest()).unwrap_or_default()
    }

    fn diff(&self, digest: &[u8], limit: usize) -> Result<Difference, EncodeError> {
        let theirs = rejoin_codec::from_slice(digest).ok();
        let delta = theirs.and_then(|theirs: S::Digest| self.state.diff(&theirs));
        let Some(delta) = delta else { return Ok(Difference::Nothing) };
        let whole = rejoin_codec::to_vec(&delta)?;
        if whole.len() <= limit {
            return Ok(Difference::Whole(whole.into()));
        }
        let mut pieces = Vec::new();
        rejoin_codec::chunks(&delta, limit, &mut |piece| pieces.push(piece.into()))?;
        Ok(Difference::Pieces(pieces))
    }
}
