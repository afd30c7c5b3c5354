use core::time::Duration;

use rejoin_observe::{Limits, ObserveConfig};

/// Which data a [`Node`](crate::Node) replicates, and within which limits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeConfig {
    /// The name of the data set: 1 to 255 bytes, such as `"shop, production"`.
    ///
    /// All nodes that replicate the same data have the same name, and no other nodes do. The first
    /// start writes it to the storage. A storage and a peer of another name are refused, so that
    /// two data sets do not become one when an address is wrong: what is merged cannot be taken
    /// apart any more.
    pub data_set: String,
    /// The longest message that transports carry, in bytes. It must not be less than the replica's
    /// [`Config::max_message`](rejoin_store::Config::max_message). Default: 16 MiB.
    pub max_message: usize,
    /// How many bytes may wait for one slow peer, and always one message. Further messages are
    /// dropped, and a later sync brings what they held. Default: 32 MiB.
    pub max_queue: usize,
    /// How closely the node observes itself.
    pub observe: ObserveConfig,
    /// How often the features `metrics` and `tracing` look how the node is doing. Without them
    /// nothing looks. Default: every second.
    pub publish_interval: Duration,
    /// What they call healthy. [`Node::health`](crate::Node::health) has limits of its own.
    pub limits: Limits,
}

impl NodeConfig {
    /// The default limits, for the data set of this [name](Self::data_set).
    #[must_use]
    pub fn new(data_set: impl Into<String>) -> Self {
        Self {
            data_set: data_set.into(),
            max_message: 16 << 20,
            max_queue: 32 << 20,
            observe: ObserveConfig::default(),
            publish_interval: Duration::from_secs(1),
            limits: Limits::default(),
        }
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

    /// With other settings for what is [observed](Self::observe).
    #[must_use]
    pub fn with_observe(self, observe: ObserveConfig) -> Self {
        Self { observe, ..self }
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
