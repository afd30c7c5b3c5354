//! For the law kit: some edit of each cursor, and each type as an `Arbitrary` value.

use rejoin_core::laws::{self, AnyEdit, Arbitrary, Gen};

use crate::{
    DwFlag, DwFlagCursor, EwFlag, EwFlagCursor, LwwRegister, LwwRegisterCursor, Max, MaxCursor,
    Min, MinCursor, MvRegister, MvRegisterCursor,
};

impl<T: Arbitrary + Ord> AnyEdit for MaxCursor<'_, T> {
    fn any_edit(&mut self, g: &mut Gen) {
        self.set(T::arbitrary(g));
    }
}

impl<T: Arbitrary + Ord> AnyEdit for MinCursor<'_, T> {
    fn any_edit(&mut self, g: &mut Gen) {
        self.set(T::arbitrary(g));
    }
}

impl<V: Arbitrary + Ord, T: Arbitrary + Ord> AnyEdit for LwwRegisterCursor<'_, V, T> {
    fn any_edit(&mut self, g: &mut Gen) {
        self.set(T::arbitrary(g), V::arbitrary(g));
    }
}

impl<V: Arbitrary> AnyEdit for MvRegisterCursor<'_, V> {
    fn any_edit(&mut self, g: &mut Gen) {
        if u8::arbitrary(g) % 4 == 0 {
            self.clear();
        } else {
            self.set(V::arbitrary(g));
        }
    }
}

impl AnyEdit for EwFlagCursor<'_> {
    fn any_edit(&mut self, g: &mut Gen) {
        if bool::arbitrary(g) {
            self.enable();
        } else {
            self.disable();
        }
    }
}

impl AnyEdit for DwFlagCursor<'_> {
    fn any_edit(&mut self, g: &mut Gen) {
        if bool::arbitrary(g) {
            self.enable();
        } else {
            self.disable();
        }
    }
}

laws::arbitrary!(impl[T: Arbitrary + Ord] Max<T>);
laws::arbitrary!(impl[T: Arbitrary + Ord] Min<T>);
laws::arbitrary!(impl[V: Arbitrary + Ord, T: Arbitrary + Ord] LwwRegister<V, T>);
laws::arbitrary_store!(impl[V: Arbitrary] MvRegister<V>);
laws::arbitrary_store!(EwFlag);
laws::arbitrary_store!(DwFlag);
