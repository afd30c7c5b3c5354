use alloc::vec::Vec;

use crate::varint;

/// What the data goes to: bytes, or only their number.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]);
    fn put_number(&mut self, number: u64);
    /// Writes a number before what was written since the length was `at`.
    fn insert_number(&mut self, at: usize, number: u64);
    fn len(&self) -> usize;
}

impl Sink for Vec<u8> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    #[inline]
    fn put_number(&mut self, number: u64) {
        varint::put(self, number);
    }

    fn insert_number(&mut self, at: usize, number: u64) {
        let mut bytes = Vec::with_capacity(varint::MAX);
        varint::put(&mut bytes, number);
        self.splice(at..at, bytes);
    }

    fn len(&self) -> usize {
        self.len()
    }
}

/// The number of bytes that were written.
#[derive(Default)]
pub(crate) struct Count(usize);

impl Sink for Count {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }

    fn put_number(&mut self, number: u64) {
        self.0 += varint::len(number);
    }

    fn insert_number(&mut self, _at: usize, number: u64) {
        self.0 += varint::len(number);
    }

    fn len(&self) -> usize {
        self.0
    }
}
