//! Runs the example `cluster` in small: it must pass, and must notice planted faults.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};

use crate::example::example;

fn run(arguments: &[&str]) -> (Output, String) {
    let output = Command::new(example("rejoin-tcp", "cluster"))
        .args(["--carts", "20", "--edits", "200"])
        .args(arguments)
        .output()
        .unwrap();
    let text = [&*output.stdout, &*output.stderr].concat();
    (output, String::from_utf8(text).unwrap())
}

#[test]
fn replicas_converge_with_every_acknowledged_edit() {
    let (output, text) = run(&[]);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("was killed") && text.contains("PASSED"), "{text}");
}

/// What Prometheus would read of the first replica while it runs, and what people read at the end.
#[test]
fn metrics_can_be_read_while_it_runs() {
    let mut child = Command::new(example("rejoin-tcp", "cluster"))
        .args(["--carts", "20", "--edits", "200", "--metrics", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let start = "metrics of replica 1: http://";
    let address = lines.find_map(|line| Some(line.split_once(start)?.1.to_owned())).unwrap();
    let mut stream = TcpStream::connect(address.trim_end_matches("/metrics")).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("# TYPE rejoin_divergence_window_seconds gauge\n"), "{answer}");
    assert!(answer.contains("\nrejoin_healthy{node=\""), "{answer}");
    let rest: Vec<String> = lines.collect();
    assert!(child.wait().unwrap().success(), "{rest:#?}");
    let lags = rest.iter().filter(|line| line.starts_with("replication lag     mean "));
    assert_eq!(lags.count(), 3, "{rest:#?}");
}

#[track_caller]
fn finds(fault: &str, finding: &str) {
    let (output, text) = run(&["--fail", fault]);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains(finding), "{text}");
}

#[test]
fn an_edit_that_nobody_made_is_missed() {
    finds("lost-edit", "acknowledged, but missing");
}

#[test]
fn an_edit_that_was_acknowledged_and_forgotten_is_missed() {
    finds("forgotten-edit", "acknowledged, but missing");
}
