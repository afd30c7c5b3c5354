//! How connections come about: by listening and by dialing.

use core::time::Duration;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use crate::connection::{self, ConnectionEnd};
use crate::context::Context;
use crate::error::ConnectionError;

/// The pause after `accept` has failed, which it does while the process has too many files open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections until the shutdown.
pub(crate) async fn listen(context: Arc<Context>, listener: TcpListener) {
    let free = Arc::new(Semaphore::new(context.config.max_connections));
    let accept = async {
        while let Ok(permit) = Arc::clone(&free).acquire_owned().await {
            match listener.accept().await {
                Ok(_) if context.transport.is_isolated() => {} // closed by dropping it
                Ok((stream, _)) => {
                    let connection = Arc::clone(&context);
                    context.transport.spawn(async move {
                        connection::run(&connection, stream, false).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    context.note(error.into());
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    let stopped = context.transport.stopped();
    tokio::select! {
        () = stopped.cancelled() => {}
        () = accept => {}
    }
}

/// Keeps a connection to this address until the shutdown.
pub(crate) async fn dial(context: Arc<Context>, address: SocketAddr) {
    let stopped = context.transport.stopped();
    tokio::select! {
        () = stopped.cancelled() => {}
        () = keep_dialing(&context, address) => {}
    }
}

async fn keep_dialing(context: &Arc<Context>, address: SocketAddr) {
    let mut backoff = Backoff::new(context.config.min_backoff, context.config.max_backoff);
    loop {
        if context.transport.is_isolated() {
            context.transport.until_isolated(false).await;
            backoff.reset();
        }
        let since = Instant::now();
        let ended = match timeout(context.config.idle_timeout, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => connection::run(context, stream, true).await,
            Ok(Err(error)) => {
                context.note(error.into());
                ConnectionEnd::Failed
            }
            Err(_) => {
                context.note(ConnectionError::Silent);
                ConnectionEnd::Failed
            }
        };
        match ended {
            ConnectionEnd::Redundant(other) => {
                other.cancelled().await;
                backoff.reset();
            }
            // One that did not last may be one that will be refused for ever.
            ConnectionEnd::Used if since.elapsed() > context.config.max_backoff => backoff.reset(),
            ConnectionEnd::Used | ConnectionEnd::Failed => {}
        }
        tokio::select! {
            () = sleep(backoff.next()) => {}
            () = context.transport.until_isolated(true) => {}
        }
    }
}

/// Pauses that double, with jitter.
struct Backoff {
    min: Duration,
    max: Duration,
    next: Duration,
}

impl Backoff {
    fn new(min: Duration, max: Duration) -> Self {
        Self { min, max, next: min }
    }

    fn reset(&mut self) {
        self.next = self.min;
    }

    /// The next pause: between a half of it and all of it, so that nodes that lost the same peer do
    /// not all come back at the same moment.
    fn next(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.max);
        pause.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_their_limit() {
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(ms(50), ms(300));
        for expected in [50, 100, 200, 300, 300] {
            let pause = backoff.next();
            assert!(pause >= ms(expected) / 2 && pause <= ms(expected), "{pause:?}");
        }
        backoff.reset();
        assert!(backoff.next() <= ms(50));
    }
}
