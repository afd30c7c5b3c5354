//! serde's data model as JSON, as the decoder prints it: see `tests/decoder/rejoin.py`.

use std::fmt::{self, Display};

use rejoin_core::announce;
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::{Map, Value, json};

/// The tree of a value.
///
/// # Panics
///
/// When the value is one that cannot be written.
pub(crate) fn tree<T: Serialize + ?Sized>(value: &T, structs: Structs) -> Value {
    value.serialize(Tree(structs)).expect("it has a tree")
}

/// What becomes of the structs whose versions do not differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Structs {
    /// Objects.
    Named,
    /// Lists, as the names are not in the bytes.
    Lists,
}

#[derive(Debug)]
pub(crate) struct Refused(String);

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl serde::ser::Error for Refused {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

type Done = Result<Value, Refused>;

#[derive(Clone, Copy)]
struct Tree(Structs);

fn hex(bytes: &[u8]) -> Value {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

/// A number that JSON has everywhere, or a text.
fn unsigned(number: u128) -> Value {
    match u64::try_from(number) {
        Ok(number) if number <= 1 << 53 => number.into(),
        _ => number.to_string().into(),
    }
}

fn signed(number: i128) -> Value {
    match i64::try_from(number) {
        Ok(number) if number.unsigned_abs() <= 1 << 53 => number.into(),
        _ => number.to_string().into(),
    }
}

fn variant(name: &str, content: Value) -> Value {
    Value::Object([(name.to_owned(), content)].into_iter().collect())
}

/// An object of a list of pairs.
fn object(pairs: Value) -> Value {
    let mut object = Map::new();
    let Value::Array(pairs) = pairs else { unreachable!("a map") };
    for pair in pairs {
        let Ok([Value::String(name), value]) = <[Value; 2]>::try_from(elements(pair)) else {
            unreachable!("a name, and what it stands for")
        };
        assert!(object.insert(name, value).is_none(), "a name is there twice");
    }
    Value::Object(object)
}

fn elements(list: Value) -> Vec<Value> {
    match list {
        Value::Array(elements) => elements,
        other => unreachable!("{other} is no list"),
    }
}

macro_rules! leaves {
    ($($method:ident: $type:ty = |$value:ident| $tree:expr;)*) => {
        $(fn $method(self, $value: $type) -> Done {
            Ok($tree)
        })*
    };
}

impl Serializer for Tree {
    type Ok = Value;
    type Error = Refused;
    type SerializeSeq = Parts;
    type SerializeTuple = Parts;
    type SerializeTupleStruct = Parts;
    type SerializeTupleVariant = Parts;
    type SerializeMap = Parts;
    type SerializeStruct = Parts;
    type SerializeStructVariant = Parts;

    fn is_human_readable(&self) -> bool {
        false
    }

    leaves! {
        serialize_bool: bool = |value| value.into();
        serialize_u8: u8 = |value| value.into();
        serialize_u16: u16 = |value| value.into();
        serialize_u32: u32 = |value| value.into();
        serialize_u64: u64 = |value| unsigned(value.into());
        serialize_u128: u128 = |value| unsigned(value);
        serialize_i8: i8 = |value| value.into();
        serialize_i16: i16 = |value| value.into();
        serialize_i32: i32 = |value| value.into();
        serialize_i64: i64 = |value| signed(value.into());
        serialize_i128: i128 = |value| signed(value);
        serialize_f32: f32 = |value| format!("{:08x}", value.to_bits()).into();
        serialize_f64: f64 = |value| format!("{:016x}", value.to_bits()).into();
        serialize_char: char = |value| value.to_string().into();
        serialize_str: &str = |value| value.into();
        serialize_bytes: &[u8] = |value| hex(value);
        serialize_unit_struct: &'static str = |_name| Value::Null;
    }

    fn serialize_unit(self) -> Done {
        Ok(Value::Null)
    }

    fn serialize_none(self) -> Done {
        Ok(json!([]))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        Ok(Value::Array(vec![value.serialize(self)?]))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Done {
        Ok(variant(name, Value::Null))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Done {
        let inner = value.serialize(self)?;
        Ok(match name {
            announce::FIELDS => object(inner),
            announce::VARIANT => object(Value::Array(vec![inner])),
            _ => inner,
        })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Done {
        Ok(variant(name, value.serialize(self)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts, Refused> {
        Ok(Parts::new(self, None))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts, Refused> {
        Ok(Parts::new(self, None))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts, Refused> {
        Ok(Parts::new(self, None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts, Refused> {
        Ok(Parts::new(self, Some(name)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts, Refused> {
        Ok(Parts::new(self, None))
    }

    /// Maps of std are in the order of their encoded keys.
    fn collect_map<K: Serialize, V: Serialize, I: IntoIterator<Item = (K, V)>>(
        self,
        entries: I,
    ) -> Done {
        let mut sorted = Vec::new();
        for (key, value) in entries {
            let encoded = rejoin_codec::to_vec(&key).map_err(serde::ser::Error::custom)?;
            sorted.push((encoded, json!([key.serialize(self)?, value.serialize(self)?])));
        }
        sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(sorted.into_iter().map(|(_, entry)| entry).collect())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts, Refused> {
        Ok(Parts::new(self, None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts, Refused> {
        Ok(Parts::new(self, Some(name)))
    }
}

/// What is in a container, so far.
struct Parts {
    tree: Tree,
    variant: Option<&'static str>,
    parts: Vec<Value>,
    fields: Map<String, Value>,
}

impl Parts {
    fn new(tree: Tree, variant: Option<&'static str>) -> Self {
        Self { tree, variant, parts: Vec::new(), fields: Map::new() }
    }

    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.parts.push(value.serialize(self.tree)?);
        Ok(())
    }

    fn named<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Refused> {
        if self.tree.0 == Structs::Lists {
            return self.push(value);
        }
        self.fields.insert(name.to_owned(), value.serialize(self.tree)?);
        Ok(())
    }

    fn list(self) -> Done {
        let list = Value::Array(self.parts);
        Ok(self.variant.map_or(list.clone(), |name| variant(name, list)))
    }

    fn fields(self) -> Done {
        if self.tree.0 == Structs::Lists {
            return self.list();
        }
        let fields = Value::Object(self.fields);
        Ok(self.variant.map_or(fields.clone(), |name| variant(name, fields)))
    }
}

macro_rules! lists {
    ($($trait:ident: $method:ident;)*) => {$(
        impl $trait for Parts {
            type Ok = Value;
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                self.push(value)
            }

            fn end(self) -> Done {
                self.list()
            }
        }
    )*};
}

lists! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

macro_rules! structs {
    ($($trait:ident)*) => {$(
        impl $trait for Parts {
            type Ok = Value;
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Refused> {
                self.named(name, value)
            }

            fn end(self) -> Done {
                self.fields()
            }
        }
    )*};
}

structs!(SerializeStruct SerializeStructVariant);

impl SerializeMap for Parts {
    type Ok = Value;
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        self.push(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        let key = self.parts.pop().unwrap_or_default();
        let value = value.serialize(self.tree)?;
        self.parts.push(Value::Array(vec![key, value]));
        Ok(())
    }

    fn end(self) -> Done {
        self.list()
    }
}
