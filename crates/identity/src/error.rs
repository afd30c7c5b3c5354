use core::fmt;
use std::io;
use std::path::PathBuf;

/// An identity cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum IdentityError {
    /// Another process has this identity open, or another part of this one.
    InUse(PathBuf),
    /// This file is no identity, or a damaged one. Delete it, and the program is another node.
    Damaged(PathBuf),
    /// This file cannot be read or written.
    Io(PathBuf, io::Error),
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(path) => write!(f, "the identity {} is in use", path.display()),
            Self::Damaged(path) => write!(f, "{} is no identity, or damaged", path.display()),
            Self::Io(path, _) => write!(f, "cannot access the identity {}", path.display()),
        }
    }
}

impl core::error::Error for IdentityError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            Self::InUse(_) | Self::Damaged(_) => None,
        }
    }
}
