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

    /// Writes, in the place of one byte, the number of a combination of fields, and of a new one
    /// how many fields it has, and the numbers of these.
    pub(super) fn put_combination(&mut self, at: usize, number: u64, new: Option<&[u32]>) {
        match (self.0.get_mut(at), new) {
            (Some(byte), None) if number < 0x80 => *byte = number as u8,
            _ => {
                let mut bytes = Vec::new();
                varint::put(&mut bytes, number);
                if let Some(new) = new {
                    varint::put(&mut bytes, new.len() as u64);
                    new.iter().for_each(|number| varint::put(&mut bytes, (*number).into()));
                }
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
