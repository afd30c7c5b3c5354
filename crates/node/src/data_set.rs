//! Which data a replica has: a note that it keeps from its first start on.

use rejoin_store::{Replica, Replicated};

use crate::error::NodeError;

/// The layer of the note.
const LAYER: &str = "data-set";

/// The longest name, in bytes.
const MAX_LEN: usize = 255;

/// Makes sure that a replica is of this data set. One that has been of none is from now on, and
/// says so durably before it sends anything.
pub(crate) fn enter<S: Replicated>(replica: &mut Replica<S>, name: &str) -> Result<(), NodeError> {
    if name.is_empty() || name.len() > MAX_LEN {
        return Err(NodeError::Config("the name of the data set has not 1 to 255 bytes"));
    }
    match replica.note(LAYER) {
        None => {
            replica.set_note(LAYER, 1, name.as_bytes().to_vec());
            Ok(())
        }
        Some((_, stored)) if stored == name.as_bytes() => Ok(()),
        Some((_, stored)) => Err(NodeError::DataSet {
            stored: String::from_utf8_lossy(stored).into_owned(),
            configured: name.to_owned(),
        }),
    }
}
