//! Shapes as bytes, and bytes that are none.

use std::collections::BTreeMap;

use rejoin_shape::{Scalar, Shape};

fn some() -> Shape {
    let unit = || Shape::Scalar(Scalar::Unit);
    Shape::Struct(
        "Doc".into(),
        vec![
            ("a".into(), Shape::of::<BTreeMap<String, Vec<Option<(u8, f64)>>>>()),
            (
                "ß".into(),
                Shape::Enum("E".into(), vec![("X".into(), unit()), ("Y".into(), Shape::Within(1))]),
            ),
            ("c".into(), Shape::Newtype("N".into(), Box::new(Shape::Unknown))),
            ("d".into(), Shape::TupleStruct("T".into(), vec![unit(), unit()])),
        ],
    )
}

#[test]
fn what_is_written_is_read() {
    assert_eq!(Shape::decode(&some().encode()), Ok(some()));
}

#[test]
fn anything_else_is_refused_and_costs_nothing() {
    let bytes = some().encode();
    for end in 0..bytes.len() {
        assert!(Shape::decode(&bytes[..end]).is_err(), "cut at {end}");
    }
    assert!(Shape::decode(&[bytes.as_slice(), &[0]].concat()).is_err());
    assert!(Shape::decode(&[5, 255, 255, 255, 255, 15]).is_err(), "four billion parts");
    assert!(Shape::decode(&[2; 100_000]).is_err(), "options in each other");
    assert!(Shape::decode(&[3, 10, 1]).is_ok(), "a list of itself");
    assert!(Shape::decode(&[3, 10, 0]).is_err(), "what is within nothing but itself");
    assert!(Shape::decode(&[3, 10, 2]).is_err(), "what is within something that is not there");
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut mutant = bytes.clone();
            mutant[at] ^= 1 << bit;
            if let Ok(shape) = Shape::decode(&mutant) {
                assert_eq!(shape.encode(), mutant, "one encoding of a shape");
            }
        }
    }
}
