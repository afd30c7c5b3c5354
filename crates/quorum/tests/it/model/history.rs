use super::bits::Bits;

/// What the clients have asked for and got, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct History {
    operations: Vec<Operation>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Operation {
    kind: Kind,
    pub(crate) started: bool,
    /// The operations that had ended when this one started, as a set of indexes.
    after: u32,
    /// What it returned, if it has ended well. Of an update: nothing.
    pub(crate) returned: Option<Bits>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Update(Bits),
    Read,
    /// Neither writes nor reads.
    Change,
}

impl Operation {
    fn writes(&self) -> Bits {
        if let Kind::Update(bits) = self.kind { bits } else { Bits::default() }
    }
}

impl History {
    /// Nothing has happened, and this is to come.
    pub(crate) fn new(kinds: impl IntoIterator<Item = Kind>) -> Self {
        let new = |kind| Operation { kind, started: false, after: 0, returned: None };
        Self { operations: kinds.into_iter().map(new).collect() }
    }

    pub(crate) fn start(&mut self, index: usize) {
        let ended = |(index, operation): (usize, &Operation)| {
            u32::from(operation.returned.is_some()) << index
        };
        let after = self.operations.iter().enumerate().map(ended).sum();
        let operation = &mut self.operations[index];
        (operation.started, operation.after) = (true, after);
    }

    pub(crate) fn end(&mut self, index: usize, returned: Bits) {
        self.operations[index].returned = Some(returned);
    }

    /// The results of the reads, with what had ended when each started.
    fn reads(&self) -> impl Iterator<Item = (&Operation, Bits)> + Clone {
        let reads = self.operations.iter().filter(|operation| operation.kind == Kind::Read);
        reads.filter_map(|read| Some((read, read.returned?)))
    }

    fn updates(&self) -> impl Iterator<Item = &Operation> + Clone {
        self.operations.iter().filter(|operation| operation.writes() != Bits(0))
    }

    /// The operations that had ended when `operation` started.
    fn before<'a>(&'a self, operation: &'a Operation) -> impl Iterator<Item = &'a Operation> {
        let has_ended = |index: &usize| operation.after & 1 << index != 0;
        (0..self.operations.len()).filter(has_ended).map(|index| &self.operations[index])
    }

    /// A read returns what was written, and nothing else.
    pub(crate) fn is_real(&self) -> bool {
        let started: Vec<Bits> = self.updates().filter(|u| u.started).map(|u| u.writes()).collect();
        let all = Bits(started.iter().fold(0, |all, writes| all | writes.0));
        self.reads().all(|(_, value)| all.has(value))
    }

    /// A read returns all updates that had ended when it started.
    pub(crate) fn has_visibility(&self) -> bool {
        self.reads().all(|(read, value)| self.before(read).all(|early| value.has(early.writes())))
    }

    /// A read returns what a read that had ended when it started has returned.
    pub(crate) fn has_query_stability(&self) -> bool {
        self.reads().all(|(read, value)| {
            self.before(read).all(|early| value.has(early.returned.unwrap_or_default()))
        })
    }

    /// Of two reads, one returns what the other does.
    pub(crate) fn has_comparability(&self) -> bool {
        let mut pairs = self.reads().flat_map(|(_, a)| self.reads().map(move |(_, b)| (a, b)));
        pairs.all(|(a, b)| a.has(b) || b.has(a))
    }

    /// Who sees an update sees the updates that had ended when it started.
    pub(crate) fn has_update_stability(&self) -> bool {
        self.reads().all(|(_, value)| {
            let mut seen = self.updates().filter(|update| value.has(update.writes()));
            seen.all(|late| self.before(late).all(|early| value.has(early.writes())))
        })
    }

    /// Whether there is one order of all operations that explains every result, and has what ended
    /// earlier before what started later.
    pub(crate) fn is_linearizable(&self) -> bool {
        self.is_real()
            && self.has_visibility()
            && self.has_query_stability()
            && self.has_comparability()
            && self.has_update_stability()
    }

    /// Whether some read has returned exactly this.
    pub(crate) fn has_read(&self, value: Bits) -> bool {
        self.reads().any(|(_, read)| read == value)
    }
}
