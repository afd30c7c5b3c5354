use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use super::trace::{Change, Commit, History, ReadError};

/// Reads the history of `HEAD` of a git repository, by asking `git log`.
///
/// # Errors
///
/// When git is not there, or cannot read the repository, or says something unexpected.
pub fn read_git(repository: &Path) -> Result<History, ReadError> {
    let output = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(["-c", "log.showRoot=true", "log", "--topo-order", "--reverse"])
        .args(["--raw", "-z", "--no-abbrev", "--no-renames", "--diff-merges=first-parent"])
        .args(["--no-show-signature", "--no-notes", "--no-color", "--format=tformat:%x01%H %P"])
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(ReadError::Program(format!("git log failed: {}", said.trim())));
    }
    parse(&output.stdout)
        .ok_or_else(|| ReadError::Program("git log said something unexpected".to_owned()))
}

/// NUL-terminated fields: `\x01COMMIT PARENT…` begins a commit, `:MODE MODE BLOB BLOB STATUS` is
/// followed by a field with the path.
fn parse(log: &[u8]) -> Option<History> {
    let mut history = History::default();
    let mut places: HashMap<&[u8], usize> = HashMap::new();
    let mut contents: HashMap<Vec<u8>, u64> = HashMap::new();
    let mut fields = log.split(|byte| *byte == 0);
    while let Some(field) = fields.next() {
        match field.trim_ascii_start() {
            [] => {}
            [1, names @ ..] => {
                let mut names = names.trim_ascii_end().split(|byte| *byte == b' ');
                places.insert(names.next()?, history.commits.len());
                // A shallow clone names parents that it does not have.
                let parents = names.filter_map(|name| places.get(name).copied()).collect();
                history.commits.push(Commit { parents, changes: Vec::new() });
            }
            [b':', change @ ..] => {
                let path = String::from_utf8_lossy(fields.next()?).into_owned();
                let parts: Vec<&[u8]> = change.split(|byte| *byte == b' ').collect();
                let [_, mode, _, blob, status] = parts[..] else { return None };
                let change = if status.starts_with(b"D") {
                    Change::Delete
                } else {
                    let next = contents.len() as u64;
                    Change::Write(*contents.entry([mode, blob].concat()).or_insert(next))
                };
                history.commits.last_mut()?.changes.push((path, change));
            }
            _ => return None,
        }
    }
    Some(history)
}
