//! Encoding of records and snapshots, and recovery from them.

use rejoin_codec::{EncodeError, SealError};
use rejoin_store::{Record, Replica, Replicated};

/// The first byte of a stored [`Record`].
const RECORD: u8 = 1;

/// The first byte of a stored chunk of a value.
const CHUNK: u8 = 2;

/// The longest chunk of a snapshot, if it can be cut: what is in memory beside the value while it
/// is written and read. A little less than a power of two, for storages that pad to one.
const CHUNK_BYTES: usize = 60 << 10;

/// A value of no more than this is one chunk: cutting takes several times as long as encoding.
const UNCUT_BYTES: u64 = 4 << 20;

pub(crate) fn encode<S: Replicated>(record: &Record<S>) -> Result<Vec<u8>, EncodeError> {
    rejoin_codec::seal(RECORD, record)
}

/// Calls `visit` with everything that the replica has, in records of a bounded size. It takes up to
/// `bytes` in the records so far.
///
/// The numbers of the deltas come last: they are true only together with all of the value.
pub(crate) fn snapshot<S: Replicated>(
    replica: &Replica<S>,
    bytes: u64,
    visit: &mut dyn FnMut(&[u8]),
) -> Result<(), EncodeError> {
    let mut rest = replica.snapshot();
    for piece in rest.take_pieces() {
        visit(&rejoin_codec::seal(RECORD, &piece)?);
    }
    if bytes <= UNCUT_BYTES {
        visit(&rejoin_codec::seal(RECORD, &rest)?);
        return Ok(());
    }
    if let Some(state) = rest.take_state() {
        let mut enclose = |chunk: Vec<u8>| visit(&rejoin_codec::seal_bytes(CHUNK, &chunk));
        rejoin_codec::chunks(state, CHUNK_BYTES, &mut enclose)?;
    }
    visit(&rejoin_codec::seal(RECORD, &rest)?);
    Ok(())
}

/// Adds a stored record or chunk to the replica.
pub(crate) fn restore<S: Replicated>(
    replica: &mut Replica<S>,
    bytes: &[u8],
) -> Result<(), SealError> {
    let record = match bytes.first() {
        Some(&CHUNK) => Record::of_state(rejoin_codec::open(CHUNK, bytes)?),
        _ => rejoin_codec::open(RECORD, bytes)?,
    };
    replica.restore(record);
    Ok(())
}
