use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::RedbError;

/// Makes a file at `path` in one step: `fill` writes it under another name, and only when that is
/// complete does it appear as `path`. Returns whether it is the one that is there.
///
/// If another file is there first, that one stays. The directory is synced too; otherwise a
/// power cut could take the file away with everything that was acknowledged in it.
pub(crate) fn atomically(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<(), RedbError>,
) -> Result<bool, RedbError> {
    let draft = Draft::beside(path)?;
    fill(&draft.0)?;
    let is_ours = match publish(&draft.0, path) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
        Err(error) => return Err(error.into()),
    };
    drop(draft);
    sync_parent(path)?;
    Ok(is_ours)
}

/// Two threads may create the same store at once, and each needs a draft of its own.
static DRAFTS: AtomicU64 = AtomicU64::new(0);

/// A file that is removed again on every way out.
struct Draft(PathBuf);

impl Draft {
    fn beside(path: &Path) -> Result<Self, RedbError> {
        let mut name = path
            .file_name()
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "the path names no file"))?
            .to_os_string();
        let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
        name.push(format!(".creating-{}-{number}", std::process::id()));
        let draft = path.with_file_name(name);
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(Self(draft)), // what was there was left by a crash
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0); // after a rename there is nothing left to remove
    }
}

fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(draft, path) {
        // A file system without hard links: renaming is as atomic, but would not spare a file that
        // appears in the meantime.
        Err(error)
            if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied)
                && !path.try_exists()? =>
        {
            fs::rename(draft, path)
        }
        result => result,
    }
}

#[cfg(unix)]
fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(parent)?.sync_all()
}

/// Other systems do not let a directory be opened; their file systems journal names by themselves.
#[cfg(not(unix))]
fn sync_parent(path: &Path) -> io::Result<()> {
    File::options().write(true).open(path)?.sync_all()
}
