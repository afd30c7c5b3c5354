//! One connection, from the greeting to its end.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use rejoin_node::{Greeting, GreetingError, Incoming, Messages, Refused};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::error::ConnectionError;
use crate::frame;

/// The length that goes before each frame.
const HEADER: usize = 4;

/// How a connection ended.
#[derive(Debug)]
pub(crate) enum ConnectionEnd {
    /// After messages could be exchanged.
    Used,
    /// At once, because there is another one to the same peer, which this token is the end of.
    Redundant(CancellationToken),
    /// Before anything could be exchanged.
    Failed,
}

/// Runs a connection to its end. `dialed` says whether we have opened it.
pub(crate) async fn run(context: &Arc<Context>, stream: TcpStream, dialed: bool) -> ConnectionEnd {
    let stopped = context.transport.stopped();
    tokio::select! {
        () = stopped.cancelled() => ConnectionEnd::Failed,
        () = context.transport.until_isolated(true) => ConnectionEnd::Failed,
        ended = greet_and_exchange(context, stream, dialed) => ended.unwrap_or_else(|error| {
            context.note(error);
            ConnectionEnd::Failed
        }),
    }
}

async fn greet_and_exchange(
    context: &Arc<Context>,
    stream: TcpStream,
    dialed: bool,
) -> Result<ConnectionEnd, ConnectionError> {
    stream.set_nodelay(true)?;
    let (reader, writer) = stream.into_split();
    let mut reader = FramedRead::new(reader, codec(Greeting::MAX_LEN));
    let longest = context.config.max_frame.saturating_add(frame::OVERHEAD);
    let mut writer = FramedWrite::new(writer, codec(longest));
    let told = context.transport.greeting();
    let greeting = async {
        send(context, &mut writer, told.encode().into()).await?;
        match receive(context, &mut reader).await? {
            Some(frame) => Greeting::decode(&frame).map_err(ConnectionError::Greeting),
            None => Err(ConnectionError::Closed),
        }
    };
    let heard = match greeting.await {
        // Nobody greets that long, so it is something else that speaks here.
        Err(ConnectionError::FrameTooLong) => {
            return Err(ConnectionError::Greeting(GreetingError::Foreign));
        }
        result => result?,
    };
    reader.decoder_mut().set_max_frame_length(longest);

    let mut link = match context.transport.open(&told, &heard, dialed).await {
        Ok(link) => link,
        Err(Refused::Redundant(other)) => return Ok(ConnectionEnd::Redundant(other)),
        Err(_) => return Ok(ConnectionEnd::Failed), // shut down, or not to be opened
    };
    let closed = link.closed();
    let (incoming, messages) = link.split();
    let result = tokio::select! {
        () = closed.cancelled() => Ok(()), // the node has said why
        result = read_all(context, &incoming, &mut reader) => result,
        result = write_all(context, messages, &mut writer) => result,
    };
    if let Err(error) = result {
        context.note(error); // before the link ends: code that has seen that finds the error
    }
    drop(link);
    Ok(ConnectionEnd::Used)
}

async fn read_all(
    context: &Context,
    incoming: &Incoming<'_>,
    reader: &mut FramedRead<OwnedReadHalf, LengthDelimitedCodec>,
) -> Result<(), ConnectionError> {
    while let Some(payload) = receive(context, reader).await? {
        if payload.is_empty() {
            continue; // a keep-alive
        }
        let payload = frame::open(payload, context.config.max_frame)?;
        if !incoming.deliver(payload).await {
            break; // shut down
        }
    }
    Ok(())
}

async fn write_all(
    context: &Context,
    mut messages: Messages<'_>,
    writer: &mut FramedWrite<OwnedWriteHalf, LengthDelimitedCodec>,
) -> Result<(), ConnectionError> {
    let keep_alive = context.config.idle_timeout / 3;
    loop {
        match timeout(keep_alive, messages.next()).await {
            Ok(None) => return Ok(()),
            Ok(Some(message)) => {
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
    context.transport.count_bytes(bytes, 0);
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
                context.transport.count_bytes(0, (HEADER + frame.len()) as u64);
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
