//! The same numbers and events, for whatever listens through the `metrics` and `tracing` facades.
//!
//! Without the two features nothing of it is there.

pub(crate) mod events;
#[cfg(feature = "metrics")]
mod exporter;

use core::time::Duration;

use rejoin_store::ReplicaId;

/// The metrics of one node, if there are any.
pub(crate) struct Telemetry {
    #[cfg(feature = "metrics")]
    pub(crate) exporter: exporter::Exporter,
}

#[cfg_attr(not(feature = "metrics"), allow(unused_variables, clippy::unused_self))]
impl Telemetry {
    /// Registers the metrics with the recorder that is installed now.
    pub(crate) fn new(id: ReplicaId) -> Self {
        Self {
            #[cfg(feature = "metrics")]
            exporter: exporter::Exporter::new(id.node()),
        }
    }

    pub(crate) fn read(&self, took: Duration) {
        #[cfg(feature = "metrics")]
        self.exporter.read(took);
    }

    pub(crate) fn wrote(&self, took: Duration) {
        #[cfg(feature = "metrics")]
        self.exporter.wrote(took);
    }
}
