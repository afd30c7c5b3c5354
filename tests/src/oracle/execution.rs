use std::collections::BTreeMap;
use std::fmt::Write as _;

use rejoin_core::{Crdt, Decompose, Diff, Edit};

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
    parcels: BTreeMap<usize, Parcel<S>>,
}

/// A replica, or something that replicas send, as it is and as it should be.
struct Replica<S: Subject> {
    real: S::Real,
    seen: Seen,
}

impl<S: Subject> Clone for Replica<S> {
    fn clone(&self) -> Self {
        Self { real: self.real.clone(), seen: self.seen.clone() }
    }
}

struct Parcel<S: Subject> {
    content: Replica<S>,
    /// A difference is for the one whose digest it answers.
    to: Option<usize>,
}

impl<S: Subject> Execution<S> {
    fn run(script: &Script<S>) -> Result<(), String> {
        let bottom = || Replica { real: S::Real::default(), seen: Seen::default() };
        let mut execution = Self {
            history: History::new(),
            replicas: (0..script.replicas).map(|_| bottom()).collect(),
            parcels: BTreeMap::new(),
        };
        for (number, step) in &script.steps {
            execution.step(*number, step).map_err(|why| format!("after step {number}: {why}"))?;
        }
        execution.finish(&mut Rng::new(script.seed)).map_err(|why| format!("at the end: {why}"))
    }

    fn step(&mut self, number: usize, step: &Step<S::Op>) -> Result<(), String> {
        match *step {
            Step::Edit { replica, ref ops } => self.edit(number, replica, ops),
            Step::Keep { replica } => {
                let content = self.replicas[replica].clone();
                self.parcels.insert(number, Parcel { content, to: None });
                Ok(())
            }
            Step::Group { first, second } => {
                self.group(number, first, second);
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
                let content = Replica { real, seen: self.replicas[from].seen.clone() };
                if late {
                    self.parcels.insert(number, Parcel { content, to: Some(to) });
                    return Ok(());
                }
                self.merge(to, content)
            }
            Step::Difference { from, to } => {
                let real = self.replicas[from].real.difference(&self.replicas[to].real);
                let content = Replica { real, seen: self.replicas[from].seen.clone() };
                self.merge(to, content)
            }
            Step::Reload { replica } => {
                self.replicas[replica].real = reloaded(&self.replicas[replica].real)?;
                self.compare(replica)
            }
        }
    }

    fn edit(&mut self, number: usize, at: usize, ops: &[S::Op]) -> Result<(), String> {
        let replica = &mut self.replicas[at];
        let real = replica.real.edit(id(at), |cursor| {
            ops.iter().for_each(|op| S::apply(cursor, op));
        });
        let mut seen = Seen::default();
        for op in ops {
            self.history.record(at, op, &mut replica.seen, &mut seen);
        }
        let content = Replica { real, seen };
        self.parcels.insert(number, Parcel { content, to: None });
        self.compare(at)
    }

    fn group(&mut self, number: usize, first: usize, second: usize) {
        let (Some(first), Some(second)) = (self.parcels.get(&first), self.parcels.get(&second))
        else {
            return;
        };
        if first.to.zip(second.to).is_some_and(|(a, b)| a != b) {
            return;
        }
        let mut content = first.content.clone();
        content.real.merge(second.content.real.clone());
        content.seen.union(&second.content.seen);
        let to = first.to.or(second.to);
        self.parcels.insert(number, Parcel { content, to });
    }

    fn parcel_for(&self, replica: usize, parcel: usize) -> Option<Replica<S>> {
        let parcel = self.parcels.get(&parcel)?;
        parcel.to.is_none_or(|to| to == replica).then(|| parcel.content.clone())
    }

    fn merge(&mut self, at: usize, content: Replica<S>) -> Result<(), String> {
        let replica = &mut self.replicas[at];
        replica.real.merge(content.real);
        replica.seen.union(&content.seen);
        self.compare(at)
    }

    fn merge_parts(&mut self, at: usize, content: &Replica<S>, order: u64) -> Result<(), String> {
        let mut parts = Vec::new();
        content.real.decompose(&mut |part| parts.push(part));
        Rng::new(order).shuffle(&mut parts);
        let replica = &mut self.replicas[at];
        for part in parts {
            replica.real.merge(part);
        }
        replica.seen.union(&content.seen);
        self.compare(at)
    }

    fn compare(&self, at: usize) -> Result<(), String> {
        let replica = &self.replicas[at];
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

    /// Everything reaches everyone: in any order, or as nothing but differences.
    fn finish(mut self, rng: &mut Rng) -> Result<(), String> {
        if rng.once_in(2) {
            self.finish_by_diffs(rng)?;
        } else {
            self.finish_by_merges(rng)?;
        }
        let [first, others @ ..] = &self.replicas[..] else { return Ok(()) };
        for other in others {
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
        let states = self.replicas.clone();
        for at in 0..states.len() {
            let parcels =
                self.parcels.values().filter(|parcel| parcel.to.is_none_or(|to| to == at));
            let mut all: Vec<_> = parcels.map(|parcel| &parcel.content).chain(&states).collect();
            rng.shuffle(&mut all);
            let replica = &mut self.replicas[at];
            for content in all {
                replica.real.merge(content.real.clone());
                replica.seen.union(&content.seen);
            }
            self.compare(at)?;
        }
        Ok(())
    }

    /// Everyone tells the next what it lacks, twice around.
    fn finish_by_diffs(&mut self, rng: &mut Rng) -> Result<(), String> {
        let mut circle: Vec<usize> = (0..self.replicas.len()).collect();
        rng.shuffle(&mut circle);
        for at in 0..2 * circle.len() {
            let (from, to) = (circle[at % circle.len()], circle[(at + 1) % circle.len()]);
            self.step(usize::MAX, &Step::Diff { from, to, late: false })?;
        }
        Ok(())
    }
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
