//! For the law kit: some edit of each cursor, and each type as an `Arbitrary` value.

use core::hash::Hash;

use rejoin_core::laws::{self, AnyEdit, Arbitrary, Gen, key};

use crate::{
    AwBag, AwBagCursor, AwSet, AwSetCursor, Bias, GSet, GSetCursor, LwwElementSet,
    LwwElementSetCursor, RwSet, RwSetCursor, TwoPhaseSet, TwoPhaseSetCursor,
};

impl<T: Arbitrary + Ord> AnyEdit for GSetCursor<'_, T> {
    fn any_edit(&mut self, g: &mut Gen) {
        self.insert(key::<T>(g));
    }
}

impl<T: Arbitrary + Ord> AnyEdit for TwoPhaseSetCursor<'_, T> {
    fn any_edit(&mut self, g: &mut Gen) {
        match u8::arbitrary(g) % 8 {
            0 => self.clear(),
            1..4 => {
                self.remove(&key::<T>(g));
            }
            _ => {
                self.insert(key::<T>(g));
            }
        }
    }
}

impl<E, T, B> AnyEdit for LwwElementSetCursor<'_, E, T, B>
where
    E: Arbitrary + Ord,
    T: Arbitrary + Ord,
    B: Bias,
{
    fn any_edit(&mut self, g: &mut Gen) {
        let (time, element) = (T::arbitrary(g), key::<E>(g));
        if u8::arbitrary(g) % 3 == 0 {
            self.remove(time, element);
        } else {
            self.insert(time, element);
        }
    }
}

impl<E: Arbitrary + Hash + Eq> AnyEdit for AwSetCursor<'_, E> {
    fn any_edit(&mut self, g: &mut Gen) {
        match u8::arbitrary(g) % 16 {
            0 => self.clear(),
            1..6 => {
                self.remove(&key::<E>(g));
            }
            _ => {
                self.insert(key::<E>(g));
            }
        }
    }
}

impl<E: Arbitrary + Hash + Eq> AnyEdit for RwSetCursor<'_, E> {
    fn any_edit(&mut self, g: &mut Gen) {
        match u8::arbitrary(g) % 16 {
            0 => self.clear(),
            1 => {
                self.forget();
            }
            2..6 => {
                self.remove(key::<E>(g));
            }
            _ => {
                self.insert(key::<E>(g));
            }
        }
    }
}

impl<E: Arbitrary + Hash + Eq> AnyEdit for AwBagCursor<'_, E> {
    fn any_edit(&mut self, g: &mut Gen) {
        match u8::arbitrary(g) % 16 {
            0 => self.clear(),
            1..4 => {
                self.remove(&key::<E>(g));
            }
            4..7 => {
                self.remove_one(key::<E>(g));
            }
            _ => {
                self.insert(key::<E>(g));
            }
        }
    }
}

laws::arbitrary!(impl[T: Arbitrary + Ord] GSet<T>);
laws::arbitrary!(impl[T: Arbitrary + Ord] TwoPhaseSet<T>);
laws::arbitrary! {
    impl[E: Arbitrary + Ord, T: Arbitrary + Ord, B: Bias + 'static] LwwElementSet<E, T, B>
}
laws::arbitrary_store!(impl[E: Arbitrary + Hash + Eq] AwSet<E>);
laws::arbitrary_store!(impl[E: Arbitrary + Hash + Eq] RwSet<E>);
laws::arbitrary_store!(impl[E: Arbitrary + Hash + Eq] AwBag<E>);
