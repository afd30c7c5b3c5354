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
        let content = core::mem::take(self.value);
        self.supersede(content)
    }

    /// Removes the content of one field, such as one that has been given up, and returns whether
    /// there was any.
    ///
    /// ```
    /// use rejoin_core::{Causal, DotSet, DotStore, Edit, ReplicaId, Unknown};
    ///
    /// #[derive(Clone, Debug, Default, PartialEq, DotStore)]
    /// struct Lamp {
    ///     on: DotSet,
    ///     #[crdt(unknown)]
    ///     unknown: Unknown,
    /// }
    /// let mut lamp = Causal::<Lamp>::default();
    /// lamp.edit(ReplicaId::from_u128(1), |lamp| lamp.unknown().remove("color"));
    /// ```
    pub fn remove(&mut self, field: &str) -> bool {
        self.value.remove(field).is_some_and(|content| self.supersede(content))
    }

    fn supersede(&mut self, content: Unknown) -> bool {
        if content.is_empty() {
            return false;
        }
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
