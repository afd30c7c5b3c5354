//! What files of Rust look like: their length, their columns, their names.

use super::{files, read, relative, root};

const LINES: usize = 400;
const COLUMNS: usize = 100;

/// How many lines longer than allowed a file is.
fn excess(text: &str, allowed: usize) -> usize {
    text.lines().count().saturating_sub(allowed)
}

#[test]
fn files_have_one_idea() {
    for file in files(&root(), ".rs") {
        let (path, text) = (relative(&file), read(&file));
        assert_eq!(excess(&text, LINES), 0, "{path} is too long");
        assert!(!path.ends_with("/mod.rs"), "{path}: use foo.rs beside foo/");
    }
}

/// The lines of comments that are longer than a line of code may be. Tables and code in comments
/// cannot be wrapped.
fn wide_comments(text: &str) -> Vec<usize> {
    let mut is_code = false;
    let mut is_wide = |line: &str| {
        let Some(comment) = line.trim_start().strip_prefix("//") else {
            is_code = false;
            return false;
        };
        let comment = comment.trim_start_matches(['/', '!']).trim_start();
        is_code ^= comment.starts_with("```");
        !is_code && !comment.starts_with('|') && line.chars().count() > COLUMNS
    };
    let mut lines: Vec<usize> = Vec::new();
    for (line, at) in text.lines().zip(1..) {
        if is_wide(line) {
            lines.push(at);
        }
    }
    lines
}

#[test]
fn comments_are_wrapped() {
    for file in files(&root(), ".rs") {
        let path = relative(&file);
        let lines = wide_comments(&read(&file));
        assert_eq!(lines, [0; 0], "{path}: comments over {COLUMNS} columns");
    }
}

/// Where a check is left out of the profile that the tests run in.
fn debug_checks(text: &str) -> usize {
    let marks = [concat!("debug_", "assert"), concat!("debug_", "assertions")];
    text.lines().filter(|line| marks.iter().any(|mark| line.contains(mark))).count()
}

#[test]
fn checks_are_on_in_every_profile() {
    // The benches ask whether they are measured without optimisation.
    let folders = ["crates", "tests"].map(|folder| files(&root().join(folder), ".rs"));
    for file in folders.concat() {
        assert_eq!(debug_checks(&read(&file)), 0, "{}: use assert!", relative(&file));
    }
}

mod canaries {
    use super::*;

    #[test]
    fn a_debug_check() {
        assert_eq!(debug_checks(concat!("debug_", "assert!(true);\nassert!(true);")), 1);
    }

    #[test]
    fn a_long_file() {
        assert_eq!(excess(&"fn f() {}\n".repeat(LINES + 3), LINES), 3);
        assert_eq!(excess(&"fn f() {}\n".repeat(LINES), LINES), 0);
    }

    #[test]
    fn a_wide_comment() {
        let width = |signs: usize| format!("    /// {}\n", "ä".repeat(signs));
        let text = format!("{}{}let x;\n{}", width(92), width(93), width(93));
        assert_eq!(wide_comments(&text), [2, 4]);
    }
}
