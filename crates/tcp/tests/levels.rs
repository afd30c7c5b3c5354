//! Runs the example `levels` in small: strong operations of real processes are linearizable while
//! processes are killed, stopped and cut off, and a planted fault is noticed.

#![cfg(unix)] // signals
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

/// The example: in `target/debug/examples`, as this test is in `target/debug/deps`. A plain `cargo
/// test` has built it already; with `--test levels` or `--all-targets` it may have to be built.
fn example() -> &'static PathBuf {
    static EXAMPLE: LazyLock<PathBuf> = LazyLock::new(|| {
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().and_then(Path::parent).unwrap();
        let example = profile.join("examples").join(format!("levels{EXE_SUFFIX}"));
        if !example.exists() {
            let mut build = Command::new(env!("CARGO"));
            build.args(["build", "--package", "rejoin-tcp", "--example", "levels"]);
            build.args(profile.ends_with("release").then_some("--release"));
            build.arg("--target-dir").arg(profile.parent().unwrap());
            assert!(build.status().unwrap().success(), "the example cannot be built");
        }
        example
    });
    &EXAMPLE
}

fn run(arguments: &[&str]) -> (Output, String) {
    let output = Command::new(example()).args(arguments).output().unwrap();
    let text = [&*output.stdout, &*output.stderr].concat();
    (output, String::from_utf8(text).unwrap())
}

#[test]
fn strong_operations_are_linearizable_while_processes_are_killed_stopped_and_cut_off() {
    let (output, text) = run(&["--faults", "12"]);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("PASSED") && !text.contains(" 0 processes killed"), "{text}");
}

#[test]
fn a_read_that_has_forgotten_something_is_noticed() {
    let (output, text) = run(&["--faults", "3", "--fail", "stale-read"]);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("FAILED: "), "{text}");
}
