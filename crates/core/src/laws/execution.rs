use std::boxed::Box;
use std::string::String;
use std::vec::Vec;
use std::{format, vec};

use quickcheck::{Arbitrary, Gen};

use super::{Subject, equal, join, told};
use crate::ReplicaId;

/// What a few replicas do, in this order.
#[derive(Clone, Debug)]
pub(super) struct Script(Vec<Step>);

/// One step; numbers are taken modulo how many replicas or values there are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A replica edits, with a generator of this seed.
    Edit { replica: u8, seed: u64 },
    /// A replica merges something made earlier: a delta, a group of deltas, a stale snapshot.
    Receive { replica: u8, value: u8 },
    /// A replica merges the whole state of another.
    Merge { replica: u8, from: u8 },
    /// A replica asks another for what it lacks, and merges that.
    Ask { replica: u8, from: u8 },
    /// A replica's state is put by, to be received later.
    Keep { replica: u8 },
    /// Two values made earlier are put by as one.
    Group { first: u8, second: u8 },
}

impl Script {
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> + '_ {
        self.0.iter().copied()
    }
}

impl Arbitrary for Script {
    fn arbitrary(g: &mut Gen) -> Self {
        Self(Vec::arbitrary(g))
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        // Leaving out runs of steps, long ones first.
        let steps = self.0.clone();
        let lengths =
            core::iter::successors(Some(steps.len()), |n| Some(n / 2)).take_while(|n| *n > 0);
        Box::new(lengths.collect::<Vec<_>>().into_iter().flat_map(move |length| {
            let steps = steps.clone();
            (0..=steps.len() - length).map(move |at| {
                let mut fewer = steps.clone();
                fewer.drain(at..at + length);
                Self(fewer)
            })
        }))
    }
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        let (replica, other) = (u8::arbitrary(g), u8::arbitrary(g));
        match u8::arbitrary(g) % 12 {
            0..5 => Self::Edit { replica, seed: u64::arbitrary(g) },
            5..8 => Self::Receive { replica, value: other },
            8 => Self::Merge { replica, from: other },
            9 => Self::Ask { replica, from: other },
            10 => Self::Keep { replica },
            _ => Self::Group { first: replica, second: other },
        }
    }
}

/// Replicas, and what they have sent.
pub(super) struct Execution<T> {
    states: Vec<T>,
    sent: Vec<T>,
}

const REPLICAS: usize = 3;

/// How many of the values made are looked at afterwards, besides the final states: laws are checked
/// on pairs and triples of them, and executions are many.
const SAMPLED: usize = 5;

impl<T: Subject> Execution<T> {
    pub(super) fn new() -> Self {
        Self { states: vec![T::default(); REPLICAS], sent: Vec::new() }
    }

    pub(super) fn step(
        &mut self,
        step: Step,
        edit: &impl Fn(&mut T::Cursor<'_>, &mut Gen),
        diff: &impl Fn(&T, &T) -> Option<T>,
    ) -> Result<(), String> {
        match step {
            Step::Edit { replica, seed } => {
                let at = index(replica);
                let before = self.states[at].clone();
                let delta = self.states[at]
                    .edit(id(at), |cursor| edit(cursor, &mut Gen::from_size_and_seed(8, seed)));
                equal("before ⊔ delta = after", &join(&before, &delta), &self.states[at])?;
                self.sent.push(delta);
            }
            Step::Receive { replica, value } => {
                if let Some(at) = usize::from(value).checked_rem(self.sent.len()) {
                    let value = self.sent[at].clone();
                    self.receive(replica, value)?;
                }
            }
            Step::Merge { replica, from } => {
                let value = self.states[index(from)].clone();
                self.receive(replica, value)?;
            }
            Step::Ask { replica, from } => {
                let (state, peer) = (&self.states[index(replica)], &self.states[index(from)]);
                let want = join(state, peer);
                match diff(peer, state) {
                    Some(missing) => self.receive(replica, missing)?,
                    None => equal("nothing is missing", state, &want)?,
                }
                equal("state ⊔ diff = state ⊔ peer", &self.states[index(replica)], &want)?;
            }
            Step::Keep { replica } => {
                self.sent.push(self.states[index(replica)].clone());
            }
            Step::Group { first, second } => {
                if let Some(at) = usize::from(first).checked_rem(self.sent.len()) {
                    let second = &self.sent[usize::from(second) % self.sent.len()];
                    self.sent.push(join(&self.sent[at], second));
                }
            }
        }
        Ok(())
    }

    fn receive(&mut self, replica: u8, value: T) -> Result<(), String> {
        let state = &mut self.states[index(replica)];
        told(state, &value)?;
        state.merge(value);
        Ok(())
    }

    pub(super) fn into_values(self) -> Vec<T> {
        let stride = self.sent.len().div_ceil(SAMPLED).max(1);
        self.states.into_iter().chain(self.sent.into_iter().step_by(stride)).collect()
    }

    /// What a step that was just made has done, in words.
    pub(super) fn describe(&self, step: Step) -> String {
        let name = |replica: u8| char::from(b'A' + (index(replica)) as u8);
        let state = |replica: u8| &self.states[index(replica)];
        let sent = self.sent.len().max(1);
        match step {
            Step::Edit { replica, .. } => format!(
                "{} edits, #{} = {:?}\n      and has {:?}",
                name(replica),
                self.sent.len().saturating_sub(1),
                self.sent.last(),
                state(replica)
            ),
            Step::Receive { replica, value } => format!(
                "{} merges #{}\n      and has {:?}",
                name(replica),
                usize::from(value) % sent,
                state(replica)
            ),
            Step::Merge { replica, from } => {
                format!(
                    "{} merges {}'s state\n      and has {:?}",
                    name(replica),
                    name(from),
                    state(replica)
                )
            }
            Step::Ask { replica, from } => format!(
                "{} merges what it lacks of {}'s\n      and has {:?}",
                name(replica),
                name(from),
                state(replica)
            ),
            Step::Keep { replica } => {
                format!(
                    "{}'s state is put by as #{}",
                    name(replica),
                    self.sent.len().saturating_sub(1)
                )
            }
            Step::Group { .. } => {
                format!(
                    "two are joined as #{} = {:?}",
                    self.sent.len().saturating_sub(1),
                    self.sent.last()
                )
            }
        }
    }
}

fn index(replica: u8) -> usize {
    usize::from(replica) % REPLICAS
}

fn id(at: usize) -> ReplicaId {
    ReplicaId::from_u128(at as u128 + 1)
}
