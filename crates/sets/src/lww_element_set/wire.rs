use core::marker::PhantomData;

use rejoin_core::wire::{self, Announced, Readable};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Bias, LwwElementSet};

/// The elements with their last writes, in ascending order.
impl<E: Serialize, T: Serialize, B> Serialize for LwwElementSet<E, T, B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let elements = self.elements.iter().map(|(element, write)| (element, Readable(write)));
        wire::serialize_entries(elements, serializer)
    }
}

impl<'de, E, T, B> Deserialize<'de> for LwwElementSet<E, T, B>
where
    E: Ord + Deserialize<'de>,
    T: Deserialize<'de>,
    B: Bias,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::deserialize_announced(deserializer)
    }
}

impl<'de, E, T, B> Announced<'de> for LwwElementSet<E, T, B>
where
    E: Ord + Deserialize<'de>,
    T: Deserialize<'de>,
    B: Bias,
{
    const NAME: &'static str = B::SET;

    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let elements = wire::deserialize_map(deserializer)?;
        Ok(Self { elements, bias: PhantomData })
    }
}
