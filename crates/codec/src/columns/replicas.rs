use alloc::vec::Vec;

use hashbrown::HashMap;

use crate::Reason;

/// The bytes of a replica id.
pub(crate) type Id = [u8; 16];

/// Collects replica ids in the order of their first use.
#[derive(Default)]
pub(crate) struct ReplicaWriter {
    ids: Vec<Id>,
    /// Only from the second id on.
    places: HashMap<Id, usize>,
    /// The place that was asked for last: most questions repeat.
    last: usize,
}

impl ReplicaWriter {
    /// The place of `id` in the table, which gets it if it is new.
    #[inline]
    pub(crate) fn place(&mut self, id: &Id) -> usize {
        if self.ids.get(self.last) != Some(id) {
            self.last = self.look_up(id);
        }
        self.last
    }

    fn look_up(&mut self, id: &Id) -> usize {
        if let [first] = self.ids[..] {
            self.places.insert(first, 0);
        }
        let next = self.ids.len();
        if next == 0 {
            self.ids.push(*id);
            return 0;
        }
        let place = *self.places.entry(*id).or_insert(next);
        if place == next {
            self.ids.push(*id);
        }
        place
    }

    pub(crate) fn ids(&self) -> &[Id] {
        &self.ids
    }
}

/// The table of replica ids, and how much of it was used.
pub(crate) struct ReplicaReader<'de> {
    ids: &'de [Id],
    used: usize,
}

impl<'de> ReplicaReader<'de> {
    /// Checks that no id is there twice. Computes in O(n log n) time.
    pub(crate) fn new(ids: &'de [Id]) -> Result<Self, Reason> {
        if ids.len() > 1 {
            let mut sorted: Vec<&Id> = ids.iter().collect();
            sorted.sort_unstable();
            if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(Reason::Replica);
            }
        }
        Ok(Self { ids, used: 0 })
    }

    /// The id in a place; new places come in order.
    #[inline]
    pub(crate) fn id(&mut self, place: u64) -> Result<&'de Id, Reason> {
        let place = usize::try_from(place).map_err(|_| Reason::Replica)?;
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
