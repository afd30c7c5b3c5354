//! Messages that are longer than [`QuorumConfig::max_message`](super::QuorumConfig::max_message).
//!
//! They go in fragments, and are taken in when the last of them has come. Each has a number in
//! front, so that one that says what an earlier one has said is another message: it is sent because
//! the answer got lost.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use rejoin_core::NodeId;
use rejoin_fragments::{Assembler, Fragment, Fragmenter, Receipt};
use rejoin_store::{HandleError, Time};
use xxhash_rust::xxh3::xxh3_64;

/// How many bytes the number takes.
const NUMBER: usize = 8;

/// How many messages to a member are remembered, so as not to send them again too soon.
const REMEMBERED: usize = 64;

/// The long messages to and from each other member.
pub(super) struct LongMessages {
    members: BTreeMap<NodeId, Member>,
    /// How many have been sent.
    number: u64,
    /// The longest one, which also bounds those that wait for a member, and those that have begun
    /// to come from it.
    limit: usize,
    retry: Duration,
}

#[derive(Default)]
struct Member {
    /// Each with the fingerprint of what it says.
    outgoing: Fragmenter<u64>,
    incoming: Assembler,
    sent: VecDeque<Sent>,
}

/// A message that was sent.
struct Sent {
    fingerprint: u64,
    /// When it may be sent again, and how long after that once more.
    again_at: Time,
    interval: Duration,
}

impl Member {
    /// Whether a message may be sent: if it was sent before, after an ever longer interval, because
    /// its answer may be as long.
    fn may_send(&mut self, now: Time, fingerprint: u64, retry: Duration) -> bool {
        let known = self.sent.iter_mut().find(|sent| sent.fingerprint == fingerprint);
        if let Some(sent) = known {
            let may = sent.again_at <= now;
            if may {
                sent.again_at = now + sent.interval;
                sent.interval = sent.interval.saturating_mul(2);
            }
            return may;
        }
        if self.sent.len() >= REMEMBERED {
            self.sent.pop_front();
        }
        let interval = retry.saturating_mul(2);
        self.sent.push_back(Sent { fingerprint, again_at: now + retry, interval });
        true
    }
}

impl LongMessages {
    pub(super) fn new(limit: usize, retry: Duration) -> Self {
        // Without an interval, fragments would be sent again at once, and again.
        let retry = retry.max(Duration::from_millis(1));
        Self { members: BTreeMap::new(), number: 0, limit, retry }
    }

    /// Adds a message, and returns whether it is short enough.
    ///
    /// Like any message of a member it may get lost: if the same one is on its way or was sent a
    /// moment ago, or if too many are on their way.
    pub(super) fn push(&mut self, now: Time, to: NodeId, message: &[u8]) -> bool {
        if message.len() > self.limit.saturating_sub(NUMBER) {
            return false;
        }
        let member = self.members.entry(to).or_default();
        let (fingerprint, outgoing) = (xxh3_64(message), &member.outgoing);
        let has_room = outgoing.is_empty() || outgoing.bytes() + message.len() <= self.limit;
        if has_room && !outgoing.has(&fingerprint) && member.may_send(now, fingerprint, self.retry)
        {
            self.number += 1;
            let numbered = [&self.number.to_le_bytes()[..], message].concat();
            member.outgoing.push(fingerprint, numbered);
        }
        true
    }

    /// Takes in a fragment, and gives back the message if that completes it, and what to answer.
    pub(super) fn insert(
        &mut self,
        from: NodeId,
        fragment: &Fragment,
    ) -> Result<(Option<Vec<u8>>, Receipt), HandleError> {
        let bytes = usize::try_from(fragment.length).unwrap_or(usize::MAX);
        if bytes > self.limit {
            return Err(HandleError::TooLarge { bytes, limit: self.limit });
        }
        let member = self.members.entry(from).or_default();
        let (whole, receipt) = member.incoming.insert(fragment, self.limit);
        let message = whole.map(|mut whole| {
            whole.drain(..NUMBER.min(whole.len()));
            whole
        });
        Ok((message, receipt))
    }

    /// Takes in how much of a message has come.
    pub(super) fn receipt(&mut self, now: Time, from: NodeId, receipt: &Receipt) {
        if let Some(member) = self.members.get_mut(&from) {
            member.outgoing.receipt(now, receipt, self.retry);
        }
    }

    /// Forgets what was for members that are not connected, and what had come of theirs.
    pub(super) fn retain(&mut self, is_connected: impl Fn(NodeId) -> bool) {
        self.members.retain(|node, _| is_connected(*node));
    }

    /// Takes the next fragment to be sent, of at most `length` bytes.
    pub(super) fn next(&mut self, now: Time, length: usize) -> Option<(NodeId, Fragment)> {
        let retry = self.retry;
        self.members.iter_mut().find_map(|(node, member)| {
            member.outgoing.next(now, length, retry).map(|(_, fragment)| (*node, fragment))
        })
    }

    pub(super) fn poll_timeout(&self) -> Option<Time> {
        self.members.values().filter_map(|member| member.outgoing.retry_at()).min()
    }
}
