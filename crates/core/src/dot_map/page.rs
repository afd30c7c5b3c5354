use alloc::vec::Vec;

/// The slots of up to 64 dots.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// A bit for each live dot.
    pub(super) present: u64,
    slots: Slots,
}

#[derive(Clone, Debug)]
enum Slots {
    /// The slot of a dot is this plus the dot's bit (modulo 2³²).
    Line(u32),
    /// The slots of the live dots, in ascending order of dots.
    List(Vec<u32>),
}

/// The numbers of the bits, in ascending order.
pub(super) fn bits(mut bits: u64) -> impl Iterator<Item = u32> {
    core::iter::from_fn(move || {
        let bit = (bits != 0).then(|| bits.trailing_zeros())?;
        bits &= bits - 1;
        Some(bit)
    })
}

impl Page {
    pub(super) fn new(bit: u32, slot: u32) -> Self {
        Self { present: 1 << bit, slots: Slots::Line(slot.wrapping_sub(bit)) }
    }

    /// How many live dots are before `bit`.
    pub(super) fn rank(&self, bit: u32) -> usize {
        (self.present & ((1 << bit) - 1)).count_ones() as usize
    }

    /// The slot of a bit that is present.
    pub(super) fn slot(&self, bit: u32) -> u32 {
        match &self.slots {
            Slots::Line(base) => base.wrapping_add(bit),
            Slots::List(slots) => slots.get(self.rank(bit)).copied().unwrap_or(u32::MAX),
        }
    }

    /// Sets the slot of a bit, and says whether it is new.
    #[inline]
    pub(super) fn insert(&mut self, bit: u32, slot: u32) -> bool {
        let is_new = self.present & (1 << bit) == 0;
        match self.slots {
            Slots::Line(base) if base.wrapping_add(bit) == slot => self.present |= 1 << bit,
            _ => self.insert_apart(bit, slot, is_new),
        }
        is_new
    }

    /// Sets a slot that may not follow the bits.
    #[inline(never)] // which is rare
    fn insert_apart(&mut self, bit: u32, slot: u32, is_new: bool) {
        if let Slots::Line(base) = self.slots {
            let slots = bits(self.present).map(|bit| base.wrapping_add(bit));
            self.slots = Slots::List(slots.collect());
        }
        let at = self.rank(bit);
        self.present |= 1 << bit;
        if let Slots::List(slots) = &mut self.slots {
            if is_new {
                slots.insert(at, slot);
            } else {
                slots[at] = slot;
            }
        }
    }

    pub(super) fn remove(&mut self, bit: u32) {
        if self.present & (1 << bit) != 0 {
            let at = matches!(self.slots, Slots::List(_)).then(|| self.rank(bit));
            if let (Some(at), Slots::List(slots)) = (at, &mut self.slots) {
                slots.remove(at);
            }
            self.present &= !(1 << bit);
        }
    }
}
