//! What can be wrong with a message.

use std::error::Error;
use std::fmt;

/// A message that no correct peer sends; it has changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidMessage;

impl fmt::Display for InvalidMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid reconciliation message")
    }
}

impl Error for InvalidMessage {}
