//! One connection, from the greeting to its end.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use rejoin_store::ReplicaId;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::driver::{Event, Link, Verdict};
use crate::{ConnectionError, frame, hello};

/// The length that goes before each frame.
const HEADER: usize = 4;

/// What a queued message costs beside its bytes.
const MESSAGE_OVERHEAD: usize = 64;

/// How a connection ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// After messages could be exchanged.
    Used,
    /// At once, because there is another one to the same peer, which this token is the end of.
    Redundant(CancellationToken),
    /// Before anything could be exchanged.
    Failed,
}

/// Runs a connection to its end. `dialed` says whether we have opened it.
pub(crate) async fn run(context: &Arc<Context>, stream: TcpStream, dialed: bool) -> Ended {
    tokio::select! {
        () = context.shutdown.cancelled() => Ended::Failed,
        () = context.until_isolated(true) => Ended::Failed,
        ended = greet_and_exchange(context, stream, dialed) => ended.unwrap_or_else(|error| {
            context.note(error);
            Ended::Failed
        }),
    }
}

async fn greet_and_exchange(
    context: &Arc<Context>,
    stream: TcpStream,
    dialed: bool,
) -> Result<Ended, ConnectionError> {
    stream.set_nodelay(true)?;
    let (reader, writer) = stream.into_split();
    let mut reader = FramedRead::new(reader, codec(hello::LENGTH));
    let longest = context.config.max_frame.saturating_add(frame::OVERHEAD);
    let mut writer = FramedWrite::new(writer, codec(longest));
    let greeting = async {
        send(context, &mut writer, hello::encode(context.id)).await?;
        match receive(context, &mut reader).await? {
            Some(frame) => hello::decode(context.id, &frame),
            None => Err(ConnectionError::Closed),
        }
    };
    let peer = match greeting.await {
        // Nobody greets that long, so it is something else that speaks here.
        Err(ConnectionError::FrameTooLong) => return Err(ConnectionError::Foreign),
        result => result?,
    };
    reader.decoder_mut().set_max_frame_length(longest);

    let (outgoing, messages) = Outgoing::new(context.config.max_queue);
    let link = Link {
        id: next_id(),
        is_preferred: (context.id < peer) == dialed,
        outgoing: outgoing.clone(),
        closed: CancellationToken::new(),
    };
    let (id, closed) = (link.id, link.closed.clone());
    let registered = Registered { context: Arc::clone(context), peer, id, closed: closed.clone() };
    let (reply, verdict) = oneshot::channel();
    let event = Event::Up { peer, link, verdict: reply };
    if context.events.send(event).await.is_err() {
        return Ok(Ended::Failed); // shut down
    }
    match verdict.await {
        Ok(Verdict::Kept) => {}
        Ok(Verdict::Redundant(other)) => return Ok(Ended::Redundant(other)),
        Err(_) => return Ok(Ended::Failed),
    }
    let result = tokio::select! {
        () = closed.cancelled() => Ok(()), // the driver has said why
        result = read_all(context, peer, id, &mut reader) => result,
        result = write_all(context, messages, &outgoing, &mut writer) => result,
    };
    drop(registered);
    if let Err(error) = result {
        context.note(error);
    }
    Ok(Ended::Used)
}

/// Tells the driver when a connection is gone, however that comes.
struct Registered {
    context: Arc<Context>,
    peer: ReplicaId,
    id: u64,
    closed: CancellationToken,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.closed.cancel();
        let _ = self.context.gone.send((self.peer, self.id)); // unless the node is gone too
    }
}

async fn read_all(
    context: &Context,
    peer: ReplicaId,
    link: u64,
    reader: &mut FramedRead<OwnedReadHalf, LengthDelimitedCodec>,
) -> Result<(), ConnectionError> {
    while let Some(payload) = receive(context, reader).await? {
        if payload.is_empty() {
            continue; // a keep-alive
        }
        let payload = frame::open(payload, context.config.max_frame)?;
        if context.events.send(Event::Message { peer, link, payload }).await.is_err() {
            break; // shut down
        }
    }
    Ok(())
}

async fn write_all(
    context: &Context,
    mut messages: mpsc::UnboundedReceiver<Bytes>,
    outgoing: &Outgoing,
    writer: &mut FramedWrite<OwnedWriteHalf, LengthDelimitedCodec>,
) -> Result<(), ConnectionError> {
    let keep_alive = context.config.idle_timeout / 3;
    loop {
        match timeout(keep_alive, messages.recv()).await {
            Ok(None) => return Ok(()),
            Ok(Some(message)) => {
                outgoing.taken(&message);
                let frame = frame::seal(&message, context.config.compress_above);
                send(context, writer, frame).await?;
            }
            Err(_) => send(context, writer, Bytes::new()).await?,
        }
    }
}

/// Sends a frame, however long it takes, as long as the peer keeps taking bytes.
async fn send(
    context: &Context,
    writer: &mut FramedWrite<OwnedWriteHalf, LengthDelimitedCodec>,
    frame: Bytes,
) -> Result<(), ConnectionError> {
    let bytes = (HEADER + frame.len()) as u64;
    writer.feed(frame).await?; // into the buffer, which is empty between frames
    loop {
        let before = writer.write_buffer().len();
        match timeout(context.config.idle_timeout, SinkExt::<Bytes>::flush(writer)).await {
            Ok(result) => break result?,
            Err(_) if writer.write_buffer().len() < before => {} // slow, but not silent
            Err(_) => return Err(ConnectionError::Silent),
        }
    }
    context.counters.bytes_sent.add(bytes);
    Ok(())
}

/// Receives a frame, however long it takes, as long as bytes keep coming.
async fn receive(
    context: &Context,
    reader: &mut FramedRead<OwnedReadHalf, LengthDelimitedCodec>,
) -> Result<Option<BytesMut>, ConnectionError> {
    loop {
        let before = reader.read_buffer().len();
        match timeout(context.config.idle_timeout, reader.next()).await {
            Ok(None) => return Ok(None),
            Ok(Some(frame)) => {
                let frame = frame?;
                context.counters.bytes_received.add((HEADER + frame.len()) as u64);
                return Ok(Some(frame));
            }
            Err(_) if reader.read_buffer().len() > before => {} // slow, but not silent
            Err(_) => return Err(ConnectionError::Silent),
        }
    }
}

fn codec(max_frame: usize) -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder()
        .length_field_length(HEADER)
        .max_frame_length(max_frame)
        .new_codec()
}

/// Tells two connections to one peer apart.
fn next_id() -> u64 {
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
    fn new(limit: usize) -> (Self, mpsc::UnboundedReceiver<Bytes>) {
        let (messages, receiver) = mpsc::unbounded_channel();
        (Self { messages, waiting: Arc::default(), limit }, receiver)
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

    fn taken(&self, message: &Bytes) {
        self.waiting.fetch_sub(message.len() + MESSAGE_OVERHEAD, Ordering::Relaxed);
    }
}
