use std::collections::BTreeSet;
use std::fmt::Write as _;

use rejoin_core::{Crdt as _, Decompose, Diff, Edit};

use super::script::{Script, Step};
use super::{History, Seen, Subject, id};
use crate::rng::Rng;

/// Compares `S` with its specification on thousands of executions.
///
/// Seeds go from `REJOIN_SEED` (0) up; `REJOIN_CASES` sets how many (6 000).
///
/// # Panics
///
/// When a replica does not read what the specification says, with the shortest execution found.
pub fn check<S: Subject>() {
    let cases = variable("REJOIN_CASES").unwrap_or(6_000);
    if let Some(failure) = find_failure::<S>(cases) {
        panic!("{failure}");
    }
}

/// The shortest execution found, among `cases` random ones, in which `S` is not what its
/// specification says.
#[must_use]
pub fn find_failure<S: Subject>(cases: u64) -> Option<String> {
    let first = variable("REJOIN_SEED").unwrap_or(0);
    (first..first + cases).find_map(|seed| {
        let tell = TellSeed(seed);
        let mut script = Script::<S>::arbitrary(seed);
        let mut failure = Execution::run(&script).err()?;
        drop(tell);
        let fails = |script: Script<S>| Some((Execution::run(&script).err()?, script));
        loop {
            let shorter = script.shorter().find_map(fails);
            let Some(shorter) = shorter else { break };
            (failure, script) = shorter;
        }
        let mut text = format!("seed {seed}, {} replicas:\n", script.replicas);
        for (number, step) in &script.steps {
            let _ = writeln!(text, "  {number}. {step:?}");
        }
        Some(text + &failure)
    })
}

/// Prints the seed when the execution panics.
struct TellSeed(u64);

impl Drop for TellSeed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("seed {} panics", self.0);
        }
    }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

struct Execution<S: Subject> {
    history: History<S>,
    replicas: Vec<Replica<S>>,
    /// Those that are not lost.
    living: BTreeSet<usize>,
    /// By the number of the step that has put it by. No map, which would be compiled for each type.
    parcels: Vec<Option<Parcel<S>>>,
}

/// A replica, or something that replicas send, as it is and as it should be.
struct Replica<S: Subject> {
    real: S::Real,
    seen: Seen,
    /// The events of which it says something, but may not say all.
    open: Seen,
}

impl<S: Subject> Replica<S> {
    fn new(real: S::Real, seen: Seen) -> Self {
        Self { real, seen, open: Seen::default() }
    }

    fn merge(&mut self, content: Self) {
        self.real.merge(content.real);
        self.seen.union(&content.seen);
        self.open.union(&content.open);
    }
}

impl<S: Subject> Clone for Replica<S> {
    fn clone(&self) -> Self {
        Self { real: self.real.clone(), seen: self.seen.clone(), open: self.open.clone() }
    }
}

struct Parcel<S: Subject> {
    content: Replica<S>,
    /// A difference is for the one whose digest it answers: only that one has seen all that the
    /// sender has.
    to: Option<usize>,
    /// Who has to be there for it to arrive.
    from: BTreeSet<usize>,
}

impl<S: Subject> Execution<S> {
    fn run(script: &Script<S>) -> Result<(), String> {
        let bottom = || Replica::new(S::Real::default(), Seen::default());
        let mut execution = Self {
            history: History::new(),
            replicas: (0..script.replicas).map(|_| bottom()).collect(),
            living: (0..script.replicas).collect(),
            parcels: Vec::new(),
        };
        for (number, step) in &script.steps {
            execution.step(*number, step).map_err(|why| format!("after step {number}: {why}"))?;
        }
        execution.finish(&mut Rng::new(script.seed)).map_err(|why| format!("at the end: {why}"))
    }

    fn step(&mut self, number: usize, step: &Step<S::Op>) -> Result<(), String> {
        if step.replicas().iter().any(|replica| !self.living.contains(replica)) {
            return Ok(());
        }
        match *step {
            Step::Edit { replica, ref ops } => self.edit(number, replica, ops),
            Step::Keep { replica } => {
                let content = self.replicas[replica].clone();
                self.put_by(number, content, replica);
                Ok(())
            }
            Step::Group { first, second } => {
                self.group(number, first, second);
                Ok(())
            }
            Step::Cut { parcel, parts } => {
                self.cut(number, parcel, parts);
                Ok(())
            }
            Step::Vanish { replica } => {
                if self.living.len() > 1 {
                    self.living.remove(&replica);
                    for parcel in &mut self.parcels {
                        if parcel.as_ref().is_some_and(|it| it.from.contains(&replica)) {
                            *parcel = None;
                        }
                    }
                }
                Ok(())
            }
            Step::Deliver { replica, parcel } => match self.parcel_for(replica, parcel) {
                Some(content) => self.merge(replica, content),
                None => Ok(()),
            },
            Step::Parts { replica, parcel, order } => match self.parcel_for(replica, parcel) {
                Some(content) => self.merge_parts(replica, &content, order),
                None => Ok(()),
            },
            Step::Merge { replica, from } => self.merge(replica, self.replicas[from].clone()),
            Step::Diff { from, to, late } => {
                let digest = self.replicas[to].real.digest();
                let real = self.replicas[from].real.diff(&digest).unwrap_or_default();
                let content = Replica { real, ..self.replicas[from].clone() };
                if late {
                    let parcel = Parcel { content, to: Some(to), from: [from].into() };
                    self.put(number, parcel);
                    return Ok(());
                }
                self.merge(to, content)
            }
            Step::Difference { from, to } => {
                let real = self.replicas[from].real.difference(&self.replicas[to].real);
                self.merge(to, Replica { real, ..self.replicas[from].clone() })
            }
            Step::Reload { replica } => {
                self.replicas[replica].real = reloaded(&self.replicas[replica].real)?;
                self.compare(replica)
            }
        }
    }

    fn edit(&mut self, number: usize, at: usize, ops: &[S::Op]) -> Result<(), String> {
        let replica = &mut self.replicas[at];
        if !replica.seen.is_superset(&replica.open) {
            return Ok(()); // what it would see is no set of events
        }
        let real = replica.real.edit(id(at), |cursor| {
            ops.iter().for_each(|op| S::apply(cursor, op));
        });
        let mut seen = Seen::default();
        for op in ops {
            self.history.record(at, op, &mut replica.seen, &mut seen);
        }
        self.put_by(number, Replica::new(real, seen), at);
        self.compare(at)
    }

    fn put_by(&mut self, number: usize, content: Replica<S>, from: usize) {
        self.put(number, Parcel { content, to: None, from: [from].into() });
    }

    fn put(&mut self, number: usize, parcel: Parcel<S>) {
        while self.parcels.len() <= number {
            self.parcels.push(None);
        }
        self.parcels[number] = Some(parcel);
    }

    fn parcel(&self, number: usize) -> Option<&Parcel<S>> {
        self.parcels.get(number)?.as_ref()
    }

    fn group(&mut self, number: usize, first: usize, second: usize) {
        let (Some(first), Some(second)) = (self.parcel(first), self.parcel(second)) else {
            return;
        };
        if first.to.zip(second.to).is_some_and(|(a, b)| a != b) {
            return;
        }
        let mut content = first.content.clone();
        content.merge(second.content.clone());
        let (to, from) = (first.to.or(second.to), &first.from | &second.from);
        self.put(number, Parcel { content, to, from });
    }

    /// Puts by some parts of a parcel, from the first on, and not the last.
    fn cut(&mut self, number: usize, parcel: usize, parts: usize) {
        let Some(Parcel { content, to, from }) = self.parcel(parcel) else { return };
        let all = parts_of(&content.real);
        if all.len() < 2 {
            return;
        }
        let mut real = S::Real::default();
        for part in &all[..=parts % (all.len() - 1)] {
            real.merge(part.clone());
        }
        let mut cut = Replica::new(real, Seen::default());
        if !S::Real::HIDES_PARTS {
            cut.open = content.seen.clone();
        }
        cut.open.union(&content.open);
        let parcel = Parcel { content: cut, to: *to, from: from.clone() };
        self.put(number, parcel);
    }

    fn parcel_for(&self, replica: usize, parcel: usize) -> Option<Replica<S>> {
        let parcel = self.parcel(parcel)?;
        parcel.to.is_none_or(|to| to == replica).then(|| parcel.content.clone())
    }

    fn merge(&mut self, at: usize, content: Replica<S>) -> Result<(), String> {
        self.replicas[at].merge(content);
        self.compare(at)
    }

    fn merge_parts(&mut self, at: usize, content: &Replica<S>, order: u64) -> Result<(), String> {
        let mut parts = parts_of(&content.real);
        Rng::new(order).shuffle(&mut parts);
        for part in parts {
            self.replicas[at].real.merge(part);
        }
        self.replicas[at].merge(Replica { real: S::Real::default(), ..content.clone() });
        self.compare(at)
    }

    fn compare(&self, at: usize) -> Result<(), String> {
        let replica = &self.replicas[at];
        if !replica.seen.is_superset(&replica.open) {
            return Ok(());
        }
        let (read, expected) = (S::read(&replica.real), self.history.value(&replica.seen));
        if read == expected {
            return Ok(());
        }
        let events = replica.seen.iter().map(|event| &self.history.events()[event].op);
        let events = events.collect::<Vec<_>>();
        Err(format!(
            "replica {at} reads\n    {read:?}\n  but should read\n    {expected:?}\n  \
             having seen {events:?}\n  its state is {:?}",
            replica.real
        ))
    }

    /// Everything reaches everyone who is not lost: in any order, or as nothing but differences.
    fn finish(mut self, rng: &mut Rng) -> Result<(), String> {
        if rng.once_in(2) {
            self.finish_by_diffs(rng)?;
        } else {
            self.finish_by_merges(rng)?;
        }
        let mut living = self.living.iter().map(|at| &self.replicas[*at]);
        let Some(first) = living.next() else { return Ok(()) };
        for other in living {
            if other.real != first.real {
                return Err(format!("{:?}\n  differs from\n  {:?}", other.real, first.real));
            }
            if let Some(diff) = other.real.diff(&first.real.digest()) {
                return Err(format!("equal states, but the difference is {diff:?}"));
            }
            if bytes(&other.real)? != bytes(&first.real)? {
                return Err(format!("equal states, but other bytes: {:?}", first.real));
            }
        }
        Ok(())
    }

    fn finish_by_merges(&mut self, rng: &mut Rng) -> Result<(), String> {
        let states: Vec<_> = self.living.iter().map(|at| self.replicas[*at].clone()).collect();
        for at in self.living.clone() {
            let mut all: Vec<&Replica<S>> = states.iter().collect();
            for parcel in self.parcels.iter().flatten() {
                if parcel.to.is_none_or(|to| to == at) {
                    all.push(&parcel.content);
                }
            }
            rng.shuffle(&mut all);
            for content in all {
                self.replicas[at].merge(content.clone());
            }
            self.compare(at)?;
        }
        Ok(())
    }

    /// Everyone tells the next what it lacks, twice around.
    fn finish_by_diffs(&mut self, rng: &mut Rng) -> Result<(), String> {
        let mut circle: Vec<usize> = self.living.iter().copied().collect();
        rng.shuffle(&mut circle);
        for at in 0..2 * circle.len() {
            let (from, to) = (circle[at % circle.len()], circle[(at + 1) % circle.len()]);
            self.step(usize::MAX, &Step::Diff { from, to, late: false })?;
        }
        Ok(())
    }
}

fn parts_of<T: Decompose>(value: &T) -> Vec<T> {
    let mut parts = Vec::new();
    value.decompose(&mut |part| parts.push(part));
    parts
}

fn bytes<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, String> {
    postcard::to_stdvec(value).map_err(|error| format!("cannot be encoded: {error}"))
}

fn reloaded<T>(value: &T) -> Result<T, String>
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let copy: T = postcard::from_bytes(&bytes(value)?)
        .map_err(|error| format!("cannot be decoded: {error}: {value:?}"))?;
    if copy == *value { Ok(copy) } else { Err(format!("{value:?} is decoded as {copy:?}")) }
}
