//! Small nodes, and a storage that can be made to fail.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rejoin_core::Edit;
use rejoin_durable::{CommitError, Durable, Memory, Snapshot, Storage, Stored};
use rejoin_node::{Node, NodeConfig};
use rejoin_sets::{AwSet, Causal};
use rejoin_store::{Config, NodeId, Replicated};
use rejoin_tcp::{Tcp, TcpConfig};

/// What the nodes replicate.
pub(crate) type Tags = Causal<AwSet<String>>;

/// The longest message and frame of these nodes.
pub(crate) const MAX_MESSAGE: usize = 1 << 16;

pub(crate) fn config() -> Config {
    Config::default().with_sync_interval(Duration::from_millis(50)).with_max_message(MAX_MESSAGE)
}

/// How a node is started.
pub(crate) struct Local {
    pub(crate) node: NodeConfig,
    pub(crate) tcp: TcpConfig,
}

impl Local {
    pub(crate) fn compressing(self, above: usize) -> Self {
        Self { tcp: self.tcp.with_compress_above(above), ..self }
    }

    pub(crate) fn with_peer(self, peer: SocketAddr) -> Self {
        Self { tcp: self.tcp.with_peer(peer), ..self }
    }
}

pub(crate) fn local() -> Local {
    local_at((Ipv4Addr::LOCALHOST, 0).into())
}

pub(crate) fn local_at(address: SocketAddr) -> Local {
    let node = NodeConfig::new("tests")
        .with_max_message(MAX_MESSAGE)
        .with_publish_interval(Duration::from_millis(20));
    let tcp = TcpConfig::default()
        .with_listen(address)
        .with_max_frame(MAX_MESSAGE)
        .with_backoff(Duration::from_millis(5), Duration::from_millis(50));
    Local { node, tcp }
}

/// A node with its socket.
pub(crate) struct Socketed<S = Tags> {
    node: Node<S>,
    tcp: Tcp,
}

impl<S: Replicated + Edit + Send + 'static> Socketed<S> {
    pub(crate) fn start<D>(durable: Durable<S, D>, local: Local) -> Self
    where
        D: Storage + Send + 'static,
    {
        let node = Node::start(durable, local.node).unwrap();
        let tcp = Tcp::start(&node, local.tcp).unwrap();
        Self { node, tcp }
    }

    pub(crate) async fn shutdown(self) {
        self.node.shutdown().await;
    }
}

impl<S> Socketed<S> {
    pub(crate) fn local_addr(&self) -> Option<SocketAddr> {
        self.tcp.local_addr()
    }

    pub(crate) fn add_peer(&self, peer: SocketAddr) {
        self.tcp.add_peer(peer);
    }
}

impl<S> Deref for Socketed<S> {
    type Target = Node<S>;

    fn deref(&self) -> &Node<S> {
        &self.node
    }
}

/// A listening node in memory that dials these peers.
pub(crate) fn node<const N: usize>(id: u128, peers: [SocketAddr; N]) -> Socketed {
    let memory = Memory::new(NodeId::from_u128(id));
    let durable = Durable::open_as(memory, 0, config()).unwrap();
    Socketed::start(durable, peers.into_iter().fold(local(), Local::with_peer))
}

pub(crate) fn has(node: &Node<Tags>, tag: &str) -> bool {
    node.read(|tags| tags.contains(tag))
}

/// Waits until something holds; gives up after half a minute.
#[track_caller]
pub(crate) fn eventually(condition: impl Fn() -> bool) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    let deadline = Instant::now() + Duration::from_secs(30);
    async move {
        while !condition() {
            assert!(Instant::now() < deadline, "never happened: {caller}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// A memory that refuses writes on demand.
pub(crate) struct Failing(Memory, Switch);

/// Whether writes fail.
#[derive(Clone, Default)]
pub(crate) struct Switch(Arc<AtomicBool>);

#[derive(Debug)]
pub(crate) struct Refused;

impl Switch {
    pub(crate) fn set(&self, fails: bool) {
        self.0.store(fails, Ordering::SeqCst);
    }

    fn check(&self) -> Result<(), Refused> {
        if self.0.load(Ordering::SeqCst) { Err(Refused) } else { Ok(()) }
    }
}

impl Failing {
    pub(crate) fn new(id: u128) -> (Self, Switch) {
        let switch = Switch::default();
        (Self(Memory::new(NodeId::from_u128(id)), switch.clone()), switch)
    }
}

impl Storage for Failing {
    type Error = Refused;

    fn node(&self) -> NodeId {
        self.0.node()
    }

    fn renew(&mut self, node: NodeId) -> Result<(), Self::Error> {
        _ = self.0.renew(node);
        Ok(())
    }

    fn load(&mut self, visit: &mut dyn FnMut(Stored<'_>)) -> Result<(), Refused> {
        self.0.load(visit).map_err(|error| match error {})
    }

    fn append(&mut self, delta: &[u8]) -> Result<(), Refused> {
        self.1.check()?;
        self.0.append(delta).map_err(|_| Refused)
    }

    fn compact(&mut self, snapshot: &mut Snapshot<'_>) -> Result<(), CommitError<Refused>> {
        self.1.check().map_err(CommitError::Storage)?;
        self.0.compact(snapshot).map_err(|_| CommitError::Storage(Refused))
    }

    fn log_bytes(&self) -> u64 {
        self.0.log_bytes()
    }

    fn snapshot_bytes(&self) -> u64 {
        self.0.snapshot_bytes()
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused on demand")
    }
}

impl std::error::Error for Refused {}
