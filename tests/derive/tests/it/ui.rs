//! What the derives say to those who use them wrongly.

use std::fs;
use std::path::Path;

/// The messages are kept beside the cases; `TRYBUILD=overwrite` writes them anew.
#[test]
fn messages() {
    trybuild::TestCases::new().compile_fail("tests/derive-ui/*.rs");
}

/// Cases whose one mistake makes two errors: they give the store a type that lacks both `Diff` and
/// `Decompose`, and get the same words for each.
const TOLD_TWICE: [&str; 2] = ["store_of_dot_store", "store_of_merge"];

/// Each line that is marked as `wrong` makes one error, and nothing else does, however many derives
/// a struct has, and however it is used.
#[test]
fn one_mistake_makes_one_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/derive-ui");
    let read = |path: &Path| fs::read_to_string(path).expect("a case and its messages");
    let mut mistakes = 0;
    for entry in fs::read_dir(&folder).expect("the cases") {
        let case = entry.expect("a case").path();
        if case.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let source = read(&case);
        let numbered = source.lines().zip(1..);
        let wrong: Vec<usize> =
            numbered.filter(|(line, _)| line.ends_with("// wrong")).map(|(_, at)| at).collect();
        let name = case.file_stem().expect("a name").to_string_lossy();
        let wrong = if TOLD_TWICE.contains(&&*name) { wrong.repeat(2) } else { wrong };
        let mut told = errors(&read(&case.with_extension("stderr")));
        told.sort_unstable();
        assert_eq!(told, wrong, "the lines of the errors and of the mistakes in {name}");
        mistakes += wrong.len();
    }
    assert!(mistakes > 0, "cases in {}", folder.display());
}

/// The lines that the errors are about.
fn errors(messages: &str) -> Vec<usize> {
    let lines = messages.lines();
    let places = lines.clone().zip(lines.skip(1)).filter(|(line, _)| line.starts_with("error"));
    let line = |place: &str| place.rsplit(':').nth(1)?.parse().ok();
    places.map(|(_, place)| line(place).expect("file:line:column")).collect()
}
