//! Recovery of a replica from its records.

use rejoin_codec::SealError;
use rejoin_shape::{Shape, ShapeMismatch};
use rejoin_store::{Replica, Replicated};

use crate::storage::Stored;
use crate::stored;
use crate::unreadable::{RecordError, Unreadable};

/// In the place of the epoch of a record that has just been found.
const FRESH: u64 = u64::MAX;

/// A replica that takes in what a storage has, and notes what cannot be read.
pub(crate) struct Loading<'a, S> {
    replica: Replica<S>,
    shape: &'a Shape,
    /// Where what is stored is of another type, of which nothing is read.
    mismatch: Option<ShapeMismatch>,
    unreadable: Vec<Unreadable>,
    /// How many records have come.
    position: u64,
    /// Whether there is something that the storage should have otherwise.
    is_news: bool,
}

impl<'a, S: Replicated> Loading<'a, S> {
    pub(crate) fn new(replica: Replica<S>, shape: &'a Shape) -> Self {
        let (mismatch, unreadable) = (None, Vec::new());
        Self { replica, shape, mismatch, unreadable, position: 0, is_news: false }
    }

    /// Takes in the next record.
    ///
    /// What came before the first that is missing is complete in itself. Records after it may say
    /// which deltas are in the value *together with* what is missing, as a difference does that a
    /// peer has computed for a replica that still had it. So they are not believed. What this
    /// replica then seems to lack, peers send again.
    pub(crate) fn take(&mut self, stored: Stored<'_>) {
        let records = match stored {
            Stored::Record(bytes) => {
                self.take_record(bytes);
                1
            }
            Stored::Lost { records: 0 } => 0,
            Stored::Lost { records } => {
                self.miss(records, RecordError::Lost, Vec::new());
                records
            }
        };
        self.position = self.position.saturating_add(records);
    }

    fn take_record(&mut self, bytes: &[u8]) {
        if self.mismatch.is_some() {
            return;
        }
        match stored::decode_shape(bytes) {
            Some(Ok(shape)) => self.mismatch = self.shape.check(&shape).err(),
            Some(Err(error)) => self.miss(1, error, bytes.to_vec()),
            None => self.take_content(bytes),
        }
    }

    fn take_content(&mut self, bytes: &[u8]) {
        match stored::decode_kept(bytes) {
            Some(Ok((position, records, epoch, bytes))) => {
                let error = RecordError::Lost; // unless there are bytes, which are read at the end
                self.unreadable.push(Unreadable { position, records, epoch, error, bytes });
            }
            Some(Err(error)) => self.miss(1, RecordError::Sealed(error), bytes.to_vec()),
            None => {
                if let Err(error) = self.restore(bytes) {
                    self.miss(1, RecordError::Sealed(error), bytes.to_vec());
                }
            }
        }
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), SealError> {
        let record = stored::decode(bytes)?;
        let record = if self.is_news { record.without_numbers() } else { record };
        Ok(self.replica.restore(record)?)
    }

    fn miss(&mut self, records: u64, error: RecordError, bytes: Vec<u8>) {
        let position = self.position;
        self.unreadable.push(Unreadable { position, records, epoch: FRESH, error, bytes });
        self.is_news = true;
    }

    /// The replica, what is unreadable, and whether the storage should be compacted.
    ///
    /// A record that was kept may be readable by now, as when a type has been mended: then it is
    /// taken in, unless the value has been rewritten since.
    ///
    /// # Errors
    ///
    /// When what is stored is of another type.
    pub(crate) fn finish(self) -> Result<(Replica<S>, Vec<Unreadable>, bool), ShapeMismatch> {
        let Self { mut replica, mismatch, unreadable, mut is_news, .. } = self;
        if let Some(mismatch) = mismatch {
            return Err(mismatch);
        }
        let epoch = replica.epoch();
        let mut left = Vec::new();
        for mut record in unreadable {
            if record.epoch == FRESH {
                record.epoch = epoch;
            } else if !record.bytes.is_empty() {
                let found = stored::decode(&record.bytes);
                record.error = match found {
                    Ok(_) if record.epoch != epoch => RecordError::Epoch,
                    Ok(found) => match replica.restore(found.without_numbers()) {
                        Ok(()) => {
                            is_news = true;
                            continue;
                        }
                        Err(error) => RecordError::Sealed(error.into()),
                    },
                    Err(error) => RecordError::Sealed(error),
                };
            }
            left.push(record);
        }
        Ok((replica, left, is_news))
    }
}
