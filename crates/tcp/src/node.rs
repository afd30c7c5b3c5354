use core::fmt;
use core::time::Duration;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::SocketAddr;
use std::panic;
use std::sync::{Arc, Mutex, PoisonError};

use rejoin_core::{Dot, Edit, VersionVector};
use rejoin_store::consistency::{self, CausalToken, QuorumConfig, Quorums, Session, Voters};
use rejoin_store::{Durable, Replica, ReplicaId, Replicated, Storage, Time};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connect;
use crate::context::{Context, Counters};
use crate::driver::{Driver, MAX_EDITS, MAX_EVENTS};
use crate::engine::{EditJob, Input, SharedEngine, lock};
use crate::observe::{CountConflicts, Observed};
use crate::telemetry::Telemetry;
use crate::votes::{Member, Votes};
use crate::{ConnectionError, NodeConfig, NodeError, NodeStats, Objects};

/// A durable replica that keeps in touch with its peers over TCP.
///
/// Edits answer when they are durable here; peers get them afterwards, and whatever got lost on the
/// way is found by the periodic sync. While the network is away, everything but the exchange goes
/// on; lost connections are dialed again.
///
/// Under concurrency, waiting edits share a transaction: while one is being written to the disk, the
/// next ones gather. Nothing a peer does ends the node: a frame that is too long, or a message that
/// the replica refuses, closes that connection, and is counted in
/// [`NodeStats::refused`].
///
/// Dropping a node stops it in the background; [`shutdown`](Node::shutdown) also waits until the
/// storage is closed. Several tasks share a node in an `Arc`.
pub struct Node<S> {
    pub(crate) context: Arc<Context>,
    pub(crate) engine: SharedEngine<S>,
    pub(crate) conflicts: CountConflicts<S>,
    edits: mpsc::Sender<Input<S>>,
    local_addr: Option<SocketAddr>,
    dialed: Mutex<BTreeSet<SocketAddr>>,
    runtime: Handle,
}

impl<S> Node<S>
where
    S: Replicated + Edit + Send + 'static,
{
    /// Starts listening and dialing, as tasks of the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened at, when there is no tokio runtime, or when
    /// [`NodeConfig::max_frame`] is less than what the replica may send.
    pub fn start<D>(durable: Durable<S, D>, config: NodeConfig) -> io::Result<Self>
    where
        D: Storage + Send + 'static,
    {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        if config.max_frame < durable.replica().config().max_message {
            let text = "max_frame is less than the replica's max_message";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let listener = config.listen.map(listen).transpose()?;
        let local_addr = listener.as_ref().map(TcpListener::local_addr).transpose()?;

        let (edits, edits_receiver) = mpsc::channel(MAX_EDITS);
        let (events, events_receiver) = mpsc::channel(MAX_EVENTS);
        let (gone, gone_receiver) = mpsc::unbounded_channel();
        let peers = config.peers.clone();
        let context = Arc::new(Context {
            id: durable.id(),
            config,
            events,
            gone,
            isolated: watch::Sender::new(false),
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
            counters: Counters::default(),
            observed: Observed::new(
                &durable.replica().config().observe,
                Telemetry::new(durable.id()),
            ),
            last_error: Mutex::new(None),
        });
        let engine: SharedEngine<S> = Arc::new(Mutex::new(durable));
        let driver = Driver {
            context: Arc::clone(&context),
            engine: Arc::clone(&engine),
            edits: edits_receiver,
            events: events_receiver,
            gone: gone_receiver,
            links: HashMap::new(),
            waiting: Arc::default(),
        };
        context.tasks.spawn(driver.run());
        if let Some(listener) = listener {
            context.tasks.spawn(connect::listen(Arc::clone(&context), listener));
        }
        let conflicts = CountConflicts::default();
        #[cfg(any(feature = "metrics", feature = "tracing"))]
        context.tasks.spawn(crate::telemetry::publish(
            Arc::clone(&context),
            Arc::clone(&engine),
            Arc::clone(&conflicts),
        ));
        let dialed = Mutex::default();
        let node = Self { context, engine, conflicts, edits, local_addr, dialed, runtime };
        for peer in peers {
            node.add_peer(peer);
        }
        Ok(node)
    }

    /// Edits the value, and answers when the edit is durable.
    ///
    /// The closure runs on another thread, and must not block for long: everybody waits for it. If
    /// it panics, the panic goes on here, and what it had written before stays.
    ///
    /// Dropping the future does not take the edit back.
    ///
    /// # Errors
    ///
    /// When the storage fails, or the node is shutting down.
    pub async fn edit<R>(
        &self,
        edit: impl FnOnce(&mut S::Cursor<'_>) -> R + Send + 'static,
    ) -> Result<R, NodeError>
    where
        R: Send + 'static,
    {
        let asked = self.context.observed.now();
        let (job, reply) = EditJob::new(edit);
        self.edits.send(Input::Edit(Box::new(job))).await.map_err(|_| NodeError::Stopped)?;
        match reply.await.map_err(|_| NodeError::Stopped)?? {
            Ok(result) => {
                self.context.observed.has_written(asked);
                Ok(result)
            }
            Err(payload) => panic::resume_unwind(payload),
        }
    }

    /// Reads the value as it is here and now, edits that are not durable yet included.
    ///
    /// It waits for the transaction in progress, if there is one, and blocks the thread meanwhile.
    pub fn read<R>(&self, read: impl FnOnce(&S) -> R) -> R {
        self.read_since(self.context.observed.now(), |_| (), read)
    }

    /// What has been seen here: whoever waits for this token elsewhere sees as much there.
    #[must_use]
    pub fn token(&self) -> CausalToken {
        lock(&*self.engine).replica().seen().clone().into()
    }

    /// What this node and all of these nodes are known to have: nothing, if one of them is not
    /// connected. It is for [`Session::settle`], so that the token of a client that goes to no others
    /// stays small, however often nodes restart.
    #[must_use]
    pub fn settled(&self, nodes: impl IntoIterator<Item = ReplicaId>) -> VersionVector {
        lock(&*self.engine).replica().settled(nodes)
    }

    /// Waits until everything that `token` asks for has arrived here.
    ///
    /// # Errors
    ///
    /// When it has not within `timeout`, with what is missing, or when the node is shutting down.
    pub async fn wait_for(&self, token: CausalToken, timeout: Duration) -> Result<(), NodeError> {
        let (reply, answer) = oneshot::channel();
        let wait = Input::Wait { token, timeout, reply };
        self.edits.send(wait).await.map_err(|_| NodeError::Stopped)?;
        answer.await.map_err(|_| NodeError::Stopped)?.map_err(NodeError::NotSeen)
    }

    /// Reads the value as [`read`](Self::read) does, as soon as it has what the session's guarantees
    /// ask for.
    ///
    /// # Errors
    ///
    /// As [`wait_for`](Self::wait_for); the session can go on here or at another node.
    pub async fn read_in<R>(
        &self,
        session: &mut Session,
        timeout: Duration,
        read: impl FnOnce(&S) -> R,
    ) -> Result<R, NodeError> {
        let asked = self.context.observed.now();
        self.wait_for(session.before_read(), timeout).await?;
        let see = |seen: &VersionVector| {
            session.read(&seen.clone().into());
            session.stick_to(self.id());
        };
        Ok(self.read_since(asked, see, read))
    }

    /// Reads the value, after a look at what is in it, for somebody who has asked for it then.
    fn read_since<R>(
        &self,
        asked: Time,
        see: impl FnOnce(&VersionVector),
        read: impl FnOnce(&S) -> R,
    ) -> R {
        let mut engine = lock(&*self.engine);
        engine.replica_mut().note_read(self.context.observed.now());
        let replica = engine.replica();
        see(replica.seen());
        let result = read(replica.state());
        drop(engine);
        self.context.observed.has_read(asked);
        result
    }

    /// Edits the value as [`edit`](Self::edit) does, as soon as it has what the session's guarantees
    /// ask for.
    ///
    /// # Errors
    ///
    /// As [`wait_for`](Self::wait_for), and then nothing has been edited; and as
    /// [`edit`](Self::edit).
    pub async fn edit_in<R>(
        &self,
        session: &mut Session,
        timeout: Duration,
        edit: impl FnOnce(&mut S::Cursor<'_>) -> R + Send + 'static,
    ) -> Result<R, NodeError>
    where
        R: Send + 'static,
    {
        self.wait_for(session.before_write(), timeout).await?;
        let result = self.edit(edit).await?;
        let mut written = CausalToken::new();
        let latest = lock(&*self.engine).replica().seen().get(self.id());
        Dot::new(self.id(), latest).into_iter().for_each(|dot| written.insert(dot));
        session.wrote(&written);
        session.stick_to(self.id());
        Ok(result)
    }

    /// Takes part in quorum and strong operations from now on, and gives the objects of the value to
    /// be read and written at any level: `O` says what an object is.
    ///
    /// `declared` are the voters, the same at all nodes, by their [nodes](ReplicaId::node): the id in
    /// the storage, or that of any run. Who is not among them has no vote, and can read and write like
    /// anybody else. A node that has been told of newer voters goes by those.
    ///
    /// ```
    /// # use core::time::Duration;
    /// use rejoin_core::Causal;
    /// use rejoin_store::consistency::{ByKey, Level, Quorum, QuorumConfig};
    /// use rejoin_store::{Config, Durable, Memory, ReplicaId};
    /// use rejoin_tcp::{Node, NodeConfig};
    /// # type Register = rejoin_core::Causal<rejoin_core::DotMap<u64, rejoin_core::DotSet>>;
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let id = ReplicaId::from_u128(1);
    /// let durable = Durable::open(Memory::new(id), Config::default())?;
    /// let node: Node<rejoin_maps::GMap<String, Register>> =
    ///     Node::start(durable, NodeConfig::default())?;
    ///
    /// let objects = node.objects::<ByKey>([id], QuorumConfig::default()).await?;
    /// let soon = Duration::from_secs(1);
    /// objects.edit(Level::Strong, soon, |map| map.entry("seats").entry(7).write()).await?;
    /// let seats = objects.read("seats".to_owned(), Level::Strong, soon).await?;
    /// assert!(seats.contains_key(&7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there are no voters, when this has been called before, or when the node is shutting down.
    pub async fn objects<O>(
        &self,
        declared: impl IntoIterator<Item = ReplicaId>,
        config: QuorumConfig,
    ) -> Result<Objects<S, O>, NodeError>
    where
        O: consistency::Objects<S> + Send + 'static,
    {
        let declared = Voters::declare(declared).map_err(NodeError::Voters)?;
        let longest = config.max_message.min(self.context.config.max_frame);
        let config = config.with_max_message(longest);
        let votes = move |replica: &Replica<S>| -> Box<dyn Votes<S>> {
            Box::new(Member::<S, O>::new(Quorums::new(replica, declared, config)))
        };
        let (reply, is_first) = oneshot::channel();
        let vote = Input::Vote { votes: Box::new(votes), reply };
        self.edits.send(vote).await.map_err(|_| NodeError::Stopped)?;
        match is_first.await {
            Ok(true) => Ok(Objects::new(Arc::clone(&self.context), self.edits.clone())),
            Ok(false) => Err(NodeError::HasObjects),
            Err(_) => Err(NodeError::Stopped),
        }
    }

    /// What has been done so far.
    #[must_use]
    pub fn stats(&self) -> NodeStats {
        let replica = *lock(&*self.engine).replica().stats();
        NodeStats::new(replica, &self.context.counters)
    }

    /// Answers the edits that were accepted, closes all connections, and closes the storage.
    pub async fn shutdown(self) {
        self.context.shutdown.cancel();
        self.context.tasks.close();
        self.context.tasks.wait().await;
        let engine = Arc::clone(&self.engine);
        drop(self);
        // Closing a database may write. Should it panic, it is closed all the same.
        let _ = tokio::task::spawn_blocking(move || drop(engine)).await;
    }
}

impl<S> Node<S> {
    /// Who writes here.
    #[must_use]
    pub fn id(&self) -> ReplicaId {
        self.context.id
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
            self.context.tasks.spawn_on(connect::dial(context, address), &self.runtime);
        }
    }

    /// Cuts the node off from all peers, or lets it connect again; for tests and demonstrations.
    ///
    /// Cut off, it drops its connections, refuses new ones and dials nobody. Local edits and reads
    /// go on.
    pub fn set_isolated(&self, isolated: bool) {
        self.context.isolated.send_replace(isolated);
    }

    /// Why the last connection that failed did so.
    #[must_use]
    pub fn last_error(&self) -> Option<Arc<ConnectionError>> {
        self.context.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<S> Drop for Node<S> {
    fn drop(&mut self) {
        self.context.shutdown.cancel();
    }
}

impl<S> fmt::Debug for Node<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("id", &self.context.id)
            .field("local_addr", &self.local_addr)
            .field("connected", &self.context.counters.connected.get())
            .finish_non_exhaustive()
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}
