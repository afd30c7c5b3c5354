//! What the golden files pin, and mutants of it.

use fastrand::Rng;
use rejoin_codec::{from_slice, to_vec};
use rejoin_shape::Shape;
use rejoin_tests::samples::{self, Value, Visitor};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::decoder::cases::{Cases, Expected};
use crate::decoder::mutate::mutant;
use crate::decoder::tree::{Structs, tree};

/// The samples themselves.
#[derive(Default)]
struct Sound {
    cases: Cases,
    /// The encodings.
    pool: Vec<Vec<u8>>,
}

impl Visitor for Sound {
    fn value<T: Value>(&mut self, name: &str, value: T) {
        let (shape, bytes) = (Shape::of::<T>().encode(), to_vec(&value).expect("encodes"));
        let named = Expected::Tree(tree(&value, Structs::Named));
        let lists = Expected::Tree(tree(&value, Structs::Lists));
        self.cases.add(name, "-", &shape, &bytes, named);
        self.cases.add(name, "--positions", &shape, &bytes, lists);
        self.pool.push(bytes);
    }
}

#[test]
fn golden_bytes_are_read() {
    let mut sound = Sound::default();
    samples::all(&mut sound);
    if let Some(answers) = sound.cases.ask("golden") {
        assert_eq!(answers.errors, 0);
        assert!(answers.trees > 80, "{answers:?}");
    }
}

/// Samples of which some bits are others.
struct Mutants {
    cases: Cases,
    of_each: u64,
    pool: Vec<Vec<u8>>,
}

impl Visitor for Mutants {
    fn value<T: Value>(&mut self, name: &str, value: T) {
        let bytes = to_vec(&value).expect("encodes");
        for seed in crate::decoder::seeds(self.of_each) {
            let rng = &mut Rng::with_seed(seed);
            let other = rng.usize(..self.pool.len());
            let mutant = flipped_or(rng, &bytes, &self.pool[other]);
            add_mutant(&mut self.cases, name, &value, &mutant);
            if seed % 4 == 0 {
                self.add_shape(rng, name, &Shape::of::<T>(), &bytes);
            }
        }
    }
}

impl Mutants {
    /// Asks what is in `bytes` if their type had another shape.
    fn add_shape(&mut self, rng: &mut Rng, name: &str, shape: &Shape, bytes: &[u8]) {
        let shape = shape.encode();
        let mutant = flipped_or(rng, &shape, &shape);
        let expected = Shape::decode(&mutant).map_or(Expected::Error, |_| Expected::Any);
        self.cases.add(name, "-", &mutant, bytes, expected);
    }
}

/// A copy of `bytes` with another bit, or one that is worse.
pub(crate) fn flipped_or(rng: &mut Rng, bytes: &[u8], other: &[u8]) -> Vec<u8> {
    if rng.bool() {
        return mutant(rng, bytes, other);
    }
    let mut copy = bytes.to_vec();
    copy[rng.usize(..bytes.len())] ^= 1 << rng.u8(..8);
    copy
}

/// Asks what is in a mutant of the bytes of `value`. What is called `std_map` has a map of std,
/// which sorts what it reads.
pub(crate) fn add_mutant<T>(cases: &mut Cases, name: &str, value: &T, mutant: &[u8])
where
    T: Serialize + DeserializeOwned,
{
    let expected = match from_slice::<T>(mutant) {
        Ok(_) if name == "std_map" => Expected::Any,
        Ok(other) => Expected::Tree(tree(&other, Structs::Named)),
        Err(_) if mutant == to_vec(value).expect("encodes") => return,
        Err(_) => Expected::Other(tree(value, Structs::Named)),
    };
    cases.add(name, "-", &Shape::of::<T>().encode(), mutant, expected);
}

/// What the crates accept the decoder reads as the same, and it accepts little more: what is an
/// error by the rules of a single type, as that of a clock.
#[test]
fn mutants_are_refused_or_something_else() {
    let mut sound = Sound::default();
    samples::all(&mut sound);
    let of_each = (crate::decoder::cases() / 10).max(4);
    let mut mutants = Mutants { cases: Cases::default(), of_each, pool: sound.pool };
    samples::all(&mut mutants);
    if let Some(answers) = mutants.cases.ask("mutants") {
        assert!(answers.lenient < answers.errors / 20, "{answers:?}");
    }
}
