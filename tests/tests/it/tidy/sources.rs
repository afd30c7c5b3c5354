//! What files of Rust look like: their length, their columns, their names.

use super::{files, read, relative, root};

const LINES: usize = 400;
const COLUMNS: usize = 100;

/// Files that are longer still, with their lines. Lower the numbers, and take out what is mended.
const LONG: [(&str, usize); 6] = [
    ("crates/core/src/dot_map.rs", 547),
    ("crates/counters/src/bounded_counter.rs", 401),
    ("crates/store/src/consistency/quorums.rs", 473),
    ("crates/store/src/gossip.rs", 445),
    ("crates/store/src/replica.rs", 470),
    ("crates/store/src/replica/exchange.rs", 435),
];

/// How many lines longer than allowed a file is.
fn excess(text: &str, allowed: usize) -> usize {
    text.lines().count().saturating_sub(allowed)
}

#[test]
fn files_have_one_idea() {
    for file in files(&root(), ".rs") {
        let (path, text) = (relative(&file), read(&file));
        let known = LONG.iter().find(|(long, _)| *long == path);
        assert_eq!(excess(&text, known.map_or(LINES, |(_, lines)| *lines)), 0, "{path} is longer");
        assert!(!path.ends_with("/mod.rs"), "{path}: use foo.rs beside foo/");
    }
    for (path, _) in LONG {
        let text = read(&root().join(path));
        assert!(excess(&text, LINES) > 0, "{path} is short enough: take it out");
    }
}

/// The lines of comments that are longer than a line of code may be.
fn wide_comments(text: &str) -> Vec<usize> {
    let is_wide =
        |line: &str| line.trim_start().starts_with("//") && line.chars().count() > COLUMNS;
    text.lines().zip(1..).filter(|(line, _)| is_wide(line)).map(|(_, at)| at).collect()
}

/// Folders in which there are some left, and how many there are in all of them. Lower the number,
/// and take out what is mended.
const WIDE: ([&str; 9], usize) =
    (["core", "counters", "derive", "maps", "redb", "registers", "sets", "store", "tcp"], 220);

#[test]
fn comments_are_wrapped() {
    let mut left = 0;
    for file in files(&root(), ".rs") {
        let path = relative(&file);
        let lines = wide_comments(&read(&file));
        let is_left = |name: &&str| path.starts_with(&format!("crates/{name}/"));
        if WIDE.0.iter().any(|name| is_left(name)) {
            left += lines.len();
        } else {
            assert_eq!(lines, [0; 0], "{path}: comments over {COLUMNS} columns");
        }
    }
    assert!(left <= WIDE.1, "{left} comments over {COLUMNS} columns, and not {}", WIDE.1);
}

mod canaries {
    use super::*;

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
