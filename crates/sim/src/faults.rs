use core::time::Duration;

/// What goes on in a network all the time: to messages, to disks, and with clocks.
///
/// What happens at some moment, such as a partition, a crash or a clock that jumps, is a method of
/// [`Network`](crate::Network).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Faults {
    /// With which probability a message is lost.
    pub loss: f64,
    /// With which probability a message arrives twice, each time with its own delay.
    pub duplicate: f64,
    /// With which probability one bit of a message is flipped.
    pub corrupt: f64,
    /// The shortest way of a message.
    pub min_delay: Duration,
    /// The longest way of a message. Each takes its own time in between, so that messages overtake
    /// each other.
    pub max_delay: Duration,
    /// The longest time from a change to the beginning of its commit, which takes in all changes
    /// until then.
    pub max_commit_delay: Duration,
    /// The longest time that a commit takes. Edits and messages come in meanwhile, and wait for the
    /// next one. It reaches the disk at some moment within this time, and is acknowledged at the
    /// end of it; a crash comes before or after either.
    pub max_commit_time: Duration,
    /// With which probability a disk says that a commit failed. Every other time it has stored it
    /// all the same. Such a commit is repeated after a little while.
    pub failed_commits: f64,
    /// How much faster or slower than the network's clock the clock of a replica runs at most: 0.1
    /// stands for 0.9 to 1.1 s a second. Each start of a replica draws its own.
    pub clock_skew: f64,
    /// The most that the clock of a replica shows when it starts, which is arbitrary in programs
    /// too. Each start of a replica draws its own.
    pub max_clock_offset: Duration,
}

impl Faults {
    /// A perfect network: 1 ms each way, in order, with commits at once, and with one clock.
    #[must_use]
    pub fn none() -> Self {
        Self {
            loss: 0.0,
            duplicate: 0.0,
            corrupt: 0.0,
            min_delay: Duration::from_millis(1),
            max_delay: Duration::from_millis(1),
            max_commit_delay: Duration::ZERO,
            max_commit_time: Duration::ZERO,
            failed_commits: 0.0,
            clock_skew: 0.0,
            max_clock_offset: Duration::ZERO,
        }
    }

    /// A bad one: a fifth of the messages lost, a fifth repeated, a twentieth damaged, 1 to 500 ms
    /// each way; commits that begin after up to 50 ms, take up to 50 ms, and fail one time in
    /// twenty; clocks a tenth too fast or too slow that start anywhere within an hour.
    #[must_use]
    pub fn harsh() -> Self {
        Self {
            loss: 0.2,
            duplicate: 0.2,
            corrupt: 0.05,
            max_delay: Duration::from_millis(500),
            max_commit_delay: Duration::from_millis(50),
            max_commit_time: Duration::from_millis(50),
            failed_commits: 0.05,
            clock_skew: 0.1,
            max_clock_offset: Duration::from_secs(3_600),
            ..Self::none()
        }
    }

    /// With another probability of [`loss`](Self::loss).
    #[must_use]
    pub fn with_loss(self, loss: f64) -> Self {
        Self { loss, ..self }
    }

    /// With another probability of [`duplicate`](Self::duplicate)s.
    #[must_use]
    pub fn with_duplicate(self, duplicate: f64) -> Self {
        Self { duplicate, ..self }
    }

    /// With another probability of damage ([`corrupt`](Self::corrupt)).
    #[must_use]
    pub fn with_corrupt(self, corrupt: f64) -> Self {
        Self { corrupt, ..self }
    }

    /// With other delays of messages.
    #[must_use]
    pub fn with_delay(self, min_delay: Duration, max_delay: Duration) -> Self {
        Self { min_delay, max_delay, ..self }
    }

    /// With another [`max_commit_delay`](Self::max_commit_delay).
    #[must_use]
    pub fn with_max_commit_delay(self, max_commit_delay: Duration) -> Self {
        Self { max_commit_delay, ..self }
    }

    /// With another [`max_commit_time`](Self::max_commit_time).
    #[must_use]
    pub fn with_max_commit_time(self, max_commit_time: Duration) -> Self {
        Self { max_commit_time, ..self }
    }

    /// With another probability of [`failed_commits`](Self::failed_commits).
    #[must_use]
    pub fn with_failed_commits(self, failed_commits: f64) -> Self {
        Self { failed_commits, ..self }
    }

    /// With another [`clock_skew`](Self::clock_skew) and
    /// [`max_clock_offset`](Self::max_clock_offset), for replicas that start from now on.
    #[must_use]
    pub fn with_clocks(self, clock_skew: f64, max_clock_offset: Duration) -> Self {
        Self { clock_skew, max_clock_offset, ..self }
    }
}
