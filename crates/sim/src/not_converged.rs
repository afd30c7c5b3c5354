use core::fmt;

use rejoin_store::Time;

/// The replicas did not reach equal states in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotConverged {
    /// When the network was given up.
    pub at: Time,
}

impl fmt::Display for NotConverged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "replicas still differ at {}", self.at)
    }
}

impl core::error::Error for NotConverged {}
