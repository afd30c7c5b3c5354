use core::fmt;
use core::marker::PhantomData;

use rejoin_core::ReplicaId;
use rejoin_core::wire::{self, Announced, Readable};
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{LwwMap, Write};

/// The keys with their last writes, in ascending order. In human-readable formats a write is the
/// list of time, writer and value, without the last if it is a removal. Otherwise that is an
/// option.
impl<K: Serialize, V: Serialize, T: Serialize> Serialize for LwwMap<K, V, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::serialize_entries(
            self.writes.iter().map(|(key, write)| (key, Out(write))),
            serializer,
        )
    }
}

struct Out<'a, V, T>(&'a Write<V, T>);

impl<V: Serialize, T: Serialize> Serialize for Out<'_, V, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        let (time, writer, value) = self.0;
        let mut list = serializer.serialize_tuple(2 + usize::from(value.is_some()))?;
        list.serialize_element(&Readable(time))?;
        list.serialize_element(writer)?;
        if let Some(value) = value {
            list.serialize_element(&Readable(value))?;
        }
        list.end()
    }
}

impl<'de, K, V, T> Deserialize<'de> for LwwMap<K, V, T>
where
    K: Ord + Deserialize<'de>,
    V: Deserialize<'de>,
    T: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::deserialize_announced(deserializer)
    }
}

impl<'de, K, V, T> Announced<'de> for LwwMap<K, V, T>
where
    K: Ord + Deserialize<'de>,
    V: Deserialize<'de>,
    T: Deserialize<'de>,
{
    const NAME: &'static str = "rejoin::LwwMap";

    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let writes = wire::deserialize_map::<D, K, In<V, T>>(deserializer)?;
        Ok(Self { writes: writes.into_iter().map(|(key, In(write))| (key, write)).collect() })
    }
}

struct In<V, T>(Write<V, T>);

impl<'de, V: Deserialize<'de>, T: Deserialize<'de>> Deserialize<'de> for In<V, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_seq(List(PhantomData)).map(In)
        } else {
            Write::deserialize(deserializer).map(In)
        }
    }
}

struct List<V, T>(PhantomData<Write<V, T>>);

impl<'de, V: Deserialize<'de>, T: Deserialize<'de>> Visitor<'de> for List<V, T> {
    type Value = Write<V, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of time, writer and, unless it is a removal, value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Write<V, T>, A::Error> {
        let time = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let writer: ReplicaId =
            seq.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
        Ok((time, writer, seq.next_element()?))
    }
}
