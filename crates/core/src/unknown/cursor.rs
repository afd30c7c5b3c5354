use rejoin_clocks::CausalContext;

use super::Unknown;
use crate::DotStore;
use crate::store::{Journal, Writer};

/// Edits an [`Unknown`], of which nothing can be written here.
#[derive(Debug)]
pub struct UnknownCursor<'a> {
    pub(super) value: &'a mut Unknown,
    pub(super) writer: Writer<'a, Unknown>,
}

impl UnknownCursor<'_> {
    /// Removes the content of every field that is not known here, and returns whether there was
    /// any. What other replicas write at the same time stays.
    pub fn clear(&mut self) -> bool {
        if self.value.is_empty() {
            return false;
        }
        let content = core::mem::take(self.value);
        content.dots(&mut |dot| self.writer.supersede(dot));
        let none = CausalContext::new(); // under which both sides stay
        self.writer.removed().join(&none, content, &none, &mut Journal::new());
        self.writer.mint_removal();
        true
    }
}

impl core::ops::Deref for UnknownCursor<'_> {
    type Target = Unknown;

    fn deref(&self) -> &Unknown {
        self.value
    }
}
