use core::fmt;

use serde::ser::{Error, Impossible, Serialize, Serializer};

/// Whether `key` can be the key of an object in JSON and the like: a text, a number, a character, a
/// truth value, or a variant without content.
pub(super) fn is_object_key<K: Serialize + ?Sized>(key: &K) -> bool {
    key.serialize(Probe).is_ok()
}

/// Looks at what a key serializes as.
struct Probe;

/// It is no key of an object.
#[derive(Debug)]
struct NoKey;

impl fmt::Display for NoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the key of an object")
    }
}

impl core::error::Error for NoKey {}

impl Error for NoKey {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self
    }
}

/// Methods that take one value, which is a key or is none.
macro_rules! probe {
    ($($method:ident: $value:ty => $result:expr),* $(,)?) => {$(
        fn $method(self, _value: $value) -> Result<(), NoKey> {
            $result
        }
    )*};
}

impl Serializer for Probe {
    type Ok = ();
    type Error = NoKey;
    type SerializeSeq = Impossible<(), NoKey>;
    type SerializeTuple = Impossible<(), NoKey>;
    type SerializeTupleStruct = Impossible<(), NoKey>;
    type SerializeTupleVariant = Impossible<(), NoKey>;
    type SerializeMap = Impossible<(), NoKey>;
    type SerializeStruct = Impossible<(), NoKey>;
    type SerializeStructVariant = Impossible<(), NoKey>;

    probe! {
        serialize_bool: bool => Ok(()),
        serialize_i8: i8 => Ok(()),
        serialize_i16: i16 => Ok(()),
        serialize_i32: i32 => Ok(()),
        serialize_i64: i64 => Ok(()),
        serialize_i128: i128 => Ok(()),
        serialize_u8: u8 => Ok(()),
        serialize_u16: u16 => Ok(()),
        serialize_u32: u32 => Ok(()),
        serialize_u64: u64 => Ok(()),
        serialize_u128: u128 => Ok(()),
        serialize_f32: f32 => Err(NoKey),
        serialize_f64: f64 => Err(NoKey),
        serialize_char: char => Ok(()),
        serialize_str: &str => Ok(()),
        serialize_bytes: &[u8] => Err(NoKey),
        serialize_unit_struct: &'static str => Err(NoKey),
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, _value: &T) -> Result<(), NoKey> {
        Ok(())
    }

    fn serialize_none(self) -> Result<(), NoKey> {
        Err(NoKey)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _value: &T) -> Result<(), NoKey> {
        Err(NoKey)
    }

    fn serialize_unit(self) -> Result<(), NoKey> {
        Err(NoKey)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
    ) -> Result<(), NoKey> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), NoKey> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), NoKey> {
        Err(NoKey)
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Self::SerializeSeq, NoKey> {
        Err(NoKey)
    }

    fn serialize_tuple(self, _len: usize) -> Result<Self::SerializeTuple, NoKey> {
        Err(NoKey)
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeTupleStruct, NoKey> {
        Err(NoKey)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeTupleVariant, NoKey> {
        Err(NoKey)
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Self::SerializeMap, NoKey> {
        Err(NoKey)
    }

    fn serialize_struct(
        self,
        _name: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeStruct, NoKey> {
        Err(NoKey)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeStructVariant, NoKey> {
        Err(NoKey)
    }
}
