//! For the law kit: some edit of each cursor, and each type as an `Arbitrary` value.

use core::hash::Hash;

use rejoin_core::Unnumbered;
use rejoin_core::laws::{self, AnyEdit, Arbitrary, Gen, key};

use crate::{
    Decompose, DotStore, Dotted, DottedCursor, Edit, GMap, GMapCursor, LwwMap, LwwMapCursor, OrMap,
    OrMapCursor,
};

impl<K, V> AnyEdit for GMapCursor<'_, K, V>
where
    K: Arbitrary + Ord,
    V: Edit + 'static,
    for<'a> V::Cursor<'a>: AnyEdit,
{
    fn any_edit(&mut self, g: &mut Gen) {
        self.entry(key::<K>(g)).any_edit(g);
    }
}

impl<K, V, T> AnyEdit for LwwMapCursor<'_, K, V, T>
where
    K: Arbitrary + Ord,
    V: Arbitrary + Ord,
    T: Arbitrary + Ord,
{
    fn any_edit(&mut self, g: &mut Gen) {
        let (time, key) = (T::arbitrary(g), key::<K>(g));
        if u8::arbitrary(g) % 3 == 0 {
            self.remove(time, key);
        } else {
            self.insert(time, key, V::arbitrary(g));
        }
    }
}

impl<K, V> AnyEdit for OrMapCursor<'_, K, V>
where
    K: Arbitrary + Hash + Eq,
    V: DotStore + 'static,
    for<'a> V::Cursor<'a>: AnyEdit,
{
    fn any_edit(&mut self, g: &mut Gen) {
        match u8::arbitrary(g) % 16 {
            0 => self.clear(),
            1..5 => {
                self.remove(&key::<K>(g));
            }
            _ => self.entry(key::<K>(g)).any_edit(g),
        }
    }
}

impl<L> AnyEdit for DottedCursor<'_, L>
where
    L: Edit + Unnumbered + Clone + 'static,
    for<'a> L::Cursor<'a>: AnyEdit,
{
    fn any_edit(&mut self, g: &mut Gen) {
        if u8::arbitrary(g) % 4 == 0 {
            self.clear();
        } else {
            self.edit(|value| value.any_edit(g));
        }
    }
}

laws::arbitrary! {
    impl[K: Arbitrary + Ord, V: Edit + Decompose + Clone + 'static] GMap<K, V>
    where for<'a> V::Cursor<'a>: AnyEdit
}
laws::arbitrary! {
    impl[K: Arbitrary + Ord, V: Arbitrary + Ord, T: Arbitrary + Ord] LwwMap<K, V, T>
}
laws::arbitrary_store! {
    impl[K: Arbitrary + Hash + Eq, V: DotStore + Clone + 'static] OrMap<K, V>
    where for<'a> V::Cursor<'a>: AnyEdit
}
laws::arbitrary_store! {
    impl[L: Edit + Unnumbered + Clone + 'static] Dotted<L>
    where for<'a> L::Cursor<'a>: AnyEdit
}
