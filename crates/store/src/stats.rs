/// What a [`Replica`](crate::Replica) has done since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Edits and hand-made deltas applied here.
    pub edits: u64,
    /// Messages handed to the transport.
    pub sent: Traffic,
    /// Those among them that carried something to merge; a long one counts once.
    pub carriers: u64,
    /// Messages that came in and were understood.
    pub received: Traffic,
    /// Received differences and deltas that changed something.
    pub merged: u64,
    /// Received differences and deltas that brought nothing new.
    pub redundant: u64,
    /// Received messages that were refused.
    pub rejected: u64,
    /// Messages that could not be sent, being longer than
    /// [`Config::max_value`](crate::Config::max_value) or impossible to encode. As long as this
    /// grows, some peer does not get what it lacks: raise the limit at all replicas.
    pub oversized: u64,
    /// Exchanges of digests that were begun here, because gossip could not bring what differed.
    pub syncs: u64,
}

impl Stats {
    /// Adds what another replica, or another run of this one, has done.
    pub fn add(&mut self, other: &Self) {
        self.edits += other.edits;
        self.sent.add(&other.sent);
        self.carriers += other.carriers;
        self.received.add(&other.received);
        self.merged += other.merged;
        self.redundant += other.redundant;
        self.rejected += other.rejected;
        self.oversized += other.oversized;
        self.syncs += other.syncs;
    }
}

/// Messages by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic([Count; Kind::ALL.len()]);

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
    /// The messages of this kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Count {
        self.0[kind as usize]
    }

    /// All kinds together.
    #[must_use]
    pub fn total(&self) -> Count {
        Count {
            messages: self.0.iter().map(|count| count.messages).sum(),
            bytes: self.0.iter().map(|count| count.bytes).sum(),
        }
    }

    pub(crate) fn record(&mut self, kind: Kind, bytes: usize) {
        let count = &mut self.0[kind as usize];
        count.messages += 1;
        count.bytes += bytes as u64;
    }

    fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(&other.0) {
            count.messages += more.messages;
            count.bytes += more.bytes;
        }
    }
}

/// The kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Edits on their way along the trees, and acknowledgements.
    Gossip,
    /// The question whether two replicas are equal.
    Compare,
    /// The first message of a sync: a digest.
    Sync,
    /// The second: what the asker lacks, and the answerer's digest if it lacks something itself.
    Reply,
    /// The third, and further ones where there is much: what the receiver lacks.
    Part,
    /// A piece of a long message.
    Fragment,
    /// An acknowledgement of such pieces.
    Receipt,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Gossip,
        Self::Compare,
        Self::Sync,
        Self::Reply,
        Self::Part,
        Self::Fragment,
        Self::Receipt,
    ];
}
