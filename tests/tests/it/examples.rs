//! The examples are run, and print what they say.

use std::process::Command;

use self::example::example;

#[path = "../../support/example.rs"]
mod example;

/// What the example prints.
fn output(package: &str, name: &str) -> String {
    let output = Command::new(example(package, name)).output().expect("the example runs");
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
both, in the new folder
  beep = off
  font = mono or sans
  theme = blue
";
    assert_eq!(output("rejoin-maps", "settings"), expected);
}

#[test]
fn the_last_write_wins() {
    let expected = "\
the laptop has light
both have sepia and sepia
written over a stamp from the future: light
";
    assert_eq!(output("rejoin-maps", "last_write_wins"), expected);
}
