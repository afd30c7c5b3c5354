use core::error::Error;
use core::fmt;
use std::sync::Arc;

use rejoin_store::ReplicaId;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::greeting::{Greeting, GreetingMismatch};
use crate::link::{DriverEnd, Happening, Link, Outgoing, Refused, Verdict, next_id};

/// What a transport needs of a [`Node`](crate::Node): it [opens](Self::open) a [`Link`] for each
/// connection on which a peer has greeted, and carries messages over it.
///
/// Clones are of the same node. A node may have any number of transports.
#[derive(Clone)]
pub struct Transport {
    pub(crate) context: Arc<Context>,
    pub(crate) runtime: Handle,
}

impl Transport {
    /// What a transport sends first on each connection: what the node is now.
    #[must_use]
    pub fn greeting(&self) -> Greeting {
        Greeting::new(&self.context.facts, &self.context.said())
    }

    /// The id of this run.
    #[must_use]
    pub fn id(&self) -> ReplicaId {
        self.context.id
    }

    /// The longest message that has to be carried, in bytes.
    #[must_use]
    pub fn max_message(&self) -> usize {
        self.context.config.max_message
    }

    /// Opens a link to a peer, when this node has `told` its greeting and has `heard` the peer's;
    /// `dialed` says whether this side has made the connection.
    ///
    /// Of two connections to one peer both nodes keep the one that the node with the lower id has
    /// dialed.
    ///
    /// # Errors
    ///
    /// When the peer does not fit, when there is a better link to it, when the node has more to say
    /// than it has `told`, or when it has been shut down.
    pub async fn open(
        &self,
        told: &Greeting,
        heard: &Greeting,
        dialed: bool,
    ) -> Result<Link, Refused> {
        let introduction = heard.check(&self.context.facts, &self.context.shape());
        let node = heard.node();
        let refuse = |mismatch| {
            if dialed {
                self.context.observed.does_not_fit(node);
            }
            self.refuse(mismatch)
        };
        let introduction = introduction.map_err(refuse)?;
        let (peer, heard) = (introduction.id, Box::new(introduction.said));
        let told = Box::new(told.said().map_err(refuse)?);
        let (outgoing, messages, waiting) = Outgoing::new(self.context.config.max_queue);
        let (id, closed) = (next_id(), CancellationToken::new());
        let is_preferred = (self.context.id < peer) == dialed;
        let end = DriverEnd { id, is_preferred, outgoing, closed: closed.clone() };
        let happenings = self.context.happenings.clone();
        let gone = self.context.gone.clone();
        // From now on its end is reported, however that comes.
        let link = Link { peer, id, closed, happenings, gone, messages, waiting };
        let (reply, verdict) = oneshot::channel();
        let up = Happening::Up { peer, told, heard, end, verdict: reply };
        if self.context.happenings.send(up).await.is_err() {
            return Err(Refused::Stopped);
        }
        match verdict.await {
            Ok(Verdict::Kept) => {
                self.context.observed.fits(node);
                Ok(link)
            }
            Ok(Verdict::Outdated) => Err(Refused::Outdated),
            Ok(Verdict::Redundant(other)) => Err(Refused::Redundant(other)),
            Ok(Verdict::Mismatch(mismatch)) => Err(refuse(mismatch)),
            Err(_) => Err(Refused::Stopped),
        }
    }

    fn refuse(&self, mismatch: GreetingMismatch) -> Refused {
        self.note(mismatch, true);
        Refused::Mismatch
    }

    /// Records why a connection was closed or did not come about, and whether that is what the
    /// other side sent.
    pub fn note(&self, error: impl Error + Send + Sync + 'static, is_refusal: bool) {
        self.context.note(Arc::new(error), is_refusal);
    }

    /// Counts bytes that were sent and received, for [`NodeStats`](crate::NodeStats).
    pub fn count_bytes(&self, sent: u64, received: u64) {
        self.context.counters.bytes_sent.add(sent);
        self.context.counters.bytes_received.add(received);
    }

    /// Spawns a task that [`Node::shutdown`](crate::Node::shutdown) waits for. It has to end when
    /// [`stopped`](Self::stopped) is cancelled.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.context.tasks.spawn_on(task, &self.runtime);
    }

    /// Is cancelled when the node shuts down.
    #[must_use]
    pub fn stopped(&self) -> CancellationToken {
        self.context.shutdown.clone()
    }

    /// Whether the node is [cut off](crate::Node::set_isolated): connections are to be closed,
    /// refused and not made.
    #[must_use]
    pub fn is_isolated(&self) -> bool {
        self.context.is_isolated()
    }

    /// Waits until the node is cut off, or until it is not.
    pub async fn until_isolated(&self, isolated: bool) {
        self.context.until_isolated(isolated).await;
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("id", &self.context.id).finish_non_exhaustive()
    }
}
