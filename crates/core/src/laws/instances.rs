//! The types of this crate and of the clocks as [`Arbitrary`](quickcheck::Arbitrary) values.

use core::hash::Hash;
use std::boxed::Box;

use quickcheck::{Arbitrary, Gen};

use super::{AnyEdit, arbitrary, shrink};
use crate::{Causal, DotFun, DotMap, DotSet, DotStore};

impl<S> Arbitrary for Causal<S>
where
    S: DotStore + Clone + 'static,
    for<'a> S::Cursor<'a>: AnyEdit,
{
    fn arbitrary(g: &mut Gen) -> Self {
        arbitrary(g)
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        shrink(self)
    }
}

crate::laws::arbitrary_store!(impl[] DotSet);
crate::laws::arbitrary_store!(impl[V: Arbitrary] DotFun<V>);
crate::laws::arbitrary_store! {
    impl[K: Arbitrary + Hash + Eq, V: DotStore + Clone + 'static] DotMap<K, V>
    where for<'a> V::Cursor<'a>: AnyEdit
}
