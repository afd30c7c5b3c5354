use alloc::boxed::Box;
use alloc::vec::Vec;

use hashbrown::HashMap;

use super::table::is_unique;
use crate::{EncodeError, Reason, varint};

/// The longest name of a variant: each use of it takes a byte, so a longer one would let a few
/// bytes stand for many.
pub(crate) const MAX_NAME: usize = 255;

/// The names of variants that have been written.
///
/// A variant is written as the place of its name, from 1 on; 0 stands for a new name, which
/// follows. Names and not numbers, because a reader counts the variants of an enum without those
/// that it skips, and so is wrong about the numbers of all that come after one.
#[derive(Default)]
pub(crate) struct NameWriter {
    names: Vec<Box<str>>,
    /// Their places in the list.
    places: HashMap<Box<str>, usize>,
    /// The place that was asked for last: most questions repeat.
    last: usize,
}

impl NameWriter {
    /// Writes a name.
    pub(crate) fn put(&mut self, name: &str, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.names.get(self.last).is_none_or(|last| **last != *name) {
            match self.places.get(name) {
                Some(place) => self.last = *place,
                None if name.len() > MAX_NAME => return Err(EncodeError::LongName(name.into())),
                None => {
                    self.last = self.names.len();
                    self.names.push(name.into());
                    self.places.insert(name.into(), self.last);
                    varint::put(out, 0);
                    varint::put(out, name.len() as u64);
                    out.extend_from_slice(name.as_bytes());
                    return Ok(());
                }
            }
        }
        varint::put(out, self.last as u64 + 1);
        Ok(())
    }
}

/// The names of variants that have been read.
#[derive(Default)]
pub(crate) struct NameReader<'de> {
    names: Vec<&'de str>,
}

impl<'de> NameReader<'de> {
    /// Takes a new name.
    pub(crate) fn push(&mut self, name: &'de [u8]) -> Result<&'de str, Reason> {
        if name.len() > MAX_NAME {
            return Err(Reason::Variant);
        }
        let name = core::str::from_utf8(name).map_err(|_| Reason::Text)?;
        self.names.push(name);
        Ok(name)
    }

    /// The name in a place, from 1 on.
    #[inline]
    pub(crate) fn get(&self, place: u64) -> Result<&'de str, Reason> {
        let index = place.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| self.names.get(index)).copied().ok_or(Reason::Variant)
    }

    /// Checks that no name came twice.
    pub(crate) fn finish(&self) -> Result<(), Reason> {
        if is_unique(self.names.iter()) { Ok(()) } else { Err(Reason::Variant) }
    }
}
