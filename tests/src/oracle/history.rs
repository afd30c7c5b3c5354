use std::fmt;
use std::ops::Range;

use super::numbered::{Numbered, Numbers, Write};
use super::{Live, Seen, Subject};

/// An abstract execution of a type: all events so far.
pub struct History<S: Subject> {
    log: Log,
    numbers: Numbers<S>,
}

/// The events of an execution of any type.
#[derive(Debug)]
pub(crate) struct Log {
    events: Vec<Event>,
}

/// One operation that had an effect.
#[derive(Debug)]
pub struct Event {
    /// Who did it.
    pub replica: usize,
    /// The events that its replica had seen.
    pub visible: Seen,
    /// The events whose writes it took: of the visible ones, all live.
    pub takes: Seen,
    /// What a delta with this event says: the event, and those that it carries.
    pub said: Seen,
    /// What was done.
    pub(super) op: usize,
    /// What it wrote.
    piece: Option<usize>,
}

/// What a user does, and the operations, each with one effect, that it is short for.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) number: usize,
    parts: Range<usize>,
}

impl Operation {
    pub(crate) fn new(number: usize, subject: &mut dyn Numbered) -> Self {
        Self { number, parts: subject.split(number) }
    }
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { events: Vec::new() }
    }

    /// Records that `replica`, having seen `visible`, does `op`; adds the events of that to
    /// `visible` and to what their delta says.
    pub(crate) fn record(
        &mut self,
        subject: &mut dyn Numbered,
        replica: usize,
        op: &Operation,
        visible: &mut Seen,
        delta: &mut Seen,
    ) {
        for op in op.parts.clone() {
            let (piece, takes) = subject.effect(op, replica, &self.live(visible));
            if piece.is_none() && takes.is_empty() {
                continue;
            }
            let mut said = Seen::default();
            if let Some(piece) = piece {
                for (at, earlier) in self.events.iter().enumerate() {
                    let Some(other) = earlier.piece else { continue };
                    if earlier.replica == replica && subject.carries(piece, other) {
                        said.insert(at);
                    }
                }
            }
            let event = self.events.len();
            said.insert(event);
            self.events.push(Event {
                replica,
                visible: visible.clone(),
                takes: takes.into_iter().collect(),
                said: said.clone(),
                op,
                piece,
            });
            visible.insert(event);
            delta.union(&said);
        }
    }

    /// Forgets all but the first events.
    pub(crate) fn truncate(&mut self, subject: &mut dyn Numbered, events: usize) {
        self.events.truncate(events);
        let last = self.events.iter().rev().find_map(|event| event.piece);
        subject.keep(usize::MAX, last.map_or(0, |last| last + 1), usize::MAX);
    }

    /// The live writes of those who have seen `seen`, in the order in which they were made.
    pub(crate) fn live(&self, seen: &Seen) -> Vec<Write> {
        let mut taken = Seen::default();
        for event in seen.iter() {
            taken.union(&self.events[event].takes);
        }
        let mut live = Vec::new();
        for event in seen.iter() {
            let Event { replica, piece, .. } = self.events[event];
            if let Some(piece) = piece
                && !taken.contains(event)
            {
                live.push(Write { event, replica, piece });
            }
        }
        live
    }

    /// All events, in the order in which they were made.
    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }
}

impl<S: Subject> History<S> {
    /// No events.
    #[must_use]
    pub fn new() -> Self {
        Self { log: Log::new(), numbers: Numbers::new() }
    }

    /// Records that `replica`, having seen `visible`, does `op`; adds the events of that to
    /// `visible` and to what their delta says.
    pub fn record(&mut self, replica: usize, op: &S::Op, visible: &mut Seen, delta: &mut Seen) {
        let number = self.numbers.add(op.clone());
        let op = Operation::new(number, &mut self.numbers);
        self.log.record(&mut self.numbers, replica, &op, visible, delta);
    }

    /// The live writes of those who have seen `seen`, in the order in which they were made.
    #[must_use]
    pub fn live(&self, seen: &Seen) -> Vec<Live<'_, S::Piece>> {
        self.numbers.live(&self.log.live(seen))
    }

    /// All events, in the order in which they were made.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        self.log.events()
    }
}

impl<S: Subject> Default for History<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Subject> fmt::Debug for History<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.log.fmt(f)
    }
}
