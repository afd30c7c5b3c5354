//! Whether a path still leads to a file that is open.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::RedbError;

/// The path of a file that is open, and which file that is.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    identity: Identity,
}

impl Place {
    pub(crate) fn of(path: &Path, file: &File) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        Ok(Self { path, identity: identity(&file.metadata()?)? })
    }

    /// # Errors
    ///
    /// When the path leads to no file, or to another one.
    pub(crate) fn check(&self) -> Result<(), RedbError> {
        match fs::metadata(&self.path).and_then(|metadata| identity(&metadata)) {
            Ok(identity) if identity == self.identity => Ok(()),
            Ok(_) => Err(RedbError::Replaced),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(RedbError::Replaced),
            Err(error) if error.kind() == ErrorKind::NotADirectory => Err(RedbError::Replaced),
            Err(error) => Err(error.into()),
        }
    }
}

/// Device and inode, which no other file has while this one is open.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(metadata: &Metadata) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    Ok((metadata.dev(), metadata.ino()))
}

/// The best that std has elsewhere: when the file was created.
#[cfg(not(unix))]
type Identity = std::time::SystemTime;

#[cfg(not(unix))]
fn identity(metadata: &Metadata) -> io::Result<Identity> {
    metadata.created()
}
