use core::time::Duration;
use std::net::SocketAddr;

use rejoin_store::observe::Limits;

/// Where a [`Node`](crate::Node) listens, whom it dials, and its limits.
///
/// ```
/// use rejoin_tcp::NodeConfig;
///
/// let config = NodeConfig::default()
///     .with_listen(([127, 0, 0, 1], 0).into()) // any free port
///     .with_peer(([127, 0, 0, 1], 7001).into());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeConfig {
    /// The address to listen at; `None`, as unless told otherwise, only dials.
    pub listen: Option<SocketAddr>,
    /// Whom to dial, and to dial again whenever the connection is gone. Of two nodes it is enough
    /// that one dials the other; if both do, one connection is kept.
    pub peers: Vec<SocketAddr>,
    /// The longest message that is sent or accepted, in bytes: 16 MiB unless told otherwise. It must
    /// not be less than the replica's
    /// [`Config::max_message`](rejoin_store::Config::max_message).
    pub max_frame: usize,
    /// Messages longer than this many bytes are sent through deflate, if that makes them shorter:
    /// `usize::MAX`, which is never, unless told otherwise. It costs time at
    /// both ends, and pays where the network is slower than that. Nodes need not agree on it.
    pub compress_above: usize,
    /// How many bytes may wait for one slow peer: 32 MiB unless told otherwise, and always one
    /// message. Further messages are dropped, and a later sync brings what they held.
    pub max_queue: usize,
    /// How many accepted connections may be open at once: 256 unless told otherwise. Further ones
    /// wait.
    pub max_connections: usize,
    /// The pause after a connection was lost or refused: 50 ms unless told otherwise. It doubles
    /// with each failure in a row, and varies at random by up to its half.
    pub min_backoff: Duration,
    /// The longest such pause: 5 s unless told otherwise.
    pub max_backoff: Duration,
    /// How long nothing may come from a peer, or nothing be taken by it, before its connection is
    /// closed: 15 s unless told otherwise. Nodes with nothing to say send an empty frame every third
    /// of it, so it should be the same at all nodes.
    pub idle_timeout: Duration,
    /// How often the features `metrics` and `tracing` look how the node is doing: every second unless
    /// told otherwise. Without them nothing looks.
    pub publish_interval: Duration,
    /// What they call healthy. [`Node::health`](crate::Node::health) has limits of its own.
    pub limits: Limits,
}

impl NodeConfig {
    /// With another [`listen`](Self::listen).
    #[must_use]
    pub fn with_listen(self, listen: SocketAddr) -> Self {
        Self { listen: Some(listen), ..self }
    }

    /// With one more of the [`peers`](Self::peers).
    #[must_use]
    pub fn with_peer(mut self, peer: SocketAddr) -> Self {
        self.peers.push(peer);
        self
    }

    /// With another [`max_frame`](Self::max_frame).
    #[must_use]
    pub fn with_max_frame(self, max_frame: usize) -> Self {
        Self { max_frame, ..self }
    }

    /// With another [`compress_above`](Self::compress_above).
    #[must_use]
    pub fn with_compress_above(self, compress_above: usize) -> Self {
        Self { compress_above, ..self }
    }

    /// With another [`max_queue`](Self::max_queue).
    #[must_use]
    pub fn with_max_queue(self, max_queue: usize) -> Self {
        Self { max_queue, ..self }
    }

    /// With another [`max_connections`](Self::max_connections).
    #[must_use]
    pub fn with_max_connections(self, max_connections: usize) -> Self {
        Self { max_connections, ..self }
    }

    /// With another [`min_backoff`](Self::min_backoff) and [`max_backoff`](Self::max_backoff).
    #[must_use]
    pub fn with_backoff(self, min_backoff: Duration, max_backoff: Duration) -> Self {
        Self { min_backoff, max_backoff, ..self }
    }

    /// With another [`idle_timeout`](Self::idle_timeout).
    #[must_use]
    pub fn with_idle_timeout(self, idle_timeout: Duration) -> Self {
        Self { idle_timeout, ..self }
    }

    /// With another [`publish_interval`](Self::publish_interval).
    #[must_use]
    pub fn with_publish_interval(self, publish_interval: Duration) -> Self {
        Self { publish_interval, ..self }
    }

    /// With other [`limits`](Self::limits).
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            listen: None,
            peers: Vec::new(),
            max_frame: 16 << 20,
            compress_above: usize::MAX,
            max_queue: 32 << 20,
            max_connections: 256,
            min_backoff: Duration::from_millis(50),
            max_backoff: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(15),
            publish_interval: Duration::from_secs(1),
            limits: Limits::default(),
        }
    }
}
