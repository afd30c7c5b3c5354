use core::time::Duration;
use std::net::SocketAddr;

/// Where [`Tcp`](crate::Tcp) listens, whom it dials, and its limits.
///
/// ```
/// use rejoin_tcp::TcpConfig;
///
/// let config = TcpConfig::default()
///     .with_listen(([127, 0, 0, 1], 0).into()) // any free port
///     .with_peer(([127, 0, 0, 1], 7001).into());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TcpConfig {
    /// The address to listen at; `None`, the default, only dials.
    pub listen: Option<SocketAddr>,
    /// Whom to dial, and to dial again whenever the connection is gone. Of two nodes it is enough
    /// that one dials the other; if both do, one connection is kept.
    pub peers: Vec<SocketAddr>,
    /// The longest message that is sent or accepted, in bytes: 16 MiB unless set otherwise. It must
    /// not be less than what the node [may send](rejoin_node::NodeConfig::max_message).
    pub max_frame: usize,
    /// Messages longer than this many bytes are sent through deflate, if that makes them shorter:
    /// `usize::MAX`, which is never, unless set otherwise. It costs time at
    /// both ends, and pays where the network is slower than that. Nodes need not agree on it.
    pub compress_above: usize,
    /// How many accepted connections may be open at once: 256 unless set otherwise. Further ones
    /// wait.
    pub max_connections: usize,
    /// The pause after a connection was lost or refused: 50 ms unless set otherwise. It doubles
    /// with each failure in a row, and varies at random by up to its half.
    pub min_backoff: Duration,
    /// The longest such pause: 5 s unless set otherwise.
    pub max_backoff: Duration,
    /// How long nothing may come from a peer, or nothing be taken by it, before its connection is
    /// closed: 15 s unless set otherwise. Nodes with nothing to say send an empty frame every third
    /// of it, so it should be the same at all nodes.
    pub idle_timeout: Duration,
}

impl TcpConfig {
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
}

impl Default for TcpConfig {
    fn default() -> Self {
        Self {
            listen: None,
            peers: Vec::new(),
            max_frame: 16 << 20,
            compress_above: usize::MAX,
            max_connections: 256,
            min_backoff: Duration::from_millis(50),
            max_backoff: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(15),
        }
    }
}
