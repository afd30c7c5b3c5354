//! What one version of a type has written, read with the shape of another one.

use std::collections::BTreeMap;

use fastrand::Rng;
use rejoin_codec::to_vec;
use rejoin_core::Causal;
use rejoin_core::laws::from_seed;
use rejoin_shape::Shape;
use serde::{Deserialize, Serialize};

use crate::decoder::cases::{Cases, Expected};
use crate::decoder::samples::{add_mutant, flipped_or};
use crate::decoder::tree::{Structs, tree};
use crate::upgrades::types::{Board0, Board1, Board2, Board3};

fn encoded(value: &impl Serialize) -> Vec<u8> {
    to_vec(value).expect("encodes")
}

fn add<T: Serialize>(cases: &mut Cases, value: &T, own: &Shape, shapes: &[Shape]) {
    let bytes = encoded(value);
    let lists = tree(value, Structs::Lists);
    for shape in shapes {
        let tree = Expected::Tree(lists.clone());
        cases.add("another version", "--positions", &shape.encode(), &bytes, tree);
    }
    let shape = own.encode();
    let named = Expected::Tree(tree(value, Structs::Named));
    cases.add("the same version", "-", &shape, &bytes, named);
    cases.add("the sketch", "--positions --sketch", &shape, &bytes, Expected::Tree(lists));
}

#[test]
fn every_shape_reads_every_version() {
    let mut cases = Cases::default();
    let mut shapes = vec![
        Shape::of::<Causal<Board0>>(),
        Shape::of::<Causal<Board1>>(),
        Shape::of::<Causal<Board2>>(),
        Shape::of::<Causal<Board3>>(),
    ];
    let union = shapes[2].union(&shapes[3]).expect("they fit");
    shapes.push(union);
    for seed in crate::decoder::seeds((crate::decoder::cases() / 20).max(1)) {
        add::<Causal<Board0>>(&mut cases, &from_seed(40, seed), &shapes[0], &shapes);
        add::<Causal<Board1>>(&mut cases, &from_seed(40, seed), &shapes[1], &shapes);
        add::<Causal<Board2>>(&mut cases, &from_seed(40, seed), &shapes[2], &shapes);
        add::<Causal<Board3>>(&mut cases, &from_seed(40, seed), &shapes[3], &shapes);
    }
    if let Some(answers) = cases.ask("versions") {
        assert_eq!(answers.errors, 0);
    }
}

/// Ways to structs whose versions differ, and past them.
#[derive(Debug, Serialize, Deserialize)]
struct Ways {
    list: Vec<Way>,
    map: BTreeMap<Name, Option<Causal<Board3>>>,
    tuple: (u8, Causal<Board2>, u8),
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Name(String);

#[derive(Debug, Serialize, Deserialize)]
enum Way {
    Nowhere(Option<u8>),
    There(Box<Causal<Board1>>, Name),
}

fn ways(seed: u64) -> Ways {
    let way = |at| match at % 3 {
        0 => Way::Nowhere(from_seed(16, at)),
        _ => Way::There(Box::new(from_seed(16, at)), Name(from_seed(16, at))),
    };
    let entry = |at| (Name(format!("key:{at}")), (at % 2 > 0).then(|| from_seed(16, at)));
    Ways {
        list: (seed..seed + seed % 3).map(way).collect(),
        map: (seed..seed + seed % 5).map(entry).collect(),
        tuple: (1, from_seed(if seed.is_multiple_of(2) { 16 } else { 1 }, seed), 2),
    }
}

#[test]
fn ways_to_structs_are_found() {
    let (mut cases, shape) = (Cases::default(), Shape::of::<Ways>());
    let count = (crate::decoder::cases() / 10).max(1);
    for seed in crate::decoder::seeds(count) {
        add(&mut cases, &ways(seed), &shape, &[]);
    }
    let sound = cases.ask("ways");
    assert!(sound.is_none_or(|answers| answers.errors == 0));

    let mut cases = Cases::default();
    for seed in crate::decoder::seeds(count) {
        let (rng, value) = (&mut Rng::with_seed(seed), ways(seed));
        let (bytes, other) = (encoded(&value), encoded(&ways(seed + 1)));
        for _ in 0..4 {
            add_mutant(&mut cases, "std_map", &value, &flipped_or(rng, &bytes, &other));
        }
    }
    cases.ask("mutants-of-ways");
}

#[test]
fn mutants_of_versions_are_refused_or_something_else() {
    let mut cases = Cases::default();
    for seed in crate::decoder::seeds(crate::decoder::cases() / 10) {
        let rng = &mut Rng::with_seed(seed);
        let value: Causal<Board3> = from_seed(16, seed);
        let other: Causal<Board2> = from_seed(16, seed + 1);
        let (bytes, other) = (encoded(&value), encoded(&other));
        for _ in 0..10 {
            add_mutant(&mut cases, "a board", &value, &flipped_or(rng, &bytes, &other));
        }
    }
    if let Some(answers) = cases.ask("mutants-of-versions") {
        assert!(answers.lenient < answers.errors / 20 + 1, "{answers:?}");
    }
}
