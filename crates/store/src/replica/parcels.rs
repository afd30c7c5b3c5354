//! Messages that are longer than one should be: cut into fragments, and put together again.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use xxhash_rust::xxh3::xxh3_64;

use crate::message::{Fragment, Receipt};
use crate::{Kind, Time};

/// How many bytes of fragments may be on their way to a peer without a receipt.
const WINDOW: usize = 1 << 20;

/// How many messages that came in fragments are remembered, to answer fragments that come again.
const REMEMBERED: usize = 64;

/// The long messages that wait for a peer, in order.
#[derive(Debug, Default)]
pub(super) struct Parcels {
    waiting: VecDeque<Parcel>,
    /// When to send again what has no receipt.
    retry_at: Option<Time>,
    /// How often that was in vain.
    patience: u32,
}

#[derive(Debug)]
struct Parcel {
    name: u64,
    kind: Kind,
    message: Vec<u8>,
    sent: usize,
    received: usize,
    /// What the last receipt said: less than `received` if it was late, or if the peer had no room
    /// for what it had.
    reported: usize,
}

impl Parcels {
    pub(super) fn push(&mut self, kind: Kind, message: Vec<u8>) {
        let name = xxh3_64(&message);
        if !self.waiting.iter().any(|parcel| parcel.name == name) {
            self.waiting.push_back(Parcel {
                name,
                kind,
                message,
                sent: 0,
                received: 0,
                reported: 0,
            });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.waiting.iter().map(|parcel| parcel.message.len()).sum()
    }

    /// Whether messages of this kind are waiting.
    pub(super) fn has(&self, kind: Kind) -> bool {
        self.waiting.iter().any(|parcel| parcel.kind == kind)
    }

    /// Forgets the messages of this kind.
    pub(super) fn clear(&mut self, kind: Kind) {
        self.waiting.retain(|parcel| parcel.kind != kind);
        if self.waiting.is_empty() {
            self.retry_at = None;
        }
    }

    /// The next fragment, of at most `length` bytes.
    pub(super) fn next(&mut self, now: Time, length: usize, retry: Duration) -> Option<Fragment> {
        if self.retry_at.is_some_and(|at| at <= now) {
            for parcel in &mut self.waiting {
                parcel.received = parcel.reported;
                parcel.sent = parcel.received;
            }
            self.retry_at = None;
            self.patience = (self.patience + 1).min(6);
        }
        let flying: usize = self.waiting.iter().map(|parcel| parcel.sent - parcel.received).sum();
        // After a silence one fragment at a time, until somebody answers.
        if flying >= if self.patience > 1 { 1 } else { WINDOW } {
            return None;
        }
        // The first receipt tells how much the peer has from before a lost connection.
        let may_go = |parcel: &&mut Parcel| parcel.sent == 0 || parcel.received > 0;
        let mut unsent =
            self.waiting.iter_mut().filter(|parcel| parcel.sent < parcel.message.len());
        let parcel = unsent.find(may_go)?;
        let end = parcel.sent.saturating_add(length.max(1)).min(parcel.message.len());
        let fragment = Fragment {
            name: parcel.name,
            length: parcel.message.len() as u64,
            start: parcel.sent as u64,
            bytes: parcel.message[parcel.sent..end].to_vec(),
        };
        parcel.sent = end;
        self.retry_at.get_or_insert(now + retry.saturating_mul(1 << self.patience));
        Some(fragment)
    }

    /// Takes note of how much has come, and returns whether nothing is waiting any more.
    pub(super) fn receipt(&mut self, now: Time, receipt: &Receipt, retry: Duration) -> bool {
        let named = |parcel: &Parcel| parcel.name == receipt.name;
        let Some(at) = self.waiting.iter().position(named) else { return false };
        let parcel = &mut self.waiting[at];
        let end = usize::try_from(receipt.end)
            .map_or(parcel.message.len(), |end| end.min(parcel.message.len()));
        parcel.reported = end;
        if end > parcel.received {
            parcel.received = end;
            parcel.sent = parcel.sent.max(end);
            self.patience = 0;
        }
        if parcel.received == parcel.message.len() {
            self.waiting.remove(at);
        }
        let is_flying = self.waiting.iter().any(|parcel| parcel.sent > parcel.received);
        self.retry_at = is_flying.then_some(now + retry);
        self.waiting.is_empty()
    }

    pub(super) fn retry_at(&self) -> Option<Time> {
        self.retry_at
    }
}

/// The long messages that are on their way here, from whomever.
///
/// A message that a lost connection has cut off goes on where it was, when it is sent again; by
/// anybody, because it is known by its content.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    begun: BTreeMap<u64, Begun>,
    /// Counts fragments, to tell which message has not gone on for longest.
    clock: u64,
    complete: VecDeque<(u64, u64)>,
}

#[derive(Debug)]
struct Begun {
    bytes: Vec<u8>,
    touched: u64,
}

impl Arrivals {
    /// Takes in a fragment of a message of at most `limit` bytes, and gives back the message if that
    /// completes it, and what to answer.
    pub(super) fn insert(
        &mut self,
        fragment: &Fragment,
        limit: usize,
    ) -> (Option<Vec<u8>>, Receipt) {
        let Fragment { name, length, start, ref bytes } = *fragment;
        if self.complete.contains(&(name, length)) {
            return (None, Receipt { name, end: length });
        }
        self.clock += 1;
        let begun = self.begun.entry(name).or_insert(Begun { bytes: Vec::new(), touched: 0 });
        begun.touched = self.clock;
        let end = begun.bytes.len() as u64;
        // What overlaps has come before; what leaves a gap will come again.
        if let Some(fresh) =
            end.checked_sub(start).and_then(|known| bytes.get(usize::try_from(known).ok()?..))
        {
            begun.bytes.extend_from_slice(fresh);
        }
        let end = begun.bytes.len() as u64;
        if end < length {
            if begun.bytes.is_empty() {
                self.begun.remove(&name);
            }
            self.shrink(limit);
            return (None, Receipt { name, end });
        }
        let whole = self.begun.remove(&name).map(|begun| begun.bytes);
        let whole = whole.filter(|bytes| xxh3_64(bytes) == name);
        let Some(whole) = whole else {
            return (None, Receipt { name, end: 0 }); // damaged: from the beginning
        };
        self.complete.push_back((name, length));
        if self.complete.len() > REMEMBERED {
            self.complete.pop_front();
        }
        (Some(whole), Receipt { name, end: length })
    }

    pub(super) fn bytes(&self) -> usize {
        self.begun.values().map(|begun| begun.bytes.len()).sum()
    }

    /// Drops the messages that have not gone on for longest, until the rest is within `limit`.
    fn shrink(&mut self, limit: usize) {
        while self.bytes() > limit {
            let oldest = self.begun.iter().min_by_key(|(_, begun)| begun.touched);
            let Some(name) = oldest.map(|(name, _)| *name) else { break };
            self.begun.remove(&name);
        }
    }
}
