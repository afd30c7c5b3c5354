//! Structs whose versions may differ, as a derive will write them.

/// A struct of this name, whose fields are given in ascending order.
macro_rules! open_struct {
    (
        $(#[$meta:meta])*
        $vis:vis struct $type:ident as $name:literal { $($field:ident: $of:ty,)* }
    ) => {
        $(#[$meta])*
        $vis struct $type { $($vis $field: $of,)* }

        const _: () = {
            use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
            use serde::ser::{SerializeStruct as _, Serializer};

            const MARK: &str = "rejoin::Fields";
            const FIELDS: &[&str] = &[$(stringify!($field)),*];

            struct Marked<'a>(&'a $type);

            impl serde::Serialize for Marked<'_> {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    let mut fields = serializer.serialize_struct($name, FIELDS.len())?;
                    $(fields.serialize_field(stringify!($field), &self.0.$field)?;)*
                    fields.end()
                }
            }

            impl serde::Serialize for $type {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_newtype_struct(MARK, &Marked(self))
                }
            }

            struct Mark;

            impl<'de> Visitor<'de> for Mark {
                type Value = $type;

                fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.write_str($name)
                }

                fn visit_newtype_struct<D: Deserializer<'de>>(
                    self,
                    deserializer: D,
                ) -> Result<$type, D::Error> {
                    deserializer.deserialize_struct($name, FIELDS, Fields)
                }
            }

            struct Fields;

            impl<'de> Visitor<'de> for Fields {
                type Value = $type;

                fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.write_str("its fields")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$type, A::Error> {
                    let mut value = <$type>::default();
                    while let Some(field) = map.next_key::<String>()? {
                        match field.as_str() {
                            $(stringify!($field) => value.$field = map.next_value()?,)*
                            _ => drop(map.next_value::<IgnoredAny>()?),
                        }
                    }
                    Ok(value)
                }

                fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<$type, A::Error> {
                    let missing = || A::Error::custom("a field is missing");
                    Ok($type { $($field: seq.next_element()?.ok_or_else(missing)?,)* })
                }
            }

            impl<'de> serde::Deserialize<'de> for $type {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    deserializer.deserialize_newtype_struct(MARK, Mark)
                }
            }
        };
    };
}

pub(crate) use open_struct;
