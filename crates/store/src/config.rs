use core::time::Duration;

use rejoin_gossip::GossipConfig;

/// The limits and intervals of a [`Replica`](crate::Replica).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// How often a replica asks each connected peer whether they are equal, on average: the jitter
    /// is half of it either way. 1 s by default; `Duration::MAX` means never, which
    /// leaves unnoticed what no acknowledgement tells.
    pub sync_interval: Duration,
    /// How often such a question compares the values themselves, and not only what has been seen:
    /// an hour by default, `Duration::MAX` for never. It takes the time of encoding the
    /// value, at both ends, and finds damage that nothing else does: see
    /// [`Replica::diverged`](crate::Replica::diverged).
    pub scrub_interval: Duration,
    /// About the time that a message takes, from which all intervals of gossip follow: 25 ms by
    /// default. See [`GossipConfig::paced`].
    pub pace: Duration,
    /// The longest message that is sent or accepted, in bytes: 1 MiB by default. It has
    /// to be the same at all replicas. Most are much shorter: whatever is longer than 64 KiB, or a
    /// quarter of this, goes in pieces.
    pub max_message: usize,
    /// The longest message that is sent or accepted in pieces, in bytes: 256 MiB by default.
    /// Only something that cannot be taken apart is longer than
    /// [`max_message`](Self::max_message): a large value in one register, say.
    pub max_value: usize,
    /// How many bytes of differences are kept that are still on their way here, from all peers
    /// together: 1 GiB by default. A difference is read only when all of its pieces have come, so
    /// this is also the longest one that can come. Where it is not enough, those that have not gone
    /// on for longest begin again, and one that is too long is refused.
    ///
    /// A [`Causal`](rejoin_core::Causal) value needs none of it, because it hides its parts itself
    /// ([`HIDES_PARTS`](rejoin_core::Decompose::HIDES_PARTS)), unless the replica is
    /// [causal](Self::causal).
    pub max_incoming: usize,
    /// How many bytes of deltas are kept for peers that may lack them: 16 MiB by default. A peer
    /// that lacks older ones, or one that is longer, gets a difference of values instead.
    pub max_log: usize,
    /// How long deltas are kept for them: 10 minutes by default.
    pub max_log_age: Duration,
    /// Whether an edit is seen only together with, or after, all that its writer had seen: causal
    /// delivery, off by default. It has to be the same at all replicas.
    ///
    /// An edit then waits, out of the value but durable, until what it depends on has come. It
    /// costs an entry in each group of edits for each other writer of whom its writer has seen
    /// something new.
    pub causal: bool,
    /// The seed of the jitter. The replica's id is mixed in, so all replicas may share a seed.
    pub seed: u64,
}

impl Config {
    /// With another [`sync_interval`](Self::sync_interval).
    #[must_use]
    pub fn with_sync_interval(self, sync_interval: Duration) -> Self {
        Self { sync_interval, ..self }
    }

    /// With another [`scrub_interval`](Self::scrub_interval).
    #[must_use]
    pub fn with_scrub_interval(self, scrub_interval: Duration) -> Self {
        Self { scrub_interval, ..self }
    }

    /// With another [`pace`](Self::pace).
    #[must_use]
    pub fn with_pace(self, pace: Duration) -> Self {
        Self { pace, ..self }
    }

    /// With another [`max_message`](Self::max_message).
    #[must_use]
    pub fn with_max_message(self, max_message: usize) -> Self {
        Self { max_message, ..self }
    }

    /// With another [`max_value`](Self::max_value).
    #[must_use]
    pub fn with_max_value(self, max_value: usize) -> Self {
        Self { max_value, ..self }
    }

    /// With another [`max_incoming`](Self::max_incoming).
    #[must_use]
    pub fn with_max_incoming(self, max_incoming: usize) -> Self {
        Self { max_incoming, ..self }
    }

    /// With another [`max_log`](Self::max_log).
    #[must_use]
    pub fn with_max_log(self, max_log: usize) -> Self {
        Self { max_log, ..self }
    }

    /// With another [`max_log_age`](Self::max_log_age).
    #[must_use]
    pub fn with_max_log_age(self, max_log_age: Duration) -> Self {
        Self { max_log_age, ..self }
    }

    /// With or without [`causal`](Self::causal) delivery.
    #[must_use]
    pub fn with_causal(self, causal: bool) -> Self {
        Self { causal, ..self }
    }

    /// With another [`seed`](Self::seed).
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How long a message should be at most, so that others do not wait for it.
    pub(crate) fn target(&self) -> usize {
        (self.max_message / 4).min(64 << 10)
    }

    /// The longest message that goes in fragments: a value, and what is said of it.
    pub(crate) fn max_long(&self) -> usize {
        self.max_value.saturating_add(self.max_message)
    }

    /// For values of which a difference is exact, or is often all of it.
    pub(crate) fn gossip(&self, is_exact: bool) -> GossipConfig {
        let mut config = GossipConfig::paced(self.pace);
        config.max_log = self.max_log.min(self.max_value);
        config.max_frame = self.target();
        config.long_delta = self.target();
        config.max_backlog = match is_exact {
            true => self.target().saturating_mul(4),
            false => config.max_log / 4,
        };
        config.max_age = self.max_log_age;
        config.join_over_gaps = !self.causal;
        config
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sync_interval: Duration::from_secs(1),
            scrub_interval: Duration::from_secs(3_600),
            pace: Duration::from_millis(25),
            max_message: 1 << 20,
            max_value: 256 << 20,
            max_incoming: 1 << 30,
            max_log: 16 << 20,
            max_log_age: Duration::from_secs(600),
            causal: false,
            seed: 0,
        }
    }
}
