//! What an algorithm is, and what its messages cost.

use core::ops::AddAssign;

use crate::Lattice;

/// What messages cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Messages, whatever is in them.
    pub messages: u64,
    /// Entries of the lattice.
    pub entries: u64,
    /// Messages with entries: one each, as the authors count.
    pub deltas: u64,
    /// Acknowledgements: one each, as the authors count.
    pub acks: u64,
    /// Clocks and digests: one an entry, and for a digest of ours one more.
    pub digests: u64,
    /// What neighbours ask each other to bring or not to bring: one each, and one an interval.
    pub wishes: u64,
    /// What the paper's unit leaves out and we have: one for each interval of sequence numbers that
    /// a delta is labelled with.
    pub labels: u64,
}

impl Cost {
    /// In the unit of the paper.
    #[must_use]
    pub fn units(&self) -> u64 {
        self.entries + self.deltas + self.acks + self.digests + self.wishes
    }

    /// With the labels too.
    #[must_use]
    pub fn strict(&self) -> u64 {
        self.units() + self.labels
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.entries += other.entries;
        self.deltas += other.deltas;
        self.acks += other.acks;
        self.digests += other.digests;
        self.wishes += other.wishes;
        self.labels += other.labels;
    }
}

/// Messages on their way out: the receiver with each.
pub type Outbox<M> = Vec<(usize, M)>;

/// One node of a synchronisation algorithm.
pub trait Algorithm {
    /// What is replicated.
    type State: Lattice;
    /// What is sent.
    type Message: Clone;

    /// Whether it falls silent by itself once everybody has everything.
    const DRAINS: bool = true;

    /// The value here.
    fn state(&self) -> &Self::State;

    /// An event: `edit` changes the value and returns the delta.
    fn event(&mut self, second: u64, edit: impl FnOnce(&mut Self::State) -> Self::State);

    /// The synchronisation of this second.
    fn sync(&mut self, second: u64, out: &mut Outbox<Self::Message>);

    /// A message, and what is answered at once.
    fn handle(
        &mut self,
        second: u64,
        from: usize,
        message: Self::Message,
        out: &mut Outbox<Self::Message>,
    );

    /// What a message costs.
    fn cost(message: &Self::Message) -> Cost;

    /// Entries kept besides the value, counted as the authors do: one more for each buffered delta
    /// and for each entry of a clock or acknowledgement.
    fn buffered(&self) -> usize;
}
