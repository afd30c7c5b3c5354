use super::{Live, Seen, Spec};

/// An abstract execution: all events so far.
#[derive(Debug)]
pub struct History<S: Spec> {
    events: Vec<Event<S>>,
}

/// One operation that had an effect.
#[derive(Debug)]
pub struct Event<S: Spec> {
    /// Who did it.
    pub replica: usize,
    /// What was done.
    pub op: S::Op,
    /// The events that its replica had seen.
    pub visible: Seen,
    /// What it wrote.
    pub piece: Option<S::Piece>,
    /// The events whose writes it took: of the visible ones, all live.
    pub takes: Seen,
    /// What a delta with this event says: the event, and those that it carries.
    pub said: Seen,
}

impl<S: Spec> History<S> {
    /// No events.
    #[must_use]
    pub fn new() -> Self {
        Self { events: Vec::new() }
    }

    /// Records that `replica`, having seen `visible`, does `op`; adds the events of that to
    /// `visible` and to what their delta says.
    pub fn record(&mut self, replica: usize, op: &S::Op, visible: &mut Seen, delta: &mut Seen) {
        for op in S::split(op) {
            let effect = S::effect(&op, replica, &self.live(visible));
            if effect.piece.is_none() && effect.takes.is_empty() {
                continue;
            }
            let event = self.events.len();
            let mut said = Seen::default();
            if let Some(piece) = &effect.piece {
                said = (0..event).filter(|at| self.carries(replica, piece, *at)).collect();
            }
            said.insert(event);
            self.events.push(Event {
                replica,
                op,
                visible: visible.clone(),
                piece: effect.piece,
                takes: effect.takes.into_iter().collect(),
                said: said.clone(),
            });
            visible.insert(event);
            delta.union(&said);
        }
    }

    /// Forgets all but the first events.
    pub fn truncate(&mut self, events: usize) {
        self.events.truncate(events);
    }

    fn carries(&self, replica: usize, piece: &S::Piece, earlier: usize) -> bool {
        let earlier = &self.events[earlier];
        earlier.replica == replica
            && earlier.piece.as_ref().is_some_and(|earlier| S::carries(piece, earlier))
    }

    /// The live writes of those who have seen `seen`, in the order in which they were made.
    #[must_use]
    pub fn live(&self, seen: &Seen) -> Vec<Live<'_, S::Piece>> {
        let taken =
            |write: usize| seen.iter().any(|event| self.events[event].takes.contains(write));
        seen.iter()
            .filter(|event| !taken(*event))
            .filter_map(|event| {
                let Event { replica, piece, .. } = &self.events[event];
                Some(Live { event, replica: *replica, piece: piece.as_ref()? })
            })
            .collect()
    }

    /// What those who have seen `seen` must read.
    #[must_use]
    pub fn value(&self, seen: &Seen) -> S::Value {
        S::value(&self.live(seen))
    }

    /// All events, in the order in which they were made.
    #[must_use]
    pub fn events(&self) -> &[Event<S>] {
        &self.events
    }
}

impl<S: Spec> Default for History<S> {
    fn default() -> Self {
        Self::new()
    }
}
