use alloc::vec::Vec;

use crate::varint;

/// The data that has been written so far.
#[derive(Default)]
pub(crate) struct Data(Vec<u8>);

impl Data {
    #[inline]
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    #[inline]
    pub(super) fn put_number(&mut self, number: u64) {
        varint::put(&mut self.0, number);
    }

    /// Writes a number before what was written since the length was `at`.
    pub(super) fn insert_number(&mut self, at: usize, number: u64) {
        let mut bytes = Vec::with_capacity(varint::MAX);
        varint::put(&mut bytes, number);
        self.0.splice(at..at, bytes);
    }

    /// Writes a number in the place of one byte.
    pub(super) fn replace_byte(&mut self, at: usize, number: u64) {
        match self.0.get_mut(at) {
            Some(byte) if number < 0x80 => *byte = number as u8,
            _ => {
                let mut bytes = Vec::with_capacity(varint::MAX);
                varint::put(&mut bytes, number);
                self.0.splice(at..=at, bytes);
            }
        }
    }

    /// To write to.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
