//! Version 2 of the format, pinned: see docs/wire.md.
//!
//! ```sh
//! REJOIN_GOLDEN=write cargo test -p rejoin-tests --test it golden
//! ```
//!
//! writes the files. What was written once has to stay readable, so a change of a file that exists
//! needs a new version.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use rejoin_codec::{encoded_len, from_slice, to_vec};
use rejoin_tests::samples::{self, Value, Visitor};

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "golden", "v2"].iter().collect()
}

/// Lines of 32 bytes.
fn hex(bytes: &[u8]) -> String {
    let line = |line: &[u8]| line.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    bytes.chunks(32).map(|bytes| line(bytes) + "\n").collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|char| !char.is_whitespace()).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16);
    digits.chunks(2).map(|pair| byte(pair).expect("two hexadecimal digits")).collect()
}

#[derive(Default)]
struct Golden {
    write: bool,
    names: BTreeSet<String>,
}

impl Visitor for Golden {
    fn value<T: Value>(&mut self, name: &str, value: T) {
        let path = folder().join(format!("{name}.txt"));
        self.names.insert(format!("{name}.txt"));
        let bytes = to_vec(&value).expect("encodes");
        let json = serde_json::to_string(&value).expect("encodes");
        assert_eq!(encoded_len(&value), Ok(bytes.len()), "{name}");
        if self.write {
            fs::create_dir_all(folder()).expect("a folder of the repository is writable");
            fs::write(&path, format!("{json}\n\n{}", hex(&bytes))).expect("it is writable");
        }
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let (golden_json, golden) = text.split_once("\n\n").expect("JSON, and then bytes");
        assert_eq!(json, golden_json, "the JSON of {name} has changed");
        let golden = unhex(golden);
        assert_eq!(hex(&bytes), hex(&golden), "the bytes of {name} have changed");
        let decoded: T = from_slice(&golden).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(decoded, value, "{name}");
        assert_eq!(to_vec(&decoded).expect("encodes"), golden, "{name}");
        let from_json: T =
            serde_json::from_str(golden_json).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(from_json, value, "{name}");
        assert_eq!(to_vec(&from_json).expect("encodes"), golden, "{name}");
    }
}

#[test]
fn every_type_has_the_form_of_version_2() {
    let write = std::env::var_os("REJOIN_GOLDEN").is_some_and(|value| value == "write");
    let mut golden = Golden { write, ..Golden::default() };
    samples::all(&mut golden);
    let files = fs::read_dir(folder()).expect("there are golden files");
    let files: BTreeSet<String> = files
        .map(|file| file.expect("it is readable").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(files, golden.names, "a file without a sample, or the other way round");
}
