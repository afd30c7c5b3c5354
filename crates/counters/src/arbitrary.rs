//! For the law kit: some edit of each cursor, and each type as an `Arbitrary` value.

use alloc::vec::Vec;

use rejoin_core::laws::{self, AnyEdit, Arbitrary, Gen};

use crate::{
    BoundedCounter, BoundedCounterCursor, GCounter, GCounterCursor, PnCounter, PnCounterCursor,
    ReplicaId, ResetCounter, ResetCounterCursor,
};

impl AnyEdit for GCounterCursor<'_> {
    fn any_edit(&mut self, g: &mut Gen) {
        self.increment(u8::arbitrary(g).into());
    }
}

impl AnyEdit for PnCounterCursor<'_> {
    fn any_edit(&mut self, g: &mut Gen) {
        let by = u8::arbitrary(g).into();
        if bool::arbitrary(g) {
            self.increment(by);
        } else {
            self.decrement(by);
        }
    }
}

impl AnyEdit for BoundedCounterCursor<'_> {
    /// What is not available is not spent, and a transfer is to anyone who has counted.
    fn any_edit(&mut self, g: &mut Gen) {
        let by = (u8::arbitrary(g) % 16).into();
        match u8::arbitrary(g) % 3 {
            0 => {
                self.increment(by);
            }
            1 => {
                let _ = self.decrement(by);
            }
            _ => {
                let known: Vec<ReplicaId> = self.writers().collect();
                if let Some(to) = g.choose(&known) {
                    let _ = self.transfer(to.node(), by);
                }
            }
        }
    }
}

impl AnyEdit for ResetCounterCursor<'_> {
    fn any_edit(&mut self, g: &mut Gen) {
        if u8::arbitrary(g) % 4 == 0 {
            self.reset();
        } else {
            self.add(i8::arbitrary(g).into());
        }
    }
}

laws::arbitrary!(GCounter);
laws::arbitrary!(PnCounter);
laws::arbitrary!(BoundedCounter);
laws::arbitrary_store!(ResetCounter);
