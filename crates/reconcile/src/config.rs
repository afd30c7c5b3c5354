//! Limits of a session.

/// The most bytes that a message can have.
pub(crate) const HARD_CAP: usize = 1 << 20;

/// Limits and estimates of a session; the two sides may have different ones.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) cap: usize,
    pub(crate) item_bytes: usize,
    pub(crate) attempts: u32,
}

impl Config {
    /// The most bytes of a message that is sent; from 1 KiB to 1 MiB, and 64 KiB by default.
    ///
    /// Messages of up to 1 MiB are accepted at any setting, and an answer to one may be as long.
    #[must_use]
    pub fn message_cap(mut self, bytes: usize) -> Self {
        self.cap = bytes.clamp(1 << 10, HARD_CAP);
        self
    }

    /// The mean bytes of what an id stands for; 32 by default.
    ///
    /// Where hardly anything is shared, all is sent rather than filtered if that is cheaper.
    #[must_use]
    pub fn item_bytes(mut self, bytes: usize) -> Self {
        self.item_bytes = bytes;
        self
    }

    /// How often the rest is tried again, each time under another salt, before a session ends
    /// unverified; 4 by default.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.attempts = retries.saturating_add(1);
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self { cap: 64 << 10, item_bytes: 32, attempts: 5 }
    }
}
