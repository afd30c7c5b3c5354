//! One connection, between a transport and the driver.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use rejoin_store::ReplicaId;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::greeting::{GreetingMismatch, Said};

/// What a queued message costs beside its bytes.
const MESSAGE_OVERHEAD: usize = 64;

/// What transports tell the driver.
#[derive(Debug)]
pub(crate) enum Happening {
    Up {
        peer: ReplicaId,
        /// What this node has said when it greeted, and what the peer has said.
        told: Box<Said>,
        heard: Box<Said>,
        end: DriverEnd,
        verdict: oneshot::Sender<Verdict>,
    },
    Message {
        peer: ReplicaId,
        link: u64,
        payload: BytesMut,
    },
}

/// The driver's end of a link.
#[derive(Debug)]
pub(crate) struct DriverEnd {
    pub(crate) id: u64,
    /// Whether it was dialed by the node with the lower id. If both dial, both keep that one.
    pub(crate) is_preferred: bool,
    pub(crate) outgoing: Outgoing,
    pub(crate) closed: CancellationToken,
}

/// Whether a link is the one to its peer.
#[derive(Debug)]
pub(crate) enum Verdict {
    Kept,
    /// No: there is another one, whose end this token tells.
    Redundant(CancellationToken),
    /// No: the node has more to say by now.
    Outdated,
    /// No: the voters differ, another run of it is live, or it does not fit a version that the node
    /// has accepted in the meantime.
    Mismatch(GreetingMismatch),
}

/// A connection to a peer, at the transport's end. Dropping it reports that it has ended.
#[derive(Debug)]
pub struct Link {
    pub(crate) peer: ReplicaId,
    pub(crate) id: u64,
    pub(crate) closed: CancellationToken,
    pub(crate) happenings: mpsc::Sender<Happening>,
    pub(crate) gone: mpsc::UnboundedSender<(ReplicaId, u64)>,
    pub(crate) messages: mpsc::UnboundedReceiver<Bytes>,
    pub(crate) waiting: Arc<AtomicUsize>,
}

/// Why a link was not opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refused {
    /// There is another one to the same peer, which is preferred. This token is cancelled when that
    /// one has ended.
    Redundant(CancellationToken),
    /// The node has begun to take part in quorum operations since it has greeted, or has accepted
    /// another version of the type. Greet again, on another connection.
    Outdated,
    /// The two nodes do not fit. [`Node::last_error`](crate::Node::last_error) says why.
    Mismatch,
    /// The node has been shut down.
    Stopped,
}

impl Link {
    /// The peer.
    #[must_use]
    pub fn peer(&self) -> ReplicaId {
        self.peer
    }

    /// The two directions of the link, to be driven at once.
    #[must_use]
    pub fn split(&mut self) -> (Incoming<'_>, Messages<'_>) {
        let Self { peer, id, happenings, messages, waiting, .. } = self;
        (Incoming { peer: *peer, link: *id, happenings }, Messages { messages, waiting })
    }

    /// Is done when the node has closed the link: because a better one to the same peer has come,
    /// because of a message that was refused, or because the node has to greet again.
    #[must_use]
    pub fn closed(&self) -> CancellationToken {
        self.closed.clone()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.closed.cancel();
        let _ = self.gone.send((self.peer, self.id)); // unless the node is gone too
    }
}

/// Takes what comes from the peer.
#[derive(Debug)]
pub struct Incoming<'a> {
    peer: ReplicaId,
    link: u64,
    happenings: &'a mpsc::Sender<Happening>,
}

impl Incoming<'_> {
    /// Hands a message of the peer to the node, as soon as it has room, and returns whether there
    /// is still a node.
    pub async fn deliver(&self, payload: BytesMut) -> bool {
        let message = Happening::Message { peer: self.peer, link: self.link, payload };
        self.happenings.send(message).await.is_ok()
    }
}

/// Gives what goes to the peer.
#[derive(Debug)]
pub struct Messages<'a> {
    messages: &'a mut mpsc::UnboundedReceiver<Bytes>,
    waiting: &'a AtomicUsize,
}

impl Messages<'_> {
    /// Waits for the next message to the peer; `None` when the node has closed the link. Dropping
    /// the future loses nothing.
    pub async fn next(&mut self) -> Option<Bytes> {
        let message = self.messages.recv().await?;
        self.waiting.fetch_sub(message.len() + MESSAGE_OVERHEAD, Ordering::Relaxed);
        Some(message)
    }
}

/// Tells two links to one peer apart.
pub(crate) fn next_id() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}

/// The queue of messages to one peer, bounded in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    messages: mpsc::UnboundedSender<Bytes>,
    waiting: Arc<AtomicUsize>,
    limit: usize,
}

impl Outgoing {
    pub(crate) fn new(limit: usize) -> (Self, mpsc::UnboundedReceiver<Bytes>, Arc<AtomicUsize>) {
        let (messages, receiver) = mpsc::unbounded_channel();
        let waiting = Arc::<AtomicUsize>::default();
        (Self { messages, waiting: Arc::clone(&waiting), limit }, receiver, waiting)
    }

    /// Queues a message, unless too much is waiting already.
    pub(crate) fn push(&self, message: Bytes) -> bool {
        let size = message.len() + MESSAGE_OVERHEAD;
        let before = self.waiting.fetch_add(size, Ordering::Relaxed);
        let fits = before == 0 || before.saturating_add(size) <= self.limit;
        if !fits || self.messages.send(message).is_err() {
            self.waiting.fetch_sub(size, Ordering::Relaxed);
            return false;
        }
        true
    }
}
