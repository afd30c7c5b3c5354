use std::boxed::Box;
use std::vec::Vec;

use quickcheck::{Arbitrary, Gen};

/// How many replicas take part.
pub(super) const REPLICAS: usize = 3;

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
    /// What a replica lacks of another is put by, to be received later, by it or by others.
    Answer { replica: u8, from: u8 },
    /// Of the parts of a value made earlier, those between two of them are put by: what has arrived
    /// of it when its source is gone, or what is not lost of its chunks.
    Cut { value: u8, first: u8, last: u8 },
}

/// The replica that a number stands for.
pub(super) fn index(replica: u8) -> usize {
    usize::from(replica) % REPLICAS
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

    /// Leaves out runs of steps, long ones first, and then makes single steps simpler.
    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let steps = self.0.clone();
        let lengths =
            core::iter::successors(Some(steps.len()), |n| Some(n / 2)).take_while(|n| *n > 0);
        let fewer = lengths.collect::<Vec<_>>().into_iter().flat_map(move |length| {
            let steps = steps.clone();
            (0..=steps.len() - length).map(move |at| {
                let mut fewer = steps.clone();
                fewer.drain(at..at + length);
                Self(fewer)
            })
        });
        let steps = self.0.clone();
        let simpler = (0..steps.len()).flat_map(move |at| {
            let steps = steps.clone();
            steps[at].simpler().into_iter().map(move |step| {
                let mut simpler = steps.clone();
                simpler[at] = step;
                Self(simpler)
            })
        });
        Box::new(fewer.chain(self.renamed()).chain(simpler))
    }
}

impl Script {
    /// The same with replicas named in the order in which they appear, unless they are.
    ///
    /// This makes the sequence of their numbers smaller, and so does every simpler step: shrinking
    /// ends.
    fn renamed(&self) -> Option<Self> {
        let mut order = Vec::new();
        let mut rename = |replica: &mut u8| {
            let at = order.iter().position(|seen| *seen == index(*replica)).unwrap_or_else(|| {
                order.push(index(*replica));
                order.len() - 1
            });
            let renamed = at as u8;
            core::mem::replace(replica, renamed) != renamed
        };
        let mut steps = self.0.clone();
        let mut any = false;
        for step in &mut steps {
            any |= match step {
                Step::Edit { replica, .. }
                | Step::Receive { replica, .. }
                | Step::Keep { replica } => rename(replica),
                Step::Merge { replica, from }
                | Step::Ask { replica, from }
                | Step::Answer { replica, from } => rename(replica) | rename(from),
                Step::Group { .. } | Step::Cut { .. } => false,
            };
        }
        any.then_some(Self(steps))
    }
}

impl Step {
    /// Steps of the same kind with smaller numbers.
    fn simpler(self) -> Vec<Self> {
        let below = |number: u8| 0..number.min(8);
        match self {
            Self::Edit { replica, seed } => below(replica)
                .map(|replica| Self::Edit { replica, seed })
                .chain((0..seed.min(8)).map(|seed| Self::Edit { replica, seed }))
                .collect(),
            Self::Receive { replica, value } => below(replica)
                .map(|replica| Self::Receive { replica, value })
                .chain(below(value).map(|value| Self::Receive { replica, value }))
                .collect(),
            Self::Merge { replica, from } => below(replica)
                .map(|replica| Self::Merge { replica, from })
                .chain(below(from).map(|from| Self::Merge { replica, from }))
                .collect(),
            Self::Ask { replica, from } => below(replica)
                .map(|replica| Self::Ask { replica, from })
                .chain(below(from).map(|from| Self::Ask { replica, from }))
                .collect(),
            Self::Keep { replica } => {
                below(replica).map(|replica| Self::Keep { replica }).collect()
            }
            Self::Group { first, second } => below(first)
                .map(|first| Self::Group { first, second })
                .chain(below(second).map(|second| Self::Group { first, second }))
                .collect(),
            Self::Answer { replica, from } => below(replica)
                .map(|replica| Self::Answer { replica, from })
                .chain(below(from).map(|from| Self::Answer { replica, from }))
                .collect(),
            Self::Cut { value, first, last } => below(value)
                .map(|value| Self::Cut { value, first, last })
                .chain(below(first).map(|first| Self::Cut { value, first, last }))
                .chain(below(last).map(|last| Self::Cut { value, first, last }))
                .collect(),
        }
    }
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        let (replica, other) = (u8::arbitrary(g), u8::arbitrary(g));
        match u8::arbitrary(g) % 16 {
            0..6 => Self::Edit { replica, seed: u64::arbitrary(g) },
            6..10 => Self::Receive { replica, value: other },
            10 => Self::Merge { replica, from: other },
            11 => Self::Ask { replica, from: other },
            12 => Self::Keep { replica },
            13 => Self::Answer { replica, from: other },
            14 => Self::Group { first: replica, second: other },
            _ => Self::Cut { value: replica, first: other, last: u8::arbitrary(g) },
        }
    }
}
