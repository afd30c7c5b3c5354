use serde::{Deserialize, Serialize};

/// A piece of a message that is named by its fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// The fingerprint.
    pub name: u64,
    /// The length of the message.
    pub length: u64,
    /// Where the piece begins.
    pub start: u64,
    /// What it is.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// How much has come of the message with this fingerprint, from its beginning without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The fingerprint.
    pub name: u64,
    /// How much.
    pub end: u64,
}
