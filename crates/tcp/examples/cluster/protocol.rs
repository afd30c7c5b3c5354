//! What parent and children say to each other, one line each.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use crate::cart::{Action, Edit};

/// What the parent says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Edit(Edit),
    Peer(SocketAddr),
    Isolate(bool),
    Digest,
    Pieces,
    Report,
    Quit,
}

/// What a child says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It listens here, has this many pieces, and serves metrics there.
    Ready { address: SocketAddr, pieces: u64, metrics: Option<SocketAddr> },
    /// This edit is durable, and took these pieces away.
    Done { number: u64, taken: Vec<u64> },
    /// The value has this hash and this many bytes.
    Digest { hash: u64, bytes: u64 },
    /// All pieces.
    Pieces(Vec<u64>),
    /// What it has done so far.
    Stats(Totals),
    /// How it is doing, in words.
    Report(String),
    /// It cannot go on.
    Failed(String),
}

/// Counts of one child process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) commits: u64,
    pub(crate) bytes_sent: u64,
    /// What the same deltas and differences would have taken as full states.
    pub(crate) full_each: u64,
    /// What a full state to every connected peer at each sync interval would have taken.
    pub(crate) full_interval: u64,
    pub(crate) connected: u64,
}

impl std::ops::Add for Totals {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            commits: self.commits + other.commits,
            bytes_sent: self.bytes_sent + other.bytes_sent,
            full_each: self.full_each + other.full_each,
            full_interval: self.full_interval + other.full_interval,
            connected: other.connected,
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edit(Edit { number, cart, action }) => {
                let (name, argument) = match action {
                    Action::AddCoupon => ("coupon", 0),
                    Action::RemoveCoupon(added) => ("remove-coupon", *added),
                    Action::SetQuantity(line) => ("quantity", *line),
                    Action::AddGift(line) => ("gift", *line),
                    Action::WriteNote => ("note", 0),
                    Action::RemoveLine(line) => ("remove-line", *line),
                    Action::RemoveCart => ("remove-cart", 0),
                };
                write!(f, "{name} {number} {cart} {argument}")
            }
            Self::Peer(address) => write!(f, "peer {address}"),
            Self::Isolate(on) => write!(f, "isolate {on}"),
            Self::Digest => f.write_str("digest"),
            Self::Pieces => f.write_str("pieces"),
            Self::Report => f.write_str("report"),
            Self::Quit => f.write_str("quit"),
        }
    }
}

impl FromStr for Command {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let mut words = Words::of(line);
        let name = words.next()?;
        Ok(match name {
            "peer" => Self::Peer(words.parse()?),
            "isolate" => Self::Isolate(words.parse()?),
            "digest" => Self::Digest,
            "pieces" => Self::Pieces,
            "report" => Self::Report,
            "quit" => Self::Quit,
            _ => {
                let (number, cart, argument) = (words.parse()?, words.parse()?, words.parse()?);
                let action = match name {
                    "coupon" => Action::AddCoupon,
                    "remove-coupon" => Action::RemoveCoupon(argument),
                    "quantity" => Action::SetQuantity(argument),
                    "gift" => Action::AddGift(argument),
                    "note" => Action::WriteNote,
                    "remove-line" => Action::RemoveLine(argument),
                    "remove-cart" => Action::RemoveCart,
                    _ => return Err(words.bad()),
                };
                Self::Edit(Edit { number, cart, action })
            }
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, numbers: &[u64]| {
            numbers.iter().try_for_each(|number| write!(f, " {number}"))
        };
        match self {
            Self::Ready { address, pieces, metrics } => {
                write!(f, "ready {address} {pieces}")?;
                metrics.map_or(Ok(()), |metrics| write!(f, " {metrics}"))
            }
            Self::Done { number, taken } => {
                write!(f, "done {number}")?;
                list(f, taken)
            }
            Self::Digest { hash, bytes } => write!(f, "digest {hash} {bytes}"),
            Self::Pieces(numbers) => {
                f.write_str("pieces")?;
                list(f, numbers)
            }
            Self::Stats(t) => write!(
                f,
                "stats {} {} {} {} {}",
                t.commits, t.bytes_sent, t.full_each, t.full_interval, t.connected
            ),
            Self::Report(text) => write!(f, "report {}", text.replace('\n', "|")),
            Self::Failed(error) => write!(f, "failed {error}"),
        }
    }
}

impl FromStr for Answer {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let mut words = Words::of(line);
        Ok(match words.next()? {
            "ready" => Self::Ready {
                address: words.parse()?,
                pieces: words.parse()?,
                metrics: words.next().ok().map(str::parse).transpose().map_err(|_| words.bad())?,
            },
            "done" => Self::Done { number: words.parse()?, taken: words.rest()? },
            "digest" => Self::Digest { hash: words.parse()?, bytes: words.parse()? },
            "pieces" => Self::Pieces(words.rest()?),
            "stats" => Self::Stats(Totals {
                commits: words.parse()?,
                bytes_sent: words.parse()?,
                full_each: words.parse()?,
                full_interval: words.parse()?,
                connected: words.parse()?,
            }),
            "report" => Self::Report(line["report".len()..].trim().replace('|', "\n")),
            "failed" => Self::Failed(line["failed".len()..].trim().to_owned()),
            _ => return Err(words.bad()),
        })
    }
}

/// The words of a line.
struct Words<'a> {
    line: &'a str,
    words: std::str::SplitWhitespace<'a>,
}

impl<'a> Words<'a> {
    fn of(line: &'a str) -> Self {
        Self { line, words: line.split_whitespace() }
    }

    fn next(&mut self) -> Result<&'a str, String> {
        self.words.next().ok_or_else(|| self.bad())
    }

    fn parse<T: FromStr>(&mut self) -> Result<T, String> {
        self.next()?.parse().map_err(|_| self.bad())
    }

    fn rest(&mut self) -> Result<Vec<u64>, String> {
        let numbers: Result<_, _> = self.words.by_ref().map(str::parse).collect();
        numbers.map_err(|_| self.bad())
    }

    fn bad(&self) -> String {
        format!("cannot read the line {:?}", self.line)
    }
}
