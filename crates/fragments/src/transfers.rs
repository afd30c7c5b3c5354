use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::assembler::Assembler;

/// Messages that count only together, by the peer `P` that sends them, until the last of them has
/// come.
///
/// They outlive a connection: the receiver [asks](Self::ask) for what is missing, and the sender
/// answers with messages, the last of which names the question and the answer. It is for the caller
/// to keep. With it count all messages of this answer, and those that had come before the question,
/// unless some have been dropped since. Those of other answers wait, as they may be of something
/// later.
///
/// A caller that makes the messages durable gives them back after a restart, with
/// [`add`](Self::add).
///
/// ```
/// use rejoin_fragments::Transfers;
///
/// let mut transfers = Transfers::default();
/// let question = transfers.ask("alice", 17);
/// transfers.add("alice", 1, vec![1; 10].into(), 18);
/// let other = transfers.ask("bob", 19);
/// transfers.add("bob", 1, vec![2; 30].into(), 20);
/// assert_eq!(transfers.shrink(30), ["alice"]); // that of bob has gone on since
/// assert_eq!(transfers.take(&"alice", question, 1), None);
/// assert_eq!(transfers.take(&"bob", other, 1), Some(vec![(1, vec![2; 30].into())]));
/// ```
#[derive(Clone, Debug)]
pub struct Transfers<P> {
    from: BTreeMap<P, Transfer>,
    /// Counts what comes, to tell which transfer has not gone on for longest.
    clock: u64,
}

/// A question that messages of a transfer answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The number of the transfer: another one when messages have been dropped.
    pub transfer: u64,
    /// Counts the questions of a transfer.
    pub round: u64,
}

#[derive(Clone, Debug)]
struct Transfer {
    number: u64,
    round: u64,
    messages: Vec<Message>,
    /// The message that is coming.
    fragments: Assembler,
    touched: u64,
}

#[derive(Clone, Debug)]
struct Message {
    answer: u64,
    /// The first question after it had come.
    known_in: Option<u64>,
    bytes: Bytes,
}

impl Transfer {
    fn bytes(&self) -> usize {
        let messages = self.messages.iter().map(|message| message.bytes.len());
        messages.sum::<usize>() + self.fragments.bytes()
    }
}

impl<P> Default for Transfers<P> {
    fn default() -> Self {
        Self { from: BTreeMap::new(), clock: 0 }
    }
}

impl<P: Copy + Ord> Transfers<P> {
    /// The next question to a peer. Its answer may leave out the [messages](Self::messages) that
    /// are here.
    ///
    /// If there is no transfer from this peer, one begins with the number `fresh`, which must not
    /// have been used for it: a random one, say.
    pub fn ask(&mut self, from: P, fresh: u64) -> Question {
        let transfer = self.transfer(from, fresh);
        transfer.round += 1;
        let Transfer { number, round, ref mut messages, .. } = *transfer;
        for message in messages {
            message.known_in.get_or_insert(round);
        }
        Question { transfer: number, round }
    }

    /// The fragments of the next message from a peer. What was put together of others is no part of
    /// its transfer, so this is not shared.
    pub fn fragments(&mut self, from: P, fresh: u64) -> &mut Assembler {
        &mut self.transfer(from, fresh).fragments
    }

    /// Adds a message of an answer, which has another number than other answers of this peer.
    pub fn add(&mut self, from: P, answer: u64, message: Bytes, fresh: u64) {
        let message = Message { answer, known_in: None, bytes: message };
        self.transfer(from, fresh).messages.push(message);
    }

    fn transfer(&mut self, from: P, fresh: u64) -> &mut Transfer {
        self.clock += 1;
        let begin = || Transfer {
            number: fresh,
            round: 0,
            messages: Vec::new(),
            fragments: Assembler::default(),
            touched: 0,
        };
        let transfer = self.from.entry(from).or_insert_with(begin);
        transfer.touched = self.clock;
        transfer
    }

    /// The messages that have come from a peer.
    pub fn messages(&self, from: &P) -> impl Iterator<Item = &Bytes> {
        let messages = self.from.get(from).into_iter().flat_map(|transfer| &transfer.messages);
        messages.map(|message| &message.bytes)
    }

    /// Takes the messages that count with the last message of this answer to this question, each
    /// with the number of its own answer. `None` if some have been dropped since the question.
    pub fn take(&mut self, from: &P, question: Question, answer: u64) -> Option<Vec<(u64, Bytes)>> {
        let transfer = self.from.get_mut(from)?;
        let is_known = |round: u64| round <= question.round;
        let counts = |message: &mut Message| {
            message.answer == answer || message.known_in.is_some_and(is_known)
        };
        (transfer.number == question.transfer).then(|| {
            let taken = transfer.messages.extract_if(.., counts);
            taken.map(|message| (message.answer, message.bytes)).collect()
        })
    }

    /// Takes the first messages of an answer again that had been [taken](Self::take) before a
    /// restart.
    pub fn take_first(&mut self, from: &P, answer: u64, count: usize) -> Vec<Bytes> {
        let Some(transfer) = self.from.get_mut(from) else { return Vec::new() };
        let taken = transfer.messages.extract_if(.., |message| message.answer == answer);
        taken.take(count).map(|message| message.bytes).collect()
    }

    /// Drops the transfers that have not gone on for longest, until the rest is within `limit`
    /// bytes, and returns whose they were.
    pub fn shrink(&mut self, limit: usize) -> Vec<P> {
        let mut dropped = Vec::new();
        while self.bytes() > limit {
            let oldest = self.from.iter().min_by_key(|(_, transfer)| transfer.touched);
            let Some(from) = oldest.map(|(from, _)| *from) else { break };
            self.from.remove(&from);
            dropped.push(from);
        }
        dropped
    }

    /// Drops the transfers from some peers, and returns whose they were, if anything had come.
    pub fn drop_if(&mut self, mut is_over: impl FnMut(&P) -> bool) -> Vec<P> {
        let dropped = self.from.extract_if(.., |from, _| is_over(from));
        let begun = dropped.filter(|(_, transfer)| !transfer.messages.is_empty());
        begun.map(|(from, _)| from).collect()
    }

    /// Forgets the number of a transfer that has not begun.
    pub fn forget_if_empty(&mut self, from: &P) {
        if self.from.get(from).is_some_and(|transfer| transfer.bytes() == 0) {
            self.from.remove(from);
        }
    }

    /// The length of all that has come, fragments included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.from.values().map(Transfer::bytes).sum()
    }

    /// All messages, each with its sender and the number of its answer.
    pub fn iter(&self) -> impl Iterator<Item = (P, u64, &Bytes)> {
        let all = self.from.iter();
        all.flat_map(|(from, transfer)| {
            let messages = transfer.messages.iter();
            messages.map(|message| (*from, message.answer, &message.bytes))
        })
    }
}
