use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rejoin_clocks::{NodeId, ReplicaId};
use xxhash_rust::xxh3::xxh3_128;

use crate::error::IdentityError;

/// The first line of the file.
const FORMAT: &str = "rejoin identity 1";

/// The id of a program that loads a value, edits it, saves it and ends; and what it saved last.
///
/// It is locked as long as it is open, because two that wrote under one id would take each other's
/// writes for their own. The [crate's page](crate) has an example.
#[derive(Debug)]
pub struct Identity {
    path: PathBuf,
    /// Held until this is dropped.
    _lock: File,
    run: ReplicaId,
    /// The fingerprint of the value that was saved last.
    saved: Option<u128>,
}

impl Identity {
    /// Opens the identity in this file, or makes one, of a fresh random node, if there is no file.
    ///
    /// The file belongs to this program on this machine: it must be copied nowhere. Beside it a
    /// file of the same name with `.lock` at the end is locked.
    ///
    /// # Errors
    ///
    /// When the identity is in use, when the file is something else, and when it cannot be
    /// accessed.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, IdentityError> {
        let path = path.as_ref().to_owned();
        let failed = |error| IdentityError::Io(path.clone(), error);
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false);
        let lock = options.open(beside(&path, ".lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(IdentityError::InUse(path)),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        match fs::read(&path) {
            Ok(bytes) => match parse(&bytes) {
                Some((run, saved)) => Ok(Self { path, _lock: lock, run, saved }),
                None => Err(IdentityError::Damaged(path)),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let run = NodeId::random().fresh_run();
                let identity = Self { path, _lock: lock, run, saved: None };
                identity.store()?;
                Ok(identity)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The id to write under, given the bytes that the program has just loaded as its own: `None`
    /// if there were none.
    ///
    /// It is that of the last time if they are those [recorded](Self::record) last, and otherwise
    /// a fresh run of the same node.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn resume(&mut self, loaded: Option<&[u8]>) -> Result<ReplicaId, IdentityError> {
        if loaded.map(xxh3_128) == self.saved { Ok(self.run) } else { self.renew() }
    }

    /// Takes a fresh run of the same node: for a program that learns that the value it has loaded
    /// was not its latest.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn renew(&mut self) -> Result<ReplicaId, IdentityError> {
        self.run = self.node().fresh_run();
        self.saved = None;
        self.store()?;
        Ok(self.run)
    }

    /// Records the bytes that are about to be saved. It is durable when this returns, so that
    /// whatever becomes of them, no id is used for two writes.
    ///
    /// # Errors
    ///
    /// When the file cannot be written. Then the bytes must not be saved.
    pub fn record(&mut self, bytes: &[u8]) -> Result<(), IdentityError> {
        self.saved = Some(xxh3_128(bytes));
        self.store()
    }

    /// The node, which stays the same over all runs.
    #[must_use]
    pub fn node(&self) -> NodeId {
        self.run.node()
    }

    /// Puts a new file in the place of the old one.
    fn store(&self) -> Result<(), IdentityError> {
        let store = || {
            let saved = self.saved.map_or("-".to_owned(), |saved| format!("{saved:032x}"));
            let draft = beside(&self.path, ".new");
            let mut file = File::create(&draft)?;
            write!(file, "{FORMAT}\n{}\n{saved}\n", self.run)?;
            file.sync_all()?;
            fs::rename(&draft, &self.path)?;
            sync_folder(&self.path)
        };
        store().map_err(|error| IdentityError::Io(self.path.clone(), error))
    }
}

/// The file of this name, and this at the end.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn parse(bytes: &[u8]) -> Option<(ReplicaId, Option<u128>)> {
    let mut lines = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?.split('\n');
    if lines.next()? != FORMAT {
        return None;
    }
    let run = lines.next()?.parse().ok()?;
    let saved = match lines.next()? {
        "-" => None,
        digits if digits.len() == 32 => Some(u128::from_str_radix(digits, 16).ok()?),
        _ => return None,
    };
    lines.next().is_none().then_some((run, saved))
}

/// Makes a rename durable, on systems where a folder can be opened.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
