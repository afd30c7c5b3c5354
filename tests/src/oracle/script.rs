use super::history::Operation;
use super::numbered::Numbered;
use crate::rng::Rng;

/// What a few replicas do, in this order.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) replicas: usize,
    /// Each under a number that it keeps when others are left out.
    pub(super) steps: Vec<(usize, Step)>,
    /// Orders what is merged at the end.
    pub(super) seed: u64,
}

/// One step. What it puts by is a parcel with the step's number.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A replica edits, once, with all these operations; the delta is put by.
    Edit { replica: usize, ops: Vec<Operation> },
    /// A replica's state is put by.
    Keep { replica: usize },
    /// Two parcels are put by as one.
    Group { first: usize, second: usize },
    /// A replica gets a parcel: for the first time or again, early or late, or another never.
    Deliver { replica: usize, parcel: usize },
    /// A replica gets the parts of a parcel one by one, in some order.
    Parts { replica: usize, parcel: usize, order: u64 },
    /// A replica gets the state of another.
    Merge { replica: usize, from: usize },
    /// One replica answers another's digest, and the answer arrives at once or is put by.
    Diff { from: usize, to: usize, late: bool },
    /// A replica gets the least that it lacks of another.
    Difference { from: usize, to: usize },
    /// Of the parts of a parcel the first few are put by: what has come when its source is lost.
    Cut { parcel: usize, parts: usize },
    /// A replica is written down and read back.
    Reload { replica: usize },
    /// A replica is lost, with all that it sent and that has not arrived.
    Vanish { replica: usize },
}

impl Script {
    pub(super) fn arbitrary(seed: u64, subject: &mut dyn Numbered) -> Self {
        let mut rng = Rng::new(seed);
        let replicas = 2 + rng.below(4).min(rng.below(4));
        let mut parcels = Vec::new();
        let steps = (0..4 + rng.below(20)).map(|number| {
            let step = step(replicas, &parcels, subject, &mut rng);
            if let Step::Edit { .. }
            | Step::Keep { .. }
            | Step::Group { .. }
            | Step::Cut { .. }
            | Step::Diff { late: true, .. } = step
            {
                parcels.push(number);
            }
            (number, step)
        });
        Self { replicas, steps: steps.collect(), seed }
    }

    /// Scripts without some of the steps, long runs first; then without one of the operations.
    pub(super) fn shorter(&self) -> impl Iterator<Item = Self> + '_ {
        let operations = |(_, step): &(usize, Step)| match step {
            Step::Edit { ops, .. } => ops.len(),
            _ => 0,
        };
        let without = |part| {
            let mut steps = self.steps.clone();
            match part {
                Part::Steps { at, count } => drop(steps.drain(at..at + count)),
                Part::Operation { at, op } => {
                    if let Step::Edit { ops, .. } = &mut steps[at].1 {
                        ops.remove(op);
                    }
                }
            }
            Self { steps, ..*self }
        };
        parts(&self.steps.iter().map(operations).collect::<Vec<_>>()).into_iter().map(without)
    }
}

/// What a shorter script lacks.
#[derive(Clone, Copy)]
enum Part {
    Steps { at: usize, count: usize },
    Operation { at: usize, op: usize },
}

/// The parts to leave out of steps that have so many operations each.
fn parts(operations: &[usize]) -> Vec<Part> {
    let lengths = std::iter::successors(Some(operations.len()), |length| Some(length / 2));
    let lengths = lengths.take_while(|length| *length > 0);
    let places = |count| (0..=operations.len() - count).map(move |at| Part::Steps { at, count });
    let several = operations.iter().enumerate().filter(|(_, count)| **count > 1);
    let each =
        several.flat_map(|(at, count)| (0..*count).map(move |op| Part::Operation { at, op }));
    lengths.flat_map(places).chain(each).collect()
}

fn step(replicas: usize, parcels: &[usize], subject: &mut dyn Numbered, rng: &mut Rng) -> Step {
    let (replica, other) = (rng.below(replicas), rng.below(replicas));
    let kind = if parcels.is_empty() { 0 } else { rng.below(24) };
    // Mostly one of the last, so that a delta arrives while the one before it is missing.
    let parcel = |rng: &mut Rng| {
        let last = parcels.len() - 1;
        parcels[last - rng.below(parcels.len()).min(rng.below(parcels.len()))]
    };
    match kind {
        0..8 => {
            let ops = (0..1 + rng.below(3).min(rng.below(3)))
                .map(|_| Operation::new(subject.arbitrary(rng), subject));
            Step::Edit { replica, ops: ops.collect() }
        }
        8..12 => Step::Deliver { replica, parcel: parcel(rng) },
        12 => Step::Parts { replica, parcel: parcel(rng), order: rng.any() },
        13 | 14 => Step::Merge { replica, from: other },
        15 | 16 => Step::Diff { from: other, to: replica, late: rng.once_in(2) },
        17 => match rng.below(2) {
            0 => Step::Difference { from: other, to: replica },
            _ => Step::Reload { replica },
        },
        18 => Step::Keep { replica },
        19..22 => Step::Cut { parcel: parcel(rng), parts: rng.below(8) },
        22 => Step::Vanish { replica },
        _ => Step::Group { first: parcel(rng), second: parcel(rng) },
    }
}

impl Step {
    /// Shows the step with its operations.
    pub(super) fn show(&self, subject: &dyn Numbered) -> String {
        match self {
            Self::Edit { replica, ops } => {
                let ops: Vec<_> = ops.iter().map(|op| subject.op(op.number)).collect();
                format!("Edit {{ replica: {replica}, ops: {ops:?} }}")
            }
            other => format!("{other:?}"),
        }
    }

    /// Who has to be there for it.
    pub(super) fn replicas(&self) -> Vec<usize> {
        match *self {
            Self::Group { .. } | Self::Cut { .. } => Vec::new(),
            Self::Edit { replica, .. }
            | Self::Keep { replica }
            | Self::Deliver { replica, .. }
            | Self::Parts { replica, .. }
            | Self::Reload { replica }
            | Self::Vanish { replica } => vec![replica],
            Self::Merge { replica, from } => vec![replica, from],
            Self::Diff { from, to, .. } | Self::Difference { from, to } => vec![from, to],
        }
    }
}
