//! Mutated golden bytes of every type.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fastrand::Rng;
use rejoin_codec::{from_slice, to_vec};
use rejoin_core::{Crdt, Decompose, Diff};

use crate::mutate::mutant;
use crate::samples::{self, Value, Visitor};
use crate::{check, memory};

fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// Decoding may take so many bytes for each byte of input. The most is what an entry of a set of
/// small numbers takes: a byte each, and a slot of a table, an index of dots and room to grow.
const FACTOR: usize = 250;

/// The least that hash tables and vectors take, and the text of an error.
const CONSTANT: usize = 8 << 10;

pub(crate) struct Mutants {
    cases: u64,
    seed: u64,
    /// The encodings of all types, to cross with.
    pool: Vec<Vec<u8>>,
    tried: u64,
    accepted: u64,
    worst: (f64, String),
    /// The types that broke, so that one run finds all.
    pub(crate) broken: Vec<String>,
}

impl Mutants {
    pub(crate) fn new(cases: u64, seed: u64) -> Self {
        let mut pool = Pool::default();
        samples::all(&mut pool);
        let worst = (0.0, String::new());
        Self { cases, seed, pool: pool.0, tried: 0, accepted: 0, worst, broken: Vec::new() }
    }

    /// Runs all cases of a type, and goes on with the next one if they fail.
    fn run<T: Value>(&mut self, name: &str, sample: &T, each: &dyn Fn(&T)) {
        let cases = AssertUnwindSafe(|| self.try_run(name, sample, each));
        if catch_unwind(cases).is_err() {
            self.broken.push(name.to_owned());
        }
    }

    fn try_run<T: Value>(&mut self, name: &str, sample: &T, each: &dyn Fn(&T)) {
        let mut own = vec![to_vec(sample).expect("encodes")];
        let mut accepted = 0;
        for case in 0..self.cases {
            let mut rng = Rng::with_seed(self.seed.wrapping_add(case));
            let original: &[u8] = &own[rng.usize(..own.len())];
            let other = &self.pool[rng.usize(..self.pool.len())];
            let bytes = mutant(&mut rng, original, other);
            let (result, peak) = memory::peak(|| from_slice::<T>(&bytes).map(drop));
            let limit = CONSTANT + FACTOR * bytes.len();
            assert!(peak <= limit, "{name}, case {case}: {peak} bytes for {}", bytes.len());
            let ratio = peak as f64 / (bytes.len() + 1) as f64;
            if ratio > self.worst.0 {
                self.worst = (ratio, format!("{name}, {} bytes", bytes.len()));
            }
            if result.is_ok() {
                accepted += 1;
                if name != "std_map" {
                    // std sorts what is not in order; our types refuse it.
                    let value = check::value::<T>(&bytes).expect("it was just accepted");
                    each(&value);
                }
                if own.len() < 1_000 && bytes.len() < 4_096 {
                    own.push(bytes); // go on from here
                }
            }
        }
        assert!(accepted > 0, "the canary: some mutants of {name} are well-formed");
        self.tried += self.cases;
        self.accepted += accepted;
    }
}

impl Visitor for Mutants {
    fn value<T: Value>(&mut self, name: &str, value: T) {
        let has_floats = name == "plain"; // not all of which are equal to themselves
        self.run(name, &value, &|value| {
            if !has_floats {
                check::json(value);
            }
        });
    }

    fn crdt<T>(&mut self, name: &str, sample: T)
    where
        T: Value + Crdt + Diff<Digest: Value> + Decompose,
    {
        self.run(name, &sample, &|value| {
            check::json(value);
            check::crdt(value, &sample);
        });
    }
}

/// The encodings of all samples.
#[derive(Default)]
struct Pool(Vec<Vec<u8>>);

impl Visitor for Pool {
    fn value<T: Value>(&mut self, _name: &str, value: T) {
        self.0.push(to_vec(&value).expect("encodes"));
    }
}

#[test]
fn mutants_are_refused_or_sound() {
    let _alone = memory::alone();
    let mut mutants = Mutants::new(setting("REJOIN_CASES", 2_000), setting("REJOIN_SEED", 0));
    samples::all(&mut mutants);
    samples::halves(&mut mutants);
    let Mutants { tried, accepted, worst: (ratio, name), broken, .. } = mutants;
    println!("{tried} tried, {accepted} accepted; at most {ratio:.0} bytes for a byte: {name}");
    assert!(broken.is_empty(), "broken, see above: {broken:?}");
}
