use core::error::Error;
use core::fmt;
use core::time::Duration;
use std::collections::HashMap;
use std::panic;
use std::sync::{Arc, Mutex, PoisonError};

use rejoin_core::Edit;
use rejoin_durable::{Durable, Storage};
use rejoin_observe::{Health, Limits, Report};
use rejoin_quorum::{Division, NotVoting, QuorumConfig, Quorums, Voters};
use rejoin_session::{CausalToken, GroupClock, Session};
use rejoin_store::{NodeId, Replica, ReplicaId, Replicated, Time};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::NodeConfig;
use crate::context::Context;
use crate::counters::Counters;
use crate::data_set;
use crate::driver::{Driver, MAX_EDITS, MAX_HAPPENINGS};
use crate::engine::{Engine, Input, SharedEngine, lock};
use crate::error::NodeError;
use crate::greeting::Facts;
use crate::job::EditJob;
use crate::objects::Objects;
use crate::observed::{CountConflicts, Observed};
use crate::stats::NodeStats;
use crate::telemetry::Telemetry;
use crate::transport::Transport;
use crate::votes::{Member, VoteStatus, Votes};

/// A durable replica, driven by tasks of its own, that keeps in touch with its peers over any
/// [transport](Self::transport).
///
/// Edits answer when they are durable here; peers get them afterwards, and whatever got lost on the
/// way is found by the periodic sync. While the network is away, everything but the exchange goes
/// on.
///
/// Under concurrency, waiting edits share a transaction: while one is being written to the disk,
/// the next ones gather. Nothing a peer does ends the node: a message that the replica refuses
/// closes that link, and is counted in [`NodeStats::refused`].
///
/// Dropping a node stops it in the background; [`shutdown`](Node::shutdown) also waits until the
/// storage is closed. Several tasks share a node in an `Arc`.
pub struct Node<S> {
    pub(crate) context: Arc<Context>,
    pub(crate) engine: SharedEngine<S>,
    pub(crate) conflicts: CountConflicts<S>,
    edits: mpsc::Sender<Input<S>>,
    runtime: Handle,
}

impl<S> Node<S>
where
    S: Replicated + Edit + Send + 'static,
{
    /// Starts the driver, as a task of the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When there is no tokio runtime, when [`NodeConfig::max_message`] is less than what the
    /// replica may send, or when the storage is of another [data set](NodeConfig::data_set).
    pub fn start<D>(mut durable: Durable<S, D>, config: NodeConfig) -> Result<Self, NodeError>
    where
        D: Storage + Send + 'static,
    {
        let no_runtime = |_| NodeError::Config("there is no tokio runtime");
        let runtime = Handle::try_current().map_err(no_runtime)?;
        if config.max_message < durable.replica().config().max_message {
            return Err(NodeError::Config("max_message is less than that of the replica"));
        }
        data_set::enter(durable.replica_mut(), &config.data_set)?;
        let (edits, edits_receiver) = mpsc::channel(MAX_EDITS);
        let (happenings, happenings_receiver) = mpsc::channel(MAX_HAPPENINGS);
        let (gone, gone_receiver) = mpsc::unbounded_channel();
        let observed = Observed::new(&config.observe, Telemetry::new(durable.id()));
        let id = durable.id();
        let facts = Facts::of(durable.replica(), &config.data_set);
        let shape = Mutex::new(durable.shape().clone());
        let engine: SharedEngine<S> = Arc::new(Mutex::new(Engine::new(durable, &config.observe)));
        let context = Arc::new(Context {
            id,
            config,
            facts,
            shape,
            votes: Mutex::new(VoteStatus::default()),
            happenings,
            gone,
            isolated: watch::Sender::new(false),
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
            counters: Counters::default(),
            observed,
            last_error: Mutex::new(None),
        });
        let driver = Driver {
            context: Arc::clone(&context),
            engine: Arc::clone(&engine),
            edits: edits_receiver,
            happenings: happenings_receiver,
            gone: gone_receiver,
            links: HashMap::new(),
            waiting: Arc::default(),
        };
        context.tasks.spawn(driver.run());
        let conflicts = CountConflicts::default();
        #[cfg(any(feature = "metrics", feature = "tracing"))]
        context.tasks.spawn(crate::publisher::publish(
            Arc::clone(&context),
            Arc::clone(&engine),
            Arc::clone(&conflicts),
        ));
        Ok(Self { context, engine, conflicts, edits, runtime })
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

    /// What has been seen here: a client that waits for this token elsewhere sees as much there.
    #[must_use]
    pub fn token(&self) -> CausalToken {
        lock(&self.engine).replica().seen().into()
    }

    /// What this node and all of these nodes are known to have: nothing, if one of them is not
    /// connected. It is for [`Session::settle`], so that the token of a client that goes to no
    /// others stays small, however often nodes restart.
    #[must_use]
    pub fn settled(&self, nodes: impl IntoIterator<Item = NodeId>) -> GroupClock {
        lock(&self.engine).replica().settled(nodes)
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

    /// Reads the value as [`read`](Self::read) does, as soon as it has what the session's
    /// guarantees ask for.
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
        let see = |replica: &Replica<S>| {
            session.has_read(&replica.seen().into());
            session.stick_to(self.id());
        };
        Ok(self.read_since(asked, see, read))
    }

    /// Reads the value, after a look at what is in it, for somebody who has asked for it then.
    fn read_since<R>(
        &self,
        asked: Time,
        see: impl FnOnce(&Replica<S>),
        read: impl FnOnce(&S) -> R,
    ) -> R {
        let mut engine = lock(&self.engine);
        engine.count_read(self.context.observed.now());
        let replica = engine.replica();
        see(replica);
        let result = read(replica.state());
        drop(engine);
        self.context.observed.has_read(asked);
        result
    }

    /// Edits the value as [`edit`](Self::edit) does, as soon as it has what the session's
    /// guarantees ask for.
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
        let latest = lock(&self.engine).replica().seen().get(self.id());
        written.insert(self.id(), latest);
        session.has_written(&written);
        session.stick_to(self.id());
        Ok(result)
    }

    /// Takes part in quorum and strong operations from now on, and gives the objects of the value
    /// to be read and written at any level: `O` says what an object is.
    ///
    /// `declared` are the voters, the same at all nodes. A node that is not among them has no vote,
    /// and can read and write as the others do. One that has been told of newer voters goes by
    /// those.
    ///
    /// ```
    /// # use core::time::Duration;
    /// use rejoin_core::Causal;
    /// use rejoin_durable::{Config, Durable, Memory, NodeId};
    /// use rejoin_node::{Node, NodeConfig};
    /// use rejoin_quorum::{ByKey, Level, QuorumConfig};
    /// # type Register = rejoin_core::Causal<rejoin_core::DotMap<u64, rejoin_core::DotSet>>;
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let me = NodeId::from_u128(1);
    /// let durable = Durable::open(Memory::new(me), Config::default())?;
    /// let node: Node<rejoin_maps::GMap<String, Register>> =
    ///     Node::start(durable, NodeConfig::new("tags"))?;
    ///
    /// let objects = node.objects::<ByKey>([me], QuorumConfig::default()).await?;
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
    /// When there are no voters, when those that the storage remembers cannot be read, when this
    /// has been called before, or when the node is shutting down.
    pub async fn objects<O>(
        &self,
        declared: impl IntoIterator<Item = NodeId>,
        config: QuorumConfig,
    ) -> Result<Objects<S, O>, NodeError>
    where
        O: Division<S> + Send + 'static,
    {
        let declared = Voters::declare(declared).map_err(NodeError::Voters)?;
        let longest = config.max_message.min(self.context.config.max_message);
        let config = config.with_max_message(longest);
        let votes = move |replica: &Replica<S>| {
            let quorums = Quorums::new(replica, declared, config).map_err(NodeError::Voters)?;
            let votes: Box<dyn Votes<S>> = Box::new(Member::<S, O>::new(quorums));
            Ok(votes)
        };
        let (reply, answer) = oneshot::channel();
        let vote = Input::Vote { votes: Box::new(votes), reply };
        self.edits.send(vote).await.map_err(|_| NodeError::Stopped)?;
        answer.await.map_err(|_| NodeError::Stopped)??;
        Ok(Objects::new(Arc::clone(&self.context), self.edits.clone()))
    }

    /// What has been done so far.
    #[must_use]
    pub fn stats(&self) -> NodeStats {
        let engine = lock(&self.engine);
        NodeStats::new(*engine.replica().stats(), engine.unreadable, &self.context.counters)
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

    /// What a transport needs of this node, to carry its messages.
    #[must_use]
    pub fn transport(&self) -> Transport {
        Transport { context: Arc::clone(&self.context), runtime: self.runtime.clone() }
    }

    /// Why this node does not vote, though it is a voter: `None` if it votes, or is none.
    ///
    /// [`health`](Node::health) says so too.
    #[must_use]
    pub fn not_voting(&self) -> Option<NotVoting> {
        self.context.votes().not_voting
    }

    /// Cuts the node off from all peers, or lets it connect again; for tests and demonstrations.
    ///
    /// Cut off, it drops its connections, refuses new ones and dials no peer. Local edits and reads
    /// go on.
    pub fn set_isolated(&self, isolated: bool) {
        self.context.isolated.send_replace(isolated);
    }

    /// Why the last connection that failed did so.
    #[must_use]
    pub fn last_error(&self) -> Option<Arc<dyn Error + Send + Sync>> {
        self.context.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<S: Replicated> Node<S> {
    /// How this node is doing: lag, staleness, latencies, what waits for peers. It prints as a text
    /// for people.
    ///
    /// It waits for the transaction in progress, as a read does.
    #[must_use]
    pub fn report(&self) -> Report {
        let engine = lock(&self.engine);
        self.context.observed.report(&engine, &self.conflicts, self.not_voting())
    }

    /// What of the [report](Self::report) is over a limit.
    #[must_use]
    pub fn health(&self, limits: &Limits) -> Health {
        self.report().health(limits)
    }

    /// Says how to count the conflicts in a value, for [`Report::conflicts`]: once, further calls
    /// change nothing.
    ///
    /// It is called for each report, while everybody waits; with metrics, that is once each
    /// [`NodeConfig::publish_interval`](crate::NodeConfig::publish_interval).
    pub fn count_conflicts_with(&self, count: impl Fn(&S) -> u64 + Send + Sync + 'static) {
        let _ = self.conflicts.set(Box::new(count));
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
            .field("connected", &self.context.counters.connected.get())
            .finish_non_exhaustive()
    }
}
