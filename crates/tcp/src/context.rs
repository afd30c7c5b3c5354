use rejoin_node::Transport;

use crate::config::TcpConfig;
use crate::error::ConnectionError;

/// What all connections share.
pub(crate) struct Context {
    pub(crate) transport: Transport,
    pub(crate) config: TcpConfig,
}

impl Context {
    pub(crate) fn note(&self, error: ConnectionError) {
        let is_refusal = error.is_refusal();
        self.transport.note(error, is_refusal);
    }
}
