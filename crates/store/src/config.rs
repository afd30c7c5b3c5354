use core::time::Duration;

/// The limits and intervals of a [`Replica`](crate::Replica).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// How often a replica compares itself with each connected peer, on average: the jitter is half
    /// of it either way. 1 s unless told otherwise; `Duration::MAX` means never, which leaves lost
    /// deltas lost.
    pub sync_interval: Duration,
    /// The longest message that is sent or accepted, in bytes: 16 MiB unless told otherwise. It has
    /// to be the same at all replicas.
    pub max_message: usize,
    /// How many bytes of deltas may wait for one peer: 4 MiB unless told otherwise. Further deltas
    /// are dropped, and the next sync brings them.
    pub max_queue: usize,
    /// The seed of the jitter. The replica's id is mixed in, so all replicas may share a seed.
    pub seed: u64,
}

impl Config {
    /// With another [`sync_interval`](Self::sync_interval).
    #[must_use]
    pub fn with_sync_interval(self, sync_interval: Duration) -> Self {
        Self { sync_interval, ..self }
    }

    /// With another [`max_message`](Self::max_message).
    #[must_use]
    pub fn with_max_message(self, max_message: usize) -> Self {
        Self { max_message, ..self }
    }

    /// With another [`max_queue`](Self::max_queue).
    #[must_use]
    pub fn with_max_queue(self, max_queue: usize) -> Self {
        Self { max_queue, ..self }
    }

    /// With another [`seed`](Self::seed).
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sync_interval: Duration::from_secs(1),
            max_message: 16 << 20,
            max_queue: 4 << 20,
            seed: 0,
        }
    }
}
