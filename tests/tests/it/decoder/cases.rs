//! What the decoder is asked, and whether its answers are right.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What the decoder has to say of a value.
#[derive(Debug)]
pub(crate) enum Expected {
    /// That it is this.
    Tree(Value),
    /// That it is an error, as the crates say, or at least something else than this.
    Other(Value),
    /// That it is an error.
    Error,
    /// Anything, so long as it says something.
    Any,
}

#[derive(Default)]
pub(crate) struct Cases {
    input: String,
    expected: Vec<(String, Expected)>,
}

/// How many answers were trees, and how many errors.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Answers {
    pub(crate) trees: usize,
    pub(crate) errors: usize,
    /// How many of the trees are of what the crates refuse.
    pub(crate) lenient: usize,
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Cases {
    /// Asks what is in `value`, with options of the decoder.
    pub(crate) fn add(
        &mut self,
        name: &str,
        options: &str,
        shape: &[u8],
        value: &[u8],
        expected: Expected,
    ) {
        let line = format!("{options} {} {}", hex(shape), hex(value));
        self.input += &line;
        self.input.push('\n');
        self.expected.push((format!("{name}: {line}"), expected));
    }

    /// Asks one process all of it; `None` if there is no Python.
    ///
    /// # Panics
    ///
    /// When an answer is wrong, or none.
    pub(crate) fn ask(&self, name: &str) -> Option<Answers> {
        let (answers, wrong) = self.compare(&decode(name, &self.input)?);
        let some = wrong.iter().take(5).map(String::as_str).collect::<Vec<_>>().join("\n");
        let all = self.expected.len();
        assert!(wrong.is_empty(), "{name}: {} of {all} are wrong:\n{some}", wrong.len());
        println!("{name}: {answers:?}");
        Some(answers)
    }

    /// Counts the answers, and says which are wrong.
    fn compare(&self, output: &str) -> (Answers, Vec<String>) {
        assert_eq!(output.lines().count(), self.expected.len(), "an answer for each case");
        let (mut count, mut wrong) = (Answers::default(), Vec::new());
        for (line, (case, expected)) in output.lines().zip(&self.expected) {
            let answer: Value = serde_json::from_str(line).expect("the answer is JSON");
            let tree = answer.get("ok");
            let is_error = tree.is_none() && answer["error"].is_string();
            *(if is_error { &mut count.errors } else { &mut count.trees }) += 1;
            let is_right = match expected {
                Expected::Tree(expected) => tree == Some(expected),
                Expected::Other(other) => {
                    count.lenient += usize::from(!is_error);
                    is_error || tree.is_some_and(|tree| tree != other)
                }
                Expected::Error => is_error,
                Expected::Any => is_error || tree.is_some(),
            };
            if !is_right {
                wrong.push(format!("{case}\n    {line}\n    {expected:?}"));
            }
        }
        (count, wrong)
    }
}

/// What the decoder prints, a line for each of the input; `None` if there is no Python, which is
/// an error if the variable `REJOIN_PYTHON` says `required`.
fn decode(name: &str, input: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("decoder-{name}.txt"));
    fs::write(&path, input).expect("the folder of the target is writable");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("decoder/rejoin.py");
    let mut python = Command::new("python3");
    // No bytecode, which would be left in the repository.
    python.arg("-B").arg(script).arg("--cases");
    python.stdin(File::open(&path).expect("it was just written")).stderr(Stdio::inherit());
    let output = match python.output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let is_required = std::env::var("REJOIN_PYTHON").is_ok_and(|value| value == "required");
            assert!(!is_required, "there is no python3");
            println!("skipped: there is no python3");
            return None;
        }
        output => output.expect("python3 runs"),
    };
    assert!(output.status.success(), "the decoder failed, on some line of {}", path.display());
    Some(String::from_utf8(output.stdout).expect("JSON is UTF-8"))
}

#[test]
fn wrong_answers_are_noticed() {
    let tree = || Value::from(7);
    let right = [
        (Expected::Tree(tree()), r#"{"ok": 7}"#),
        (Expected::Other(tree()), r#"{"ok": 8}"#),
        (Expected::Other(tree()), r#"{"error": "It is."}"#),
        (Expected::Error, r#"{"error": "It is."}"#),
    ];
    let wrong = [
        (Expected::Tree(tree()), r#"{"ok": 8}"#),
        (Expected::Tree(tree()), r#"{"error": "It is."}"#),
        (Expected::Other(tree()), r#"{"ok": 7}"#),
        (Expected::Error, r#"{"ok": 7}"#),
        (Expected::Any, "null"),
    ];
    let (mut cases, mut output) = (Cases::default(), String::new());
    for (at, (expected, answer)) in right.into_iter().chain(wrong).enumerate() {
        cases.add(&at.to_string(), "-", &[], &[], expected);
        output = output + answer + "\n";
    }
    let (answers, wrong) = cases.compare(&output);
    let names: Vec<&str> = wrong.iter().map(|case| &case[..1]).collect();
    assert_eq!(names, ["4", "5", "6", "7", "8"]);
    assert_eq!(answers, Answers { trees: 6, errors: 3, lenient: 2 });
}
