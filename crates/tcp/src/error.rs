use core::error::Error;
use core::fmt;
use std::io;

use rejoin_node::GreetingError;

/// Why a connection was closed, or never came about. The node itself goes on.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The other side does not greet as a node of this release does.
    Greeting(GreetingError),
    /// A frame is longer than [`TcpConfig::max_frame`](crate::TcpConfig::max_frame).
    FrameTooLong,
    /// A frame is of no kind that there is, or cannot be inflated.
    Damaged,
    /// Nothing came, or nothing could be sent, for
    /// [`TcpConfig::idle_timeout`](crate::TcpConfig::idle_timeout).
    Silent,
    /// The other side closed the connection before it had greeted.
    Closed,
    /// The socket failed.
    Io(io::Error),
}

impl ConnectionError {
    /// Whether it is the other side's doing.
    pub(crate) fn is_refusal(&self) -> bool {
        !matches!(self, Self::Silent | Self::Closed | Self::Io(_))
    }
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Greeting(error) => error.fmt(f),
            Self::FrameTooLong => f.write_str("the peer sent a frame that is too long"),
            Self::Damaged => f.write_str("the peer sent a frame that cannot be read"),
            Self::Silent => f.write_str("the peer has been silent for too long"),
            Self::Closed => f.write_str("the peer closed the connection before greeting"),
            Self::Io(_) => f.write_str("the connection failed"),
        }
    }
}

impl Error for ConnectionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for ConnectionError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => Self::FrameTooLong, // so says the codec
            _ => Self::Io(error),
        }
    }
}
