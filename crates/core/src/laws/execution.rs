use std::string::String;
use std::vec::Vec;

use super::equations::{equal, told};
use super::named::{Name, Named};
use super::script::{REPLICAS, Script, Step, index};
use super::values::{Edited, End, Place, Subjects, Values, join, parts};
use crate::ReplicaId;

/// Replicas, and what they have sent.
pub(super) struct Execution {
    ids: [ReplicaId; REPLICAS],
    states: [Place; REPLICAS],
    sent: Vec<Named>,
}

/// How many of the values made are looked at afterwards, besides the final states: laws are checked
/// on pairs and triples of them, and executions are many.
const SAMPLED: usize = 5;

impl Execution {
    /// Replicas at bottom, which are all that is left of `values`.
    pub(super) fn new(ids: [ReplicaId; REPLICAS], values: &mut dyn Values) -> Self {
        values.truncate(0);
        Self { ids, states: core::array::from_fn(|_| values.bottom()), sent: Vec::new() }
    }

    /// Runs a script to its end, and checks nothing. Leaves the final states, then all that was
    /// sent.
    pub(super) fn run(ids: [ReplicaId; REPLICAS], script: &Script, values: &mut dyn Values) {
        let mut execution = Self::new(ids, values);
        for step in script.steps() {
            let count = values.count();
            if let Some((state, value)) = execution.incoming(step, values) {
                values.merge(state, value);
                values.truncate(count);
            } else if execution.make(step, values).is_none() {
                values.truncate(count);
            }
        }
    }

    /// Which state merges what in this step.
    fn incoming(&self, step: Step, values: &mut dyn Values) -> Option<(Place, Place)> {
        match step {
            Step::Receive { replica, value } => Some((self.state(replica), self.pick(value)?)),
            Step::Merge { replica, from } => Some((self.state(replica), self.state(from))),
            Step::Ask { replica, from } => {
                Some((self.state(replica), self.lacking(replica, from, values)?))
            }
            Step::Edit { .. }
            | Step::Keep { .. }
            | Step::Group { .. }
            | Step::Answer { .. }
            | Step::Cut { .. } => None,
        }
    }

    /// What `replica` lacks of `from`.
    fn lacking(&self, replica: u8, from: u8, values: &mut dyn Values) -> Option<Place> {
        values.diff(self.state(from), self.state(replica))
    }

    /// Makes what this step sends, if there is anything: the last of the values.
    fn make(&mut self, step: Step, values: &mut dyn Values) -> Option<Place> {
        let number = self.sent.len();
        let (name, value) = match step {
            Step::Edit { replica, seed } => {
                let at = index(replica);
                match values.edit(self.states[at], self.ids[at], &[seed], End::Keep) {
                    Edited::Kept(delta) => (Name::Delta(number), delta),
                    Edited::Failed | Edited::Refused(_) => return None,
                }
            }
            Step::Keep { replica } => (Name::Snapshot(number), values.copy(self.state(replica))),
            Step::Group { first, second } => {
                (Name::Group(number), join(values, self.pick(first)?, self.pick(second)?))
            }
            Step::Answer { replica, from } => {
                (Name::Answer(number), self.lacking(replica, from, values)?)
            }
            Step::Cut { value, first, last } => {
                let whole = self.pick(value)?;
                let part = values.bottom();
                let parts = parts(values, whole);
                let first = usize::from(first).checked_rem(parts.len())?;
                let last = usize::from(last).checked_rem(parts.len())?;
                for at in first.min(last)..=first.max(last) {
                    values.merge(part, Place(parts.start + at));
                }
                values.truncate(parts.start);
                (Name::Part(number), part)
            }
            Step::Receive { .. } | Step::Merge { .. } | Step::Ask { .. } => return None,
        };
        self.sent.push(Named { name, value });
        Some(value)
    }

    /// All that was sent.
    pub(super) fn sent(&self) -> &[Named] {
        &self.sent
    }

    /// What this number stands for.
    fn pick(&self, number: u8) -> Option<Place> {
        let at = usize::from(number).checked_rem(self.sent.len())?;
        Some(self.sent[at].value)
    }

    fn state(&self, replica: u8) -> Place {
        self.states[index(replica)]
    }

    /// What each replica has.
    pub(super) fn states(&self) -> &[Place; REPLICAS] {
        &self.states
    }

    /// The final states, then some of what was sent.
    pub(super) fn into_sample(self) -> Vec<Named> {
        let stride = self.sent.len().div_ceil(SAMPLED).max(1);
        let states = (0..).map(Name::State).zip(self.states);
        let states = states.map(|(name, value)| Named { name, value });
        states.chain(self.sent.into_iter().step_by(stride)).collect()
    }

    /// One step, and whether it obeyed the laws.
    pub(super) fn step(&mut self, step: Step, values: &mut dyn Subjects) -> Result<(), String> {
        let count = values.count();
        match step {
            Step::Edit { replica, .. } => {
                let state = self.state(replica);
                let before = values.copy(state); // which stays, as the delta is after it
                if let Some(delta) = self.make(step, values) {
                    let joined = join(values, before, delta);
                    equal(values, "before ⊔ delta = after", joined, state)?;
                    values.truncate(joined.0);
                }
            }
            Step::Receive { replica, .. }
            | Step::Merge { replica, .. }
            | Step::Ask { replica, .. } => {
                self.receive(step, self.state(replica), values)?;
                values.truncate(count);
            }
            Step::Keep { .. } | Step::Group { .. } | Step::Answer { .. } | Step::Cut { .. } => {
                if self.make(step, values).is_none() {
                    values.truncate(count);
                }
            }
        }
        Ok(())
    }

    /// A step in which a replica, whose state this is, merges something.
    fn receive(&self, step: Step, state: Place, values: &mut dyn Subjects) -> Result<(), String> {
        let before = values.copy(state);
        let unchanged = |value| if value == state { before } else { value };
        if let Some((_, value)) = self.incoming(step, values) {
            let value = unchanged(value);
            let changed = values.merge(state, value);
            told(values, before, value, changed, state)?;
        }
        if let Step::Ask { from, .. } = step {
            let joined = join(values, before, unchanged(self.state(from)));
            equal(values, "state ⊔ diff = state ⊔ peer", state, joined)?;
        }
        Ok(())
    }
}
