use core::time::Duration;

/// The limits and intervals of a [`Gossip`](crate::Gossip).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GossipConfig {
    /// How long an acknowledgement may wait for others, or for a frame to ride on.
    pub ack_delay: Duration,
    /// After which time without acknowledgement the last frame counts as lost, and after twice that
    /// an earlier one, whose acknowledgement is repeated with those of later ones. It doubles after
    /// some times in vain. More than `ack_delay` and a round trip.
    pub retry: Duration,
    /// How many later frames must have been acknowledged for a frame to count as lost before that.
    /// 1 is right where frames keep their order.
    pub reorder: u64,
    /// How old a delta must be to be listed in a digest. Longer than deltas take through the
    /// network; the side with the larger id waits one `digest_interval` longer, so that mostly one
    /// side of a link is enough.
    pub lazy_delay: Duration,
    /// How often a digest is sent over a link on which something is lazy.
    pub digest_interval: Duration,
    /// How long what a digest lists may still come the usual way before it is asked for.
    pub grace: Duration,
    /// How much may go into one frame; a single delta may be more.
    pub max_frame: usize,
    /// The heaviest delta that goes in a frame: by default any. Those that are heavier are handed
    /// out one by one ([`poll_long`](crate::Gossip::poll_long)), so that no frame waits for them.
    pub long_delta: usize,
    /// How many frames with deltas may be on their way over a link, not acknowledged.
    pub max_flying: usize,
    /// How much a neighbour may lack, in more than one delta, until it counts as
    /// [behind](crate::Gossip::behind): deltas overwrite each other, and a difference of values
    /// leaves out what was overwritten.
    pub max_backlog: usize,
    /// How much is kept for neighbours that may lack it. Beyond it the oldest goes, and they need
    /// another exchange.
    pub max_log: usize,
    /// How long it is kept for them at most.
    pub max_age: Duration,
    /// Whether deltas of a writer may be joined that are not next to each other in its numbers:
    /// yes, unless what is in between has to be seen in between.
    pub join_over_gaps: bool,
}

impl GossipConfig {
    /// With all intervals in proportion to `period`, the time between two calls of
    /// [`poll_transmit`](crate::Gossip::poll_transmit) in a steady stream of edits.
    #[must_use]
    pub fn paced(period: Duration) -> Self {
        Self {
            ack_delay: period * 4,
            retry: period * 6,
            reorder: 1,
            lazy_delay: period * 8,
            digest_interval: period * 16,
            grace: period * 4,
            max_frame: 1 << 20,
            long_delta: usize::MAX,
            max_flying: 64,
            max_backlog: usize::MAX,
            max_log: 16 << 20,
            max_age: Duration::MAX,
            join_over_gaps: true,
        }
    }
}

/// Paced for a network in which a message takes some milliseconds: a period of 25 ms.
impl Default for GossipConfig {
    fn default() -> Self {
        Self::paced(Duration::from_millis(25))
    }
}
