use rejoin_core::ReplicaId;

use super::table::is_unique;
use crate::Reason;

/// The bytes of a replica id.
pub(crate) type Id = [u8; 16];

/// The table of replica ids, and how much of it was used.
pub(crate) struct ReplicaReader<'de> {
    /// Those that are in the table though they were not written.
    known: &'de [ReplicaId],
    ids: &'de [Id],
    used: usize,
}

impl<'de> ReplicaReader<'de> {
    /// Checks that no id is there twice. Computes in O(n log n) time.
    pub(crate) fn new(known: &'de [ReplicaId], ids: &'de [Id]) -> Result<Self, Reason> {
        let all = known.iter().map(ReplicaId::as_bytes).chain(ids);
        if is_unique(all) { Ok(Self { known, ids, used: 0 }) } else { Err(Reason::Replica) }
    }

    /// The id in a place; new places come in order.
    #[inline]
    pub(crate) fn id(&mut self, place: u64) -> Result<&'de Id, Reason> {
        let place = usize::try_from(place).map_err(|_| Reason::Replica)?;
        if let Some(id) = self.known.get(place) {
            return Ok(id.as_bytes());
        }
        let place = place - self.known.len();
        if place > self.used {
            return Err(Reason::Replica);
        }
        let id = self.ids.get(place).ok_or(Reason::Replica)?;
        self.used = self.used.max(place + 1);
        Ok(id)
    }

    /// Checks that every id was used.
    pub(crate) fn finish(&self) -> Result<(), Reason> {
        if self.used == self.ids.len() { Ok(()) } else { Err(Reason::Replica) }
    }
}
