//! Runs the example `levels` in small: strong operations of real processes are linearizable while
//! processes are killed, stopped and cut off, and a planted fault is noticed.

use std::process::{Command, Output};

use crate::example::example;

fn run(arguments: &[&str]) -> (Output, String) {
    let output = Command::new(example("rejoin-tcp", "levels")).args(arguments).output().unwrap();
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
