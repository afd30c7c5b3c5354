//! The examples are run, and print what they say.

use std::env::consts::EXE_SUFFIX;
use std::path::Path;
use std::process::Command;

/// What the example prints. It is in `target/debug/examples`, as this test is in
/// `target/debug/deps`; a plain `cargo test` has built it, otherwise it may have to be built.
fn output(package: &str, name: &str) -> String {
    let test = std::env::current_exe().expect("this test is a file");
    let profile = test.parent().and_then(Path::parent).expect("in a target folder");
    let example = profile.join("examples").join(format!("{name}{EXE_SUFFIX}"));
    if !example.exists() {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--package", package, "--example", name]);
        build.args(profile.ends_with("release").then_some("--release"));
        build.arg("--target-dir").arg(profile.parent().expect("above the profile"));
        assert!(build.status().expect("cargo runs").success(), "{name} cannot be built");
    }
    let output = Command::new(example).output().expect("the example runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").replace("\r\n", "\n")
}

#[test]
fn a_kanban_board() {
    let expected = "\
Todo
  4: mow half of the lawn
  2: buy blue paint / buy green paint #errand #shop
Doing
  1: paint the fence
Done
";
    assert_eq!(output("rejoin-maps", "kanban"), expected);
}

#[test]
fn a_leaderboard() {
    let expected = "\
season 1
  1. zoe: 330 (games: 3)
  2. ada: 310 (games: 1)
  3. kim: 250 (games: 1)
season 2
  1. kim: 190 (games: 1)
  2. max: 120 (games: 1)
";
    assert_eq!(output("rejoin-maps", "leaderboard"), expected);
}

#[test]
fn settings_in_a_shared_folder() {
    let expected = "\
a new laptop
  beep = on
  font = serif
  theme = dark
both, once they have
  font = mono
  theme = light or sepia
the laptop, restarted
  font = mono
  theme = light
";
    assert_eq!(output("rejoin-store", "settings"), expected);
}
