//! Recovery of a replica from its records.

use core::mem;

use rejoin_codec::SealError;
use rejoin_shape::{Shape, ShapeMismatch};
use rejoin_store::{Replica, Replicated};

use crate::storage::Stored;
use crate::stored;
use crate::unreadable::{RecordError, Unreadable};

/// In the place of the epoch of a record that has just been found.
const FRESH: u64 = u64::MAX;

/// A replica that takes in what a storage has, and notes what cannot be read.
pub(crate) struct Loading<S> {
    replica: Replica<S>,
    /// That of the type together with all that have come.
    shape: Shape,
    /// The last one that has come.
    last_shape: Option<Shape>,
    /// Where what is stored is of another type, of which nothing is read.
    mismatch: Option<ShapeMismatch>,
    unreadable: Vec<Unreadable>,
    /// How many records have come.
    position: u64,
    /// Whether there is something that the storage should have otherwise.
    is_news: bool,
}

/// What has been made of a storage.
pub(crate) struct Loaded<S> {
    pub(crate) replica: Replica<S>,
    pub(crate) unreadable: Vec<Unreadable>,
    pub(crate) shape: Shape,
    /// Whether the storage says this shape last.
    pub(crate) says_shape: bool,
    /// Whether the storage should be compacted.
    pub(crate) is_news: bool,
}

impl<S: Replicated> Loading<S> {
    pub(crate) fn new(replica: Replica<S>) -> Self {
        let shape = Shape::of::<S>();
        Self {
            replica,
            // In the form that unions have, so that it is equal to them if it says the same.
            shape: shape.union(&shape).unwrap_or(shape),
            last_shape: None,
            mismatch: None,
            unreadable: Vec::new(),
            position: 0,
            is_news: false,
        }
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
            Some(Ok(shape)) => self.take_shape(shape),
            Some(Err(error)) => self.miss(1, error, bytes.to_vec()),
            None => self.take_content(bytes),
        }
    }

    fn take_shape(&mut self, stored: Shape) {
        if stored != self.shape {
            match self.shape.union(&stored) {
                Ok(union) => self.shape = union,
                Err(mismatch) => self.mismatch = Some(mismatch),
            }
        }
        self.last_shape = Some(stored);
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

    /// The replica, and what there is to know beside it.
    ///
    /// A record that was kept may be readable by now, as when a type has been mended: then it is
    /// taken in, unless the value has been rewritten since.
    ///
    /// # Errors
    ///
    /// When what is stored is of another type.
    pub(crate) fn finish(mut self) -> Result<Loaded<S>, ShapeMismatch> {
        if let Some(mismatch) = self.mismatch {
            return Err(mismatch);
        }
        let epoch = self.replica.epoch();
        let mut left = Vec::new();
        for mut record in mem::take(&mut self.unreadable) {
            if record.epoch == FRESH {
                record.epoch = epoch;
            } else if !record.bytes.is_empty() {
                match self.take_kept(&record) {
                    Ok(()) => {
                        self.is_news = true;
                        continue;
                    }
                    Err(error) => record.error = error,
                }
            }
            left.push(record);
        }
        let Self { replica, shape, last_shape, mismatch, is_news, .. } = self;
        let says_shape = last_shape.as_ref() == Some(&shape);
        let loaded = Loaded { replica, unreadable: left, shape, says_shape, is_news };
        mismatch.map_or(Ok(loaded), Err)
    }

    fn take_kept(&mut self, record: &Unreadable) -> Result<(), RecordError> {
        if let Some(shape) = stored::decode_shape(&record.bytes) {
            self.take_shape(shape?);
            return Ok(());
        }
        let found = stored::decode(&record.bytes).map_err(RecordError::Sealed)?;
        if record.epoch != self.replica.epoch() {
            return Err(RecordError::Epoch);
        }
        let restored = self.replica.restore(found.without_numbers());
        restored.map_err(|error| RecordError::Sealed(error.into()))
    }
}
