use crate::Kind;

/// What a [`Replica`](crate::Replica) has done since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Edits and hand-made deltas applied here.
    pub edits: u64,
    /// Messages handed to the transport.
    pub sent: Traffic,
    /// Messages that came in and were understood.
    pub received: Traffic,
    /// Received differences and deltas that changed something.
    pub merged: u64,
    /// Received differences and deltas that brought nothing new.
    pub redundant: u64,
    /// Received messages that were refused.
    pub rejected: u64,
    /// Deltas that were not queued because too much was waiting for a slow peer already. The next
    /// sync brings them.
    pub dropped: u64,
    /// Messages that could not be sent, being longer than
    /// [`Config::max_message`](crate::Config::max_message) or impossible to encode. As long as this
    /// grows, some peer does not get what it lacks: raise the limit at all replicas.
    pub oversized: u64,
}

/// Messages by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// First messages of a sync.
    pub sync: Count,
    /// Second messages of a sync.
    pub reply: Count,
    /// Third messages of a sync.
    pub diff: Count,
    /// Pushed edits.
    pub delta: Count,
}

/// How many messages, and how many bytes they have together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Count {
    /// Messages.
    pub messages: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
}

impl Traffic {
    /// All kinds together.
    #[must_use]
    pub fn total(&self) -> Count {
        let all = [self.sync, self.reply, self.diff, self.delta];
        Count {
            messages: all.iter().map(|count| count.messages).sum(),
            bytes: all.iter().map(|count| count.bytes).sum(),
        }
    }

    pub(crate) fn record(&mut self, kind: Kind, bytes: usize) {
        let count = match kind {
            Kind::Sync => &mut self.sync,
            Kind::Reply => &mut self.reply,
            Kind::Diff => &mut self.diff,
            Kind::Delta => &mut self.delta,
        };
        count.messages += 1;
        count.bytes += bytes as u64;
    }
}
