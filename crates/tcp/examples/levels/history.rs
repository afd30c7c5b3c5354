//! What clients say, and the history that it makes.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rejoin_core::{CausalContext, Dot};
use rejoin_sim::check::{Action, Operation};
use rejoin_store::{ReplicaId, Time};

use super::Failure;

/// The time by the clock that all processes on this machine share.
fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

/// The key that everybody works on in this quarter of a second.
pub(crate) fn current_key() -> String {
    (now() / 250_000_000).to_string()
}

pub(crate) fn write(client: u64, count: u64, key: &str) -> String {
    format!("h w {client} {count} {} {key}", now())
}

pub(crate) fn written(client: u64, count: u64) -> String {
    format!("h W {client} {count} {}", now())
}

pub(crate) fn read(client: u64, count: u64, key: &str) -> String {
    format!("h r {client} {count} {} {key}", now())
}

pub(crate) fn has_read(client: u64, count: u64, books: impl Iterator<Item = u64>) -> String {
    let mut line = format!("h R {client} {count} {}", now());
    for book in books {
        let _ = write!(line, " {book}");
    }
    line
}

/// The write that this book was written by.
fn dot(book: u64) -> Option<Dot> {
    Dot::new(ReplicaId::from_u128(u128::from(book / 1_000_000)), book % 1_000_000)
}

/// Makes a history of what was said.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) operations: Vec<Operation<String>>,
    by_name: HashMap<(u64, u64), usize>,
}

impl History {
    /// Takes in a line, unless it is about something else.
    pub(crate) fn hear(&mut self, line: &str) -> Result<bool, Failure> {
        let Some(line) = line.strip_prefix("h ") else { return Ok(false) };
        let mut words = line.split(' ');
        let mut next = || words.next().ok_or("a word is missing");
        let kind = next()?;
        let name: (u64, u64) = (next()?.parse()?, next()?.parse()?);
        let at = Time::new(Duration::from_nanos(next()?.parse()?));
        let book = name.0 * 1_000_000 + name.1;
        if let "w" | "r" = kind {
            let key = next()?.to_owned();
            let action = if kind == "w" {
                let mut dots = CausalContext::new();
                dot(book).into_iter().for_each(|dot| {
                    dots.insert(dot);
                });
                Action::Write { key, dots }
            } else {
                Action::Read { key: Some(key), seen: CausalContext::new() }
            };
            self.by_name.insert(name, self.operations.len());
            self.operations.push(Operation {
                session: name.0,
                invoked: at,
                returned: None,
                action,
            });
            return Ok(true);
        }
        let index = *self.by_name.get(&name).ok_or("an answer without a question")?;
        let operation = &mut self.operations[index];
        operation.returned = Some(at);
        if let Action::Read { seen, .. } = &mut operation.action {
            for book in words {
                dot(book.parse()?).into_iter().for_each(|dot| {
                    seen.insert(dot);
                });
            }
        }
        Ok(true)
    }

    /// What was written, and is known to have been.
    pub(crate) fn confirmed(&self) -> impl Iterator<Item = (&str, Dot)> {
        self.operations.iter().filter(|operation| operation.returned.is_some()).flat_map(
            |operation| {
                let (key, dots) = match &operation.action {
                    Action::Write { key, dots } => (key.as_str(), dots.clone()),
                    Action::Read { .. } => ("", CausalContext::new()),
                };
                let runs: Vec<_> = dots.runs().collect();
                runs.into_iter()
                    .filter_map(move |(id, seqs)| Some((key, Dot::new(id, *seqs.start())?)))
            },
        )
    }
}

/// What a process has in the end: keys and books.
pub(crate) fn state(line: &str) -> Vec<(String, Dot)> {
    let words = line.split(' ').skip(1);
    words
        .filter_map(|word| {
            let (key, book) = word.split_once(':')?;
            Some((key.to_owned(), dot(book.parse().ok()?)?))
        })
        .collect()
}
