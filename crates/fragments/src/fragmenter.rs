use core::time::Duration;
use std::collections::VecDeque;

use rejoin_gossip::Time;
use xxhash_rust::xxh3::xxh3_64;

use crate::fragment::{Fragment, Receipt};

/// How many bytes of fragments may be on their way to a peer without a receipt.
const WINDOW: usize = 1 << 20;

/// The long messages that wait for one peer, in order, each of some kind `K` that the caller knows.
///
/// A window of fragments is on its way at a time. What is not acknowledged in time is sent again,
/// at ever longer intervals; after a silence one fragment at a time.
#[derive(Debug)]
pub struct Fragmenter<K> {
    waiting: VecDeque<Waiting<K>>,
    /// When to send again what has no receipt.
    retry_at: Option<Time>,
    /// How often that was in vain.
    patience: u32,
}

#[derive(Debug)]
struct Waiting<K> {
    name: u64,
    kind: K,
    message: Vec<u8>,
    sent: usize,
    received: usize,
    /// What the last receipt said: less than `received` if it was late, or if the peer had no room
    /// for what it had.
    reported: usize,
}

impl<K> Default for Fragmenter<K> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), retry_at: None, patience: 0 }
    }
}

impl<K: Eq> Fragmenter<K> {
    /// Adds a message, unless the same is waiting already.
    pub fn push(&mut self, kind: K, message: Vec<u8>) {
        let name = xxh3_64(&message);
        if !self.waiting.iter().any(|parcel| parcel.name == name) {
            self.waiting.push_back(Waiting {
                name,
                kind,
                message,
                sent: 0,
                received: 0,
                reported: 0,
            });
        }
    }

    /// Adds a message that says what older ones of its kind say, and more. The first of them goes
    /// on if it has begun, and the others are forgotten: so at most two of a kind wait, however
    /// slow the peer is.
    pub fn replace(&mut self, kind: K, message: Vec<u8>) {
        let mut has_begun = false;
        self.waiting.retain(|parcel| {
            let stays = parcel.kind != kind || parcel.sent > 0 && !has_begun;
            has_begun |= parcel.kind == kind && parcel.sent > 0;
            stays
        });
        self.push(kind, message);
    }

    /// Whether no message is waiting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The length of all that are waiting.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.waiting.iter().map(|parcel| parcel.message.len()).sum()
    }

    /// Whether messages of this kind are waiting.
    #[must_use]
    pub fn has(&self, kind: &K) -> bool {
        self.waiting.iter().any(|parcel| parcel.kind == *kind)
    }

    /// Forgets the messages of this kind.
    pub fn clear(&mut self, kind: &K) {
        self.waiting.retain(|parcel| parcel.kind != *kind);
        if self.waiting.is_empty() {
            self.retry_at = None;
        }
    }

    /// The next fragment, of at most `length` bytes, and the kind of its message.
    pub fn next(&mut self, now: Time, length: usize, retry: Duration) -> Option<(&K, Fragment)> {
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
        let may_go = |parcel: &&mut Waiting<K>| parcel.sent == 0 || parcel.received > 0;
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
        Some((&parcel.kind, fragment))
    }

    /// Takes in how much has come, and returns the kind of the message if that is all of it.
    pub fn receipt(&mut self, now: Time, receipt: &Receipt, retry: Duration) -> Option<K> {
        let named = |parcel: &Waiting<K>| parcel.name == receipt.name;
        let at = self.waiting.iter().position(named)?;
        let parcel = &mut self.waiting[at];
        let end = usize::try_from(receipt.end)
            .map_or(parcel.message.len(), |end| end.min(parcel.message.len()));
        parcel.reported = end;
        if end > parcel.received {
            parcel.received = end;
            parcel.sent = parcel.sent.max(end);
            self.patience = 0;
        }
        let is_whole = parcel.received == parcel.message.len();
        let whole = if is_whole { self.waiting.remove(at) } else { None };
        let is_flying = self.waiting.iter().any(|parcel| parcel.sent > parcel.received);
        self.retry_at = is_flying.then_some(now + retry);
        whole.map(|parcel| parcel.kind)
    }

    /// When to ask for the next fragment, if nothing else happens before.
    #[must_use]
    pub fn retry_at(&self) -> Option<Time> {
        self.retry_at
    }
}
