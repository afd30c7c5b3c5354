use core::fmt;
use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rejoin_node::Node;
use tokio::net::TcpListener;

use crate::config::TcpConfig;
use crate::connect;
use crate::context::Context;

/// Connects a [`Node`] with others over TCP: it listens, dials, and dials again whenever a
/// connection is gone.
///
/// Nothing that a peer does ends the node: a frame that is too long, or a message that is refused,
/// closes that connection, and is counted in
/// [`NodeStats::refused`](rejoin_node::NodeStats::refused).
///
/// It stops when the node is shut down, and not before: dropping this handle changes nothing.
pub struct Tcp {
    context: Arc<Context>,
    local_addr: Option<SocketAddr>,
    dialed: Mutex<BTreeSet<SocketAddr>>,
}

impl Tcp {
    /// Starts listening and dialing, as tasks of the node.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened at, or when [`TcpConfig::max_frame`] is less than
    /// [what the node may send](rejoin_node::NodeConfig::max_message).
    pub fn start<S>(node: &Node<S>, config: TcpConfig) -> io::Result<Self> {
        let transport = node.transport();
        if config.max_frame < transport.max_message() {
            let text = "max_frame is less than the node's max_message";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let listener = config.listen.map(listen).transpose()?;
        let local_addr = listener.as_ref().map(TcpListener::local_addr).transpose()?;
        let peers = config.peers.clone();
        let context = Arc::new(Context { transport, config });
        if let Some(listener) = listener {
            context.transport.spawn(connect::listen(Arc::clone(&context), listener));
        }
        let tcp = Self { context, local_addr, dialed: Mutex::default() };
        for peer in peers {
            tcp.add_peer(peer);
        }
        Ok(tcp)
    }

    /// The address that it listens at, if it does.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.local_addr
    }

    /// Dials this address from now on, unless it does so already.
    pub fn add_peer(&self, address: SocketAddr) {
        let mut dialed = self.dialed.lock().unwrap_or_else(PoisonError::into_inner);
        if dialed.insert(address) {
            let context = Arc::clone(&self.context);
            self.context.transport.spawn(connect::dial(context, address));
        }
    }
}

impl fmt::Debug for Tcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tcp").field("local_addr", &self.local_addr).finish_non_exhaustive()
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}
