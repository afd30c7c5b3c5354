//! The golden bytes as inputs of the fuzzer, which chooses the type by their first byte.

use std::fs;
use std::path::PathBuf;

use rejoin_codec::to_vec;
use rejoin_tests::samples::{self, Value, Visitor};

#[derive(Default)]
struct Corpus(Vec<(String, Vec<u8>)>);

impl Visitor for Corpus {
    fn value<T: Value>(&mut self, name: &str, value: T) {
        let which = u8::try_from(self.0.len()).expect("fewer than 256 types");
        let bytes = [vec![which], to_vec(&value).expect("encodes")].concat();
        self.0.push((name.to_owned(), bytes));
    }
}

/// Writes them into the folder `REJOIN_CORPUS`, if that is set.
#[test]
fn corpus() {
    let mut corpus = Corpus::default();
    samples::all(&mut corpus);
    assert!(corpus.0.len() > 30, "the fuzzer has something to start from");
    let Some(folder) = std::env::var_os("REJOIN_CORPUS").map(PathBuf::from) else { return };
    fs::create_dir_all(&folder).expect("it can be made");
    for (name, bytes) in corpus.0 {
        fs::write(folder.join(name), bytes).expect("it is writable");
    }
}
