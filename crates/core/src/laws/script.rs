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
                Step::Merge { replica, from } | Step::Ask { replica, from } => {
                    rename(replica) | rename(from)
                }
                Step::Group { .. } => false,
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
        }
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
