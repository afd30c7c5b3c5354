use core::fmt;
use std::string::String;
use std::vec;
use std::vec::Vec;

use quickcheck::Gen;

use super::Subject;
use super::equations::{equal, join, told};
use super::script::{REPLICAS, Script, Step, index};
use crate::{Edit, ReplicaId};

/// Replicas, and what they have sent.
pub(super) struct Execution<T> {
    ids: [ReplicaId; REPLICAS],
    states: Vec<T>,
    sent: Vec<Sent<T>>,
}

/// Something to be merged later.
pub(super) struct Sent<T> {
    pub(super) name: Name,
    pub(super) value: T,
}

/// What a value is called: a replica's state, or the letter of its kind with a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Name {
    State(usize),
    Delta(usize),
    Snapshot(usize),
    Group(usize),
    Answer(usize),
    Part(usize),
}

/// How a value tells another what it lacks, and comes apart.
pub(super) struct Ways<T> {
    /// What the second lacks of the first.
    pub(super) diff: fn(&T, &T) -> Option<T>,
    pub(super) parts: fn(&T) -> Vec<T>,
}

impl<T: Clone> Ways<T> {
    /// Those of a type that has none.
    pub(super) const WHOLE: Self =
        Self { diff: |value, _| Some(value.clone()), parts: |value| vec![value.clone()] };
}

/// How many of the values made are looked at afterwards, besides the final states: laws are checked
/// on pairs and triples of them, and executions are many.
const SAMPLED: usize = 5;

impl<T: Edit + Clone> Execution<T> {
    pub(super) fn new(ids: [ReplicaId; REPLICAS]) -> Self {
        Self { ids, states: vec![T::default(); REPLICAS], sent: Vec::new() }
    }

    /// Runs a script to its end, and checks nothing.
    pub(super) fn run(
        ids: [ReplicaId; REPLICAS],
        script: &Script,
        edit: &impl Fn(&mut T::Cursor<'_>, &mut Gen),
    ) -> Self {
        let mut execution = Self::new(ids);
        for step in script.steps() {
            if let Some((at, value)) = execution.incoming(step, &Ways::WHOLE) {
                execution.states[at].merge(value);
            } else {
                execution.make(step, edit, &Ways::WHOLE);
            }
        }
        execution
    }

    /// Who merges what in this step.
    fn incoming(&self, step: Step, ways: &Ways<T>) -> Option<(usize, T)> {
        match step {
            Step::Receive { replica, value } => Some((index(replica), self.pick(value)?.clone())),
            Step::Merge { replica, from } => {
                Some((index(replica), self.states[index(from)].clone()))
            }
            Step::Ask { replica, from } => {
                Some((index(replica), self.lacking(replica, from, ways)?))
            }
            Step::Edit { .. }
            | Step::Keep { .. }
            | Step::Group { .. }
            | Step::Answer { .. }
            | Step::Cut { .. } => None,
        }
    }

    /// What `replica` lacks of `from`.
    fn lacking(&self, replica: u8, from: u8, ways: &Ways<T>) -> Option<T> {
        (ways.diff)(&self.states[index(from)], &self.states[index(replica)])
    }

    /// Makes what this step sends, if there is anything.
    fn make(
        &mut self,
        step: Step,
        edit: &impl Fn(&mut T::Cursor<'_>, &mut Gen),
        ways: &Ways<T>,
    ) -> Option<()> {
        let number = self.sent.len();
        let (name, value) = match step {
            Step::Edit { replica, seed } => {
                let mut g = Gen::from_size_and_seed(8, seed);
                let (at, edit) =
                    (index(replica), |cursor: &mut T::Cursor<'_>| edit(cursor, &mut g));
                (Name::Delta(number), self.states[at].edit(self.ids[at], edit))
            }
            Step::Keep { replica } => (Name::Snapshot(number), self.states[index(replica)].clone()),
            Step::Group { first, second } => {
                (Name::Group(number), join(self.pick(first)?, self.pick(second)?))
            }
            Step::Answer { replica, from } => {
                (Name::Answer(number), self.lacking(replica, from, ways)?)
            }
            Step::Cut { value, first, last } => {
                let parts = (ways.parts)(self.pick(value)?);
                let first = usize::from(first).checked_rem(parts.len())?;
                let last = usize::from(last).checked_rem(parts.len())?;
                let (first, last) = (first.min(last), first.max(last));
                let kept = &parts[first..=last];
                (Name::Part(number), kept.iter().fold(T::default(), |sum, part| join(&sum, part)))
            }
            Step::Receive { .. } | Step::Merge { .. } | Step::Ask { .. } => return None,
        };
        self.sent.push(Sent { name, value });
        Some(())
    }

    /// All that was sent.
    pub(super) fn sent(&self) -> &[Sent<T>] {
        &self.sent
    }

    /// What this number stands for.
    fn pick(&self, number: u8) -> Option<&T> {
        let at = usize::from(number).checked_rem(self.sent.len())?;
        Some(&self.sent[at].value)
    }

    /// What each replica has.
    pub(super) fn states(&self) -> &[T] {
        &self.states
    }

    /// The final states, then all that was sent.
    pub(super) fn into_values(self) -> impl Iterator<Item = T> {
        self.states.into_iter().chain(self.sent.into_iter().map(|sent| sent.value))
    }

    /// The final states, then some of what was sent, and the names of all.
    pub(super) fn into_sample(self) -> (Vec<T>, Vec<Name>) {
        let stride = self.sent.len().div_ceil(SAMPLED).max(1);
        let states = (0..).map(Name::State).zip(self.states).map(|(name, state)| (state, name));
        let sent = self.sent.into_iter().step_by(stride).map(|sent| (sent.value, sent.name));
        states.chain(sent).unzip()
    }
}

impl<T: Subject> Execution<T> {
    /// One step, and whether it obeyed the laws.
    pub(super) fn step(
        &mut self,
        step: Step,
        edit: &impl Fn(&mut T::Cursor<'_>, &mut Gen),
        ways: &Ways<T>,
    ) -> Result<(), String> {
        let before = step.replica().map(|at| (at, self.states[at].clone()));
        if let Some((at, value)) = self.incoming(step, ways) {
            let changed = self.states[at].merge(value.clone());
            let (_, before) = before.as_ref().expect("someone merges");
            told(before, &value, changed, &self.states[at])?;
        } else {
            self.make(step, edit, ways);
        }
        match (step, before, self.sent.last()) {
            (Step::Edit { .. }, Some((at, before)), Some(delta)) => {
                equal("before ⊔ delta = after", &join(&before, &delta.value), &self.states[at])
            }
            (Step::Ask { from, .. }, Some((at, before)), _) => {
                let peer = if at == index(from) { &before } else { &self.states[index(from)] };
                equal("state ⊔ diff = state ⊔ peer", &self.states[at], &join(&before, peer))
            }
            _ => Ok(()),
        }
    }
}

impl Step {
    /// Whose state this step is about.
    pub(super) fn replica(self) -> Option<usize> {
        match self {
            Self::Edit { replica, .. }
            | Self::Receive { replica, .. }
            | Self::Merge { replica, .. }
            | Self::Ask { replica, .. }
            | Self::Answer { replica, .. }
            | Self::Keep { replica } => Some(index(replica)),
            Self::Group { .. } | Self::Cut { .. } => None,
        }
    }
}

/// The letter of a replica.
pub(super) fn letter(at: usize) -> char {
    ['A', 'B', 'C'][at]
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(at) => write!(f, "what {} has", letter(*at)),
            Self::Delta(number) => write!(f, "d{number}"),
            Self::Snapshot(number) => write!(f, "s{number}"),
            Self::Group(number) => write!(f, "g{number}"),
            Self::Answer(number) => write!(f, "a{number}"),
            Self::Part(number) => write!(f, "p{number}"),
        }
    }
}
