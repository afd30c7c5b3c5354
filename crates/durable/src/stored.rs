//! Encoding of records and snapshots.

use rejoin_codec::{EncodeError, SealError};
use rejoin_shape::Shape;
use rejoin_store::{Record, Replica, Replicated};

use crate::unreadable::{RecordError, Unreadable};

/// The first byte of a stored [`Record`].
const RECORD: u8 = 1;

/// The first byte of a stored chunk of a value.
const CHUNK: u8 = 2;

/// The first byte of an [`Unreadable`] record that is kept.
const KEPT: u8 = 3;

/// The first byte of the [`Shape`] of what the records are of: the first record of a snapshot, and
/// of a log without one. In a log there may be others, each of which has all that is in those
/// before it.
const SHAPE: u8 = 4;

/// The longest chunk of a snapshot, if it can be cut: what is in memory beside the value while it
/// is written and read. A little less than a power of two, for storages that pad to one.
const CHUNK_BYTES: usize = 60 << 10;

/// A value of no more than this is one chunk: cutting takes several times as long as encoding.
const UNCUT_BYTES: u64 = 4 << 20;

pub(crate) fn encode_shape(shape: &Shape) -> Vec<u8> {
    rejoin_codec::seal_bytes(SHAPE, &shape.encode())
}

/// If these bytes are a shape, that; `Err` if they were one.
pub(crate) fn decode_shape(bytes: &[u8]) -> Option<Result<Shape, RecordError>> {
    (bytes.first() == Some(&SHAPE)).then(|| {
        let shape = rejoin_codec::open_bytes(SHAPE, bytes).map_err(RecordError::Sealed)?;
        Shape::decode(shape).map_err(RecordError::Shape)
    })
}

pub(crate) fn encode(record: &Record) -> Result<Vec<u8>, EncodeError> {
    rejoin_codec::seal(RECORD, record)
}

/// Calls `visit` with everything that the replica has, in records of a bounded size, and with what
/// is kept beside it, behind the shape of all that. It takes up to `bytes` in the records
/// so far.
///
/// The numbers of the deltas come last: they are true only together with all of the value. They
/// have a record of their own, so that they, the epoch and the notes can be read if the value
/// cannot.
pub(crate) fn snapshot<S: Replicated>(
    replica: &Replica<S>,
    unreadable: &[Unreadable],
    shape: &Shape,
    bytes: u64,
    visit: &mut dyn FnMut(&[u8]),
) -> Result<(), EncodeError> {
    visit(&encode_shape(shape));
    let mut rest = replica.snapshot();
    for piece in rest.take_pieces() {
        visit(&rejoin_codec::seal(RECORD, &piece)?);
    }
    let mut enclose = |chunk: Vec<u8>| visit(&rejoin_codec::seal_bytes(CHUNK, &chunk));
    if bytes <= UNCUT_BYTES {
        enclose(rejoin_codec::to_vec(replica.state())?);
    } else {
        rejoin_codec::chunks(replica.state(), CHUNK_BYTES, &mut enclose)?;
    }
    for Unreadable { position, records, epoch, bytes, .. } in unreadable {
        visit(&rejoin_codec::seal(KEPT, &(position, records, epoch, bytes))?);
    }
    visit(&rejoin_codec::seal(RECORD, &rest)?);
    Ok(())
}

/// A stored record or chunk.
pub(crate) fn decode(bytes: &[u8]) -> Result<Record, SealError> {
    match bytes.first() {
        Some(&CHUNK) => {
            let chunk = rejoin_codec::open_bytes(CHUNK, bytes)?;
            Ok(Record::of_state(chunk.to_vec()))
        }
        _ => rejoin_codec::open(RECORD, bytes),
    }
}

/// A record that was kept: where it was, how many it stands for, its epoch, and itself.
pub(crate) type Kept = (u64, u64, u64, Vec<u8>);

/// If these bytes are a record that was kept unread, that.
pub(crate) fn decode_kept(bytes: &[u8]) -> Option<Result<Kept, SealError>> {
    (bytes.first() == Some(&KEPT)).then(|| rejoin_codec::open(KEPT, bytes))
}
