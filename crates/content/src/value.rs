use core::mem;

use rejoin_codec::{Codec, DecodeError, EncodeError};
use rejoin_core::{Edit, ReplicaId};

use crate::content::{Content, Difference, Unfit};
use crate::encoding::{Encoding, delta_codec, fingerprint};
use crate::refused::RefusedEdit;
use crate::replicated::Replicated;

/// How deep an edit may nest: less than the codec reads, because messages of layers above enclose
/// values.
const MAX_DEPTH: usize = 120;

/// A value, and what of it waits to be encoded: the [`Content`] of a replica of `S`.
#[derive(Clone, Debug, Default)]
pub struct Value<S> {
    state: S,
    /// Edited here since the last delta was made of it.
    edits: S,
    /// The encoding of `edits`, if it is one edit.
    encoded: Option<Vec<u8>>,
    /// What has come, or was edited, and travels by no delta.
    learned: Option<S>,
    /// What was [read](Content::read) last.
    read: Vec<Option<S>>,
}

impl<S> Value<S> {
    /// The value as it is here and now.
    #[must_use]
    pub fn state(&self) -> &S {
        &self.state
    }

    fn take_read(&mut self, place: usize) -> Option<S> {
        self.read.get_mut(place).and_then(Option::take)
    }
}

impl<S: Replicated> Value<S> {
    /// A value of which nothing waits.
    #[must_use]
    pub fn new(state: S) -> Self {
        Self { state, ..Self::default() }
    }

    /// Edits the value as the replica `own`. An edit that is kept has been read back from its
    /// encoding. If `edit` panics, nothing has changed.
    ///
    /// # Errors
    ///
    /// When what the edit changes cannot be encoded and read back, or takes more than `limit`
    /// bytes. Then nothing has changed.
    pub fn stage<R>(
        &mut self,
        own: ReplicaId,
        limit: usize,
        edit: impl FnOnce(&mut S::Cursor<'_>) -> R,
    ) -> Result<R, RefusedEdit>
    where
        S: Edit,
    {
        self.stage_if(own, limit, edit, |_, _| Ok(()))
    }

    /// As [`stage`](Self::stage), if `accept` accepts the value as it is then, and the delta.
    ///
    /// # Errors
    ///
    /// As [`stage`](Self::stage), and those of `accept`.
    pub fn stage_if<R>(
        &mut self,
        own: ReplicaId,
        limit: usize,
        edit: impl FnOnce(&mut S::Cursor<'_>) -> R,
        accept: impl FnOnce(&S, &S) -> Result<(), RefusedEdit>,
    ) -> Result<R, RefusedEdit>
    where
        S: Edit,
    {
        let mut encoded = Vec::new();
        let accept = |after: &S, delta: &S| -> Result<(), RefusedEdit> {
            encoded = encode(delta, own, limit)?;
            accept(after, delta)
        };
        let (result, delta) = self.state.edit_if(own, |cursor| Ok(edit(cursor)), accept)?;
        self.push(delta, encoded);
        Ok(result)
    }

    /// Joins a delta that was made elsewhere, as if it were a [staged](Self::stage) edit, and
    /// returns whether the value changed.
    ///
    /// # Errors
    ///
    /// As [`stage`](Self::stage).
    pub fn stage_delta(
        &mut self,
        own: ReplicaId,
        limit: usize,
        delta: S,
    ) -> Result<bool, RefusedEdit> {
        let encoded = encode(&delta, own, limit)?;
        let changed = self.state.merge(delta.clone());
        if changed {
            self.push(delta, encoded);
        }
        Ok(changed)
    }

    /// Joins what travels by no delta, and returns whether the value changed.
    pub fn learn_value(&mut self, delta: S) -> bool {
        let changed = self.state.merge(delta.clone());
        if changed {
            self.learned.get_or_insert_default().merge(delta);
        }
        changed
    }

    /// Keeps an edit for the next delta, and its encoding if it is the only one.
    fn push(&mut self, delta: S, encoded: Vec<u8>) {
        let bottom = S::default();
        if self.edits != bottom {
            if self.edits.merge(delta) {
                self.encoded = None;
            }
        } else if delta != bottom {
            (self.edits, self.encoded) = (delta, Some(encoded));
        }
    }
}

/// The encoding of a delta, from which it has been read back.
fn encode<S: Replicated>(delta: &S, own: ReplicaId, limit: usize) -> Result<Vec<u8>, RefusedEdit> {
    let writer = [own];
    let codec = delta_codec(&writer).with_max_depth(MAX_DEPTH);
    let encoded = codec.to_vec_checked(delta)?;
    match encoded.len() {
        bytes if bytes > limit => Err(RefusedEdit::TooLong { bytes, limit }),
        _ => Ok(encoded),
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
        let encoded = delta_codec(&[own]).to_vec(&self.edits).ok();
        if encoded.is_none() {
            self.learn_edits();
        }
        encoded
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

    fn check_digest(&self, digest: &[u8]) -> Result<(), DecodeError> {
        rejoin_codec::from_slice::<S::Digest>(digest).map(|_| ())
    }

    fn diff(&self, digest: &[u8], limit: usize) -> Result<Difference, EncodeError> {
        let theirs = rejoin_codec::from_slice(digest).ok();
        let delta = theirs.and_then(|theirs: S::Digest| self.state.diff(&theirs));
        let Some(delta) = delta else { return Ok(Difference::Nothing) };
        let whole = rejoin_codec::to_vec(&delta)?;
        if whole.len() <= limit {
            return Ok(Difference::Whole(whole.into()));
        }
        drop(whole);
        let mut pieces = Vec::new();
        Codec::new().chunks(&delta, limit, &mut |piece| pieces.push(piece.into()))?;
        Ok(Difference::Pieces(pieces))
    }
}
