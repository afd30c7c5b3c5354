use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// Commits, parents before children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// In a topological order; a commit is named by its place.
    pub commits: Vec<Commit>,
}

/// What one commit did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Places of the parents, the first one first.
    pub parents: Vec<usize>,
    /// What is different from the first parent's tree.
    pub changes: Vec<(String, Change)>,
}

/// What became of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It has this content now.
    Write(u64),
    /// It is gone.
    Delete,
}

/// Why a history cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The file, or the output of a program, cannot be read.
    Io(io::Error),
    /// A line is not what the format says; lines count from 1.
    Line(usize, &'static str),
    /// A program that was asked for the history failed.
    Program(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(_) => f.write_str("cannot read the history"),
            Self::Line(number, what) => write!(f, "line {number}: {what}"),
            Self::Program(what) => f.write_str(what),
        }
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads a trace: tab-separated lines, gzipped if the name ends in `.gz`.
///
/// ```text
/// c  COMMIT  PARENTS (comma separated, '-' if none)  AUTHOR  UNIX_SECONDS
/// w  PATH  CONTENT
/// d  PATH
/// ```
///
/// # Errors
///
/// When the file cannot be read, or a line is not of this form.
pub fn read_trace(path: &Path) -> Result<History, ReadError> {
    let file = File::open(path)?;
    let is_zipped = path.extension().is_some_and(|extension| extension == "gz");
    let bytes: Box<dyn Read> =
        if is_zipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    parse(BufReader::new(bytes))
}

fn parse(lines: impl BufRead) -> Result<History, ReadError> {
    let mut history = History::default();
    for (at, line) in lines.lines().enumerate() {
        parse_line(&line?, &mut history).map_err(|what| ReadError::Line(at + 1, what))?;
    }
    Ok(history)
}

fn parse_line(line: &str, history: &mut History) -> Result<(), &'static str> {
    let fields: Vec<&str> = line.split('\t').collect();
    let (path, change) = match fields[..] {
        ["c", number, parents, _author, _seconds] => {
            if number.parse() != Ok(history.commits.len()) {
                return Err("commits are not numbered 0, 1, 2, …");
            }
            let parents = parse_parents(parents, history.commits.len())?;
            history.commits.push(Commit { parents, changes: Vec::new() });
            return Ok(());
        }
        ["w", path, content] => {
            let content = content.parse().map_err(|_| "the content is not a number")?;
            (path, Change::Write(content))
        }
        ["d", path] => (path, Change::Delete),
        _ => return Err("neither a commit (c), nor a write (w), nor a deletion (d)"),
    };
    let commit = history.commits.last_mut().ok_or("a change before the first commit")?;
    commit.changes.push((path.to_owned(), change));
    Ok(())
}

fn parse_parents(field: &str, commits: usize) -> Result<Vec<usize>, &'static str> {
    if field == "-" {
        return Ok(Vec::new());
    }
    field
        .split(',')
        .map(|parent| match parent.parse() {
            Ok(parent) if parent < commits => Ok(parent),
            _ => Err("a parent is not an earlier commit"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{ReadError, parse};

    fn check_error(text: &str, line: usize) {
        match parse(text.as_bytes()) {
            Err(ReadError::Line(at, _)) => assert_eq!(at, line, "{text:?}"),
            other => panic!("{text:?} gave {other:?}"),
        }
    }

    #[test]
    fn malformed_lines_are_named() {
        check_error("c\t1\t-\t0\t0\n", 1); // numbering
        check_error("c\t0\t0\t0\t0\n", 1); // its own parent
        check_error("w\tREADME.md\t1\n", 1); // before any commit
        check_error("c\t0\t-\t0\t0\nw\tREADME.md\tone\n", 2);
        check_error("c\t0\t-\t0\t0\nx\tREADME.md\n", 2);
    }
}
