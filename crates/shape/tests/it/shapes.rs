//! What a type asks for is found, in whatever it is.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroU32;

use rejoin_clocks::{CausalContext, Dot, NodeId, ReplicaId, VersionVector};
use rejoin_shape::Shape;
use serde::{Deserialize, Deserializer};

fn shown<T: for<'de> Deserialize<'de>>() -> String {
    Shape::of::<T>().to_string()
}

#[test]
fn of_plain_types() {
    assert_eq!(shown::<u64>(), "u64");
    assert_eq!(shown::<String>(), "string");
    assert_eq!(shown::<()>(), "()");
    assert_eq!(shown::<(u8, (i16, bool), char)>(), "(u8, (i16, bool), char)");
    assert_eq!(shown::<[f32; 3]>(), "(f32, f32, f32)");
    assert_eq!(shown::<Vec<Option<Box<str>>>>(), "[Option<string>]");
    assert_eq!(shown::<HashSet<u8>>(), "[u8]");
    assert_eq!(shown::<BTreeMap<String, HashMap<u8, f64>>>(), "{string: {u8: f64}}");
    assert_eq!(shown::<Option<Option<u8>>>(), "Option<Option<u8>>");
    assert_eq!(
        shown::<(NonZeroU32, std::time::Duration)>(),
        "(u32, Duration { secs: u64, nanos: u32 })"
    );
    assert_eq!(
        shown::<std::net::IpAddr>(),
        "IpAddr { V4: (u8, u8, u8, u8) | V6: (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8) }"
    );
}

#[test]
fn of_ids_and_clocks() {
    assert_eq!(shown::<(ReplicaId, u8)>(), "(ReplicaId, u8)");
    assert_eq!(shown::<(NodeId, u8)>(), "(ReplicaId, u8)");
    assert_eq!(shown::<(Dot, u8)>(), "(Dot, u8)");
    assert_eq!(shown::<VersionVector>(), "[(ReplicaId, u64)]");
    assert_eq!(shown::<CausalContext>(), "[(ReplicaId, [(u64, u64)])]");
}

#[derive(Deserialize)]
struct Unit;

#[derive(Deserialize)]
struct Meters(u32);

#[derive(Deserialize)]
struct Pair(Meters, String);

#[derive(Deserialize)]
#[serde(rename = "note")]
struct Note {
    #[serde(rename = "headline")]
    title: String,
    at: Pair,
    #[serde(skip)]
    seen: bool,
}

#[derive(Deserialize)]
enum Phase {
    Draft,
    Sent(Meters),
    Signed { by: String, on: u64 },
    Both(u8, u16),
}

#[test]
fn of_derived_types() {
    assert_eq!(shown::<Unit>(), "Unit {  }");
    assert_eq!(shown::<Meters>(), "Meters(u32)");
    assert_eq!(shown::<Note>(), "note { headline: string, at: Pair(Meters(u32), string) }");
    let phase = "Phase { Draft | Sent: Meters(u32) |  \
                 Signed:  { by: string, on: u64 } | Both: (u8, u16) }";
    assert_eq!(shown::<(Phase, u8)>(), format!("({}, u8)", phase.replace("|  Signed", "| Signed")));
}

#[derive(Deserialize)]
struct Tree {
    name: String,
    children: Vec<Tree>,
}

#[derive(Deserialize)]
enum Json {
    Null,
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

/// Contains others of its name, and not itself.
#[derive(Deserialize)]
struct Wrapped<T> {
    inner: T,
}

#[test]
fn of_types_that_contain_themselves() {
    assert_eq!(shown::<Tree>(), "Tree { name: string, children: [^2] }");
    assert_eq!(shown::<Json>(), "Json { Null | List: [^2] | Object: {string: ^2} }");
    assert_eq!(shown::<Wrapped<Wrapped<u8>>>(), "Wrapped { inner: Wrapped { inner: u8 } }");
    assert_eq!(
        shown::<Wrapped<Box<Tree>>>(),
        "Wrapped { inner: Tree { name: string, children: [^2] } }"
    );
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Text(String),
}

/// Is an even number, and says so.
struct Even(u8);

impl<'de> Deserialize<'de> for Even {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer)?;
        let even = number.is_multiple_of(2).then_some(Self(number));
        even.ok_or_else(|| serde::de::Error::custom("an odd number"))
    }
}

#[test]
fn what_a_type_does_not_say_is_unknown() {
    assert_eq!(shown::<Untagged>(), "?");
    assert_eq!(shown::<Even>(), "u8");
    // A field is asked for by its name, so others do not stand in its way; in a tuple they do.
    assert_eq!(shown::<Wrapped<(Even, u8)>>(), "Wrapped { inner: (u8, ?) }");
}

/// Each type takes four of the next, which is 4 to the power of 20 of the last.
macro_rules! wide {
    ($($name:ident: $next:ty,)*) => {$(
        #[derive(Deserialize)]
        struct $name($next, $next, $next, $next);
    )*};
}

wide! { A: B, B: C, C: D, D: E, E: F, F: G, G: H, H: u8, }

#[test]
fn finding_a_shape_ends() {
    let shape = Shape::of::<A>();
    assert!(shape.to_string().contains('?'));
    assert_eq!(Shape::decode(&shape.encode()), Ok(shape));
}
