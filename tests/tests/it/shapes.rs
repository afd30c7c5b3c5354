//! The shapes of data types: no two are read as each other, alone, in maps and in structs.

use rejoin_core::{Causal, Dot, DotFun, DotMap, DotSet, ReplicaId, VersionVector};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RemoveBias, RwSet, TwoPhaseSet};
use rejoin_shape::Shape;
use rejoin_tests::spec::{Document, Json};
use rejoin_tests::{for_each_type, subject};
use serde::Deserialize;

type K = u8;
type V = u8;
type T = u8;

/// The shapes of the catalogue, by name, and of the plain types that they are made of.
fn shapes() -> Vec<(&'static str, Shape)> {
    let mut shapes = vec![
        ("dot_set", Shape::of::<DotSet>()),
        ("dot_fun", Shape::of::<DotFun<u8>>()),
        ("dot_map", Shape::of::<DotMap<u8, DotSet>>()),
        ("document", Shape::of::<Document>()),
        ("json", Shape::of::<Json>()),
        ("version_vector", Shape::of::<VersionVector>()),
        ("option", Shape::of::<Option<u8>>()),
        ("option_of_a_write", Shape::of::<Option<(u8, ReplicaId, u8)>>()),
        ("map", Shape::of::<std::collections::BTreeMap<u8, u8>>()),
        ("number", Shape::of::<u8>()),
        ("dot", Shape::of::<Dot>()),
    ];
    macro_rules! add {
        ($($name:ident: $kind:ident $type:ty $({ $($key:tt)* })?;)*) => {$(
            shapes.push((stringify!($name), Shape::of::<$type>()));
        )*};
    }
    for_each_type!(add);
    shapes
}

/// The pairs of which bytes of one could be read as the other.
fn alike<'a>(shapes: &'a [(&'a str, Shape)]) -> Vec<(&'a str, &'a str)> {
    let pairs = shapes
        .iter()
        .enumerate()
        .flat_map(|(at, one)| shapes[at + 1..].iter().map(move |other| (one, other)));
    let fit = pairs.filter(|((_, one), (_, other))| one.check(other).is_ok());
    fit.map(|((one, _), (other, _))| (*one, *other)).collect()
}

#[test]
fn no_two_types_fit_each_other() {
    let shapes = shapes();
    assert!(shapes.len() > 30);
    assert_eq!(alike(&shapes), []);
    for (name, shape) in &shapes {
        assert!(!shape.to_string().contains('?'), "{name}: {shape}");
        assert_eq!(shape.check(shape), Ok(()), "{name}");
        assert_eq!(Shape::decode(&shape.encode()).as_ref(), Ok(shape), "{name}");
    }
}

/// A shape that comes twice is noticed.
#[test]
fn types_that_fit_are_noticed() {
    let mut shapes = shapes();
    shapes.push(("another_set", Shape::of::<AwSet<u8>>()));
    assert_eq!(alike(&shapes), [("aw_set", "another_set")]);
}

/// What is in a type counts as much as the type.
#[test]
fn the_types_inside_count() {
    let says = |one: Shape, other: Shape| one.check(&other).unwrap_err().to_string();
    assert_eq!(
        says(Shape::of::<GMap<String, Max<u64>>>(), Shape::of::<GMap<String, Min<u64>>>()),
        "at `{value}` it is Max here, and Min there"
    );
    assert_eq!(
        says(Shape::of::<Causal<AwSet<String>>>(), Shape::of::<Causal<OrMap<String, EwFlag>>>()),
        "at `store` it is AwSet here, and OrMap there"
    );
    assert_eq!(
        says(
            Shape::of::<Causal<OrMap<String, MvRegister<u32>>>>(),
            Shape::of::<Causal<OrMap<String, MvRegister<u64>>>>()
        ),
        "at `store{value}[].1` it is u32 here, and u64 there"
    );
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "it is asked for its shape")]
struct Book {
    title: MvRegister<String>,
    author: MvRegister<String>,
}

mod swapped {
    use super::*;

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "it is asked for its shape")]
    pub(super) struct Book {
        author: MvRegister<String>,
        title: MvRegister<String>,
    }
}

#[test]
fn the_order_of_fields_counts() {
    let (one, other) = (Shape::of::<Book>(), Shape::of::<swapped::Book>());
    let mismatch = one.check(&other).unwrap_err().to_string();
    let expected = "it is Book { title, author } here, and Book { author, title } there";
    assert_eq!(mismatch, expected);
}

/// Of a type that needs a context the shape has that.
#[test]
fn subjects_differ_from_what_is_in_them() {
    assert!(Shape::of::<subject!(store AwSet<u8>)>().check(&Shape::of::<AwSet<u8>>()).is_err());
}
