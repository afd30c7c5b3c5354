use bytes::Bytes;
use rejoin_codec::{DecodeError, EncodeError};
use rejoin_core::{ForkedId, ReplicaId};

use crate::encoding::Encoding;

/// A value of an unknown type, which reads and writes bytes. [`Value`](crate::Value) is one.
///
/// What comes from others is first [read](Self::read), all of it, and then merged by its place in
/// what was read. So nothing of it has changed the value if something in it is wrong.
pub trait Content {
    /// Reads what has come, for the replica `own`, and keeps it until the next time.
    ///
    /// # Errors
    ///
    /// When something cannot be read, or tells of another process that writes as `own`.
    fn read(
        &mut self,
        own: ReplicaId,
        news: &mut dyn Iterator<Item = Encoding<'_>>,
    ) -> Result<(), Unfit>;

    /// As [`read`](Self::read), for what is durable here.
    ///
    /// # Errors
    ///
    /// When something cannot be read.
    fn read_stored(
        &mut self,
        news: &mut dyn Iterator<Item = Encoding<'_>>,
    ) -> Result<(), DecodeError>;

    /// Merges what was read, by its place, and returns whether the value changed.
    fn apply(&mut self, place: usize) -> bool;

    /// As [`apply`](Self::apply), for what travels by no delta: it is
    /// [to be stored](Self::take_learned) as a part of the value.
    fn learn(&mut self, place: usize) -> bool;

    /// Merges what had been read before and was kept as bytes.
    fn merge(&mut self, news: Encoding<'_>) -> bool;

    /// The encoding of all edits since [`forget_edits`](Self::forget_edits), as a delta of `own`;
    /// `None` if they change nothing. If they cannot be encoded, they are
    /// [learned](Self::learn_edits), so that storing them is an error.
    fn edits(&mut self, own: ReplicaId) -> Option<Vec<u8>>;

    /// Forgets the edits, because a delta has them.
    fn forget_edits(&mut self);

    /// Turns the edits into something that travels by no delta.
    fn learn_edits(&mut self);

    /// Takes the encoding of what travels by no delta, if there is something.
    ///
    /// # Errors
    ///
    /// When it cannot be encoded. It is still there then.
    fn take_learned(&mut self) -> Result<Option<Vec<u8>>, EncodeError>;

    /// Whether something travels by no delta.
    fn has_learned(&self) -> bool;

    /// Whether it is the bottom of its type.
    fn is_bottom(&self) -> bool;

    /// Whether parts of a difference show nothing of an edit until all have come
    /// ([`Decompose::HIDES_PARTS`](rejoin_core::Decompose::HIDES_PARTS)).
    fn hides_parts(&self) -> bool;

    /// The [fingerprint](crate::fingerprint) of the value. It takes the time of encoding it.
    fn fingerprint(&self) -> u64;

    /// The encoding of its digest.
    fn digest(&self) -> Vec<u8>;

    /// The encoding of the digest of the value joined with some parts.
    fn digest_with(&self, parts: &mut dyn Iterator<Item = &[u8]>) -> Vec<u8>;

    /// Reads a digest.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn check_digest(&self, digest: &[u8]) -> Result<(), DecodeError>;

    /// What a peer lacks that has this digest, which was [checked](Self::check_digest): whole, or
    /// in pieces if it takes more than `limit` bytes. A piece that cannot be taken apart may be
    /// longer.
    ///
    /// # Errors
    ///
    /// When it cannot be encoded.
    fn diff(&self, digest: &[u8], limit: usize) -> Result<Difference, EncodeError>;
}

/// What a peer lacks, encoded as [parts](Encoding::Part).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It lacks nothing.
    Nothing,
    /// It is within the limit.
    Whole(Bytes),
    /// It is longer.
    Pieces(Vec<Bytes>),
}

/// What cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It cannot be read.
    Decode(DecodeError),
    /// Another process writes under the id of this replica.
    Forked(ForkedId),
}
