use alloc::vec::Vec;

use crate::Reason;
use crate::varint;

/// Writes how many dots each store has, in the order of the data. Nearly all have one, so only the
/// others are there, each after the number of those with one before it:
///
/// ```text
/// exception = ones before * 2 + is empty, [dots - 2, unless empty]
/// ```
#[derive(Default)]
pub(crate) struct CountWriter {
    bytes: Vec<u8>,
    ones: u64,
}

impl CountWriter {
    #[inline]
    pub(crate) fn push(&mut self, count: usize) {
        if count == 1 {
            self.ones += 1;
            return;
        }
        varint::put(&mut self.bytes, self.ones << 1 | u64::from(count == 0));
        self.ones = 0;
        if count > 1 {
            varint::put(&mut self.bytes, count as u64 - 2);
        }
    }

    pub(crate) fn finish(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads what [`CountWriter`] writes.
pub(crate) struct CountReader<'de> {
    bytes: &'de [u8],
    /// How many ones come before `exception`, or before the end if there is none.
    ones: u64,
    exception: Option<u64>,
}

impl<'de> CountReader<'de> {
    pub(crate) fn new(bytes: &'de [u8]) -> Result<Self, Reason> {
        let mut reader = Self { bytes, ones: 0, exception: None };
        reader.load()?;
        Ok(reader)
    }

    #[inline]
    pub(crate) fn next(&mut self) -> Result<u64, Reason> {
        match self.exception {
            None => Ok(1),
            Some(_) if self.ones > 0 => {
                self.ones -= 1;
                Ok(1)
            }
            Some(count) => {
                self.load()?;
                Ok(count)
            }
        }
    }

    fn load(&mut self) -> Result<(), Reason> {
        self.exception = None;
        if self.bytes.is_empty() {
            return Ok(());
        }
        let head = varint::take(&mut self.bytes)?;
        let is_empty = head & 1 == 1;
        self.ones = head >> 1;
        self.exception = Some(if is_empty {
            0
        } else {
            varint::take(&mut self.bytes)?.checked_add(2).ok_or(Reason::Count)?
        });
        Ok(())
    }

    /// Checks that all was read.
    pub(crate) fn finish(&self) -> Result<(), Reason> {
        if self.exception.is_none() { Ok(()) } else { Err(Reason::Count) }
    }
}
