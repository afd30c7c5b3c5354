use alloc::vec::Vec;
use rejoin_clocks::Dot;

/// What a join or an edit did to the live dots of a value, for the containers around it.
///
/// A container keeps an index from dots to its entries, so that a removal costs what it removes
/// and not a walk of the value. When it joins or edits an entry it *listens*; whatever is inside
/// *notes* the dots that it gained or lost; then the container reads the notes made since it began.
/// Without listeners, notes cost nothing.
#[derive(Debug, Default)]
pub struct Journal {
    listeners: u32,
    notes: Vec<Note>,
}

/// One live dot gained or lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A piece with this dot is in the value now, and was not before.
    Added(Dot),
    /// The piece with this dot was in the value before, and is not any more.
    Removed(Dot),
}

impl Journal {
    /// A journal that nobody listens to.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets listeners and notes: the start of a new edit or merge.
    pub fn reset(&mut self) {
        self.listeners = 0;
        self.notes.clear();
    }

    /// Whether any container wants notes: when not, finding out what to note may be skipped.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.listeners > 0
    }

    /// Whether anybody but the one container that asks wants notes.
    pub(crate) fn is_watched_by_others(&self) -> bool {
        self.listeners > 1
    }

    /// Notes that the value gained `dot`.
    #[inline]
    pub fn added(&mut self, dot: Dot) {
        if self.is_watched() {
            self.notes.push(Note::Added(dot));
        }
    }

    /// Notes that the value lost `dot`.
    #[inline]
    pub fn removed(&mut self, dot: Dot) {
        if self.is_watched() {
            self.notes.push(Note::Removed(dot));
        }
    }

    /// Starts listening. Every call is paired with one of [`unlisten`](Journal::unlisten).
    pub fn listen(&mut self) {
        self.listeners += 1;
    }

    /// Stops listening.
    pub fn unlisten(&mut self) {
        self.listeners = self.listeners.saturating_sub(1);
        if self.listeners == 0 {
            self.notes.clear();
        }
    }

    /// A place in the journal, for [`since`](Journal::since).
    #[must_use]
    pub fn mark(&self) -> usize {
        self.notes.len()
    }

    /// The notes made since `mark`.
    #[must_use]
    pub fn since(&self, mark: usize) -> &[Note] {
        self.notes.get(mark..).unwrap_or_default()
    }

    /// Drops the notes made since `mark`, if the caller is the outermost listener: nobody else
    /// will read them.
    pub fn settle(&mut self, mark: usize) {
        if self.listeners == 1 {
            self.notes.truncate(mark);
        }
    }
}
