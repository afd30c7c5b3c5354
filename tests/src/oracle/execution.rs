use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::history::{Log, Operation};
use super::numbered::{Numbered, Numbers};
use super::script::{Script, Step};
use super::{Seen, Subject};
use crate::rng::Rng;

/// Compares `S` with its specification on thousands of executions.
///
/// Seeds go from `REJOIN_SEED` (0) up; `REJOIN_CASES` sets how many (6 000).
///
/// # Panics
///
/// When a replica does not read what the specification says, with the shortest execution found.
pub fn check<S: Subject>() {
    check_numbered(&mut Numbers::<S>::new());
}

fn check_numbered(subject: &mut dyn Numbered) {
    let cases = variable("REJOIN_CASES").unwrap_or(6_000);
    if let Some(failure) = search(subject, cases) {
        panic!("{failure}");
    }
}

/// The shortest execution found, among `cases` random ones, in which `S` is not what its
/// specification says.
#[must_use]
pub fn find_failure<S: Subject>(cases: u64) -> Option<String> {
    search(&mut Numbers::<S>::new(), cases)
}

fn search(subject: &mut dyn Numbered, cases: u64) -> Option<String> {
    let first = variable("REJOIN_SEED").unwrap_or(0);
    (first..first + cases).find_map(|seed| {
        let tell = TellSeed(seed);
        subject.keep(0, 0, 0);
        let mut script = Script::arbitrary(seed, subject);
        let mut failure = Execution::run(&script, subject).err()?;
        drop(tell);
        loop {
            let fails = |script| Some((Execution::run(&script, subject).err()?, script));
            let shorter = script.shorter().find_map(fails);
            let Some(shorter) = shorter else { break };
            (failure, script) = shorter;
        }
        let mut text = format!("seed {seed}, {} replicas:\n", script.replicas);
        for (number, step) in &script.steps {
            let _ = writeln!(text, "  {number}. {}", step.show(subject));
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

struct Execution<'a> {
    subject: &'a mut dyn Numbered,
    log: Log,
    replicas: Vec<Replica>,
    /// Those that are not lost.
    living: BTreeSet<usize>,
    /// By the number of the step that has put it by.
    parcels: Vec<Option<Parcel>>,
}

/// A replica, or something that replicas send, as it is and as it should be.
#[derive(Clone)]
struct Replica {
    /// The number of its value, which only a replica changes: what it sends is a copy.
    real: usize,
    seen: Seen,
    /// The events of which it says something, but may not say all.
    open: Seen,
}

impl Replica {
    fn new(real: usize, seen: Seen) -> Self {
        Self { real, seen, open: Seen::default() }
    }

    fn merge(&mut self, content: &Self, subject: &mut dyn Numbered) {
        subject.merge(self.real, content.real);
        self.seen.union(&content.seen);
        self.open.union(&content.open);
    }

    fn copy(&self, subject: &mut dyn Numbered) -> Self {
        Self { real: subject.copy(self.real), ..self.clone() }
    }
}

#[derive(Clone)]
struct Parcel {
    content: Replica,
    /// A difference is for the one whose digest it answers: only that one has seen all that the
    /// sender has.
    to: Option<usize>,
    /// Who has to be there for it to arrive.
    from: BTreeSet<usize>,
}

impl<'a> Execution<'a> {
    fn run(script: &Script, subject: &'a mut dyn Numbered) -> Result<(), String> {
        subject.keep(usize::MAX, 0, 0);
        let replicas =
            (0..script.replicas).map(|_| Replica::new(subject.bottom(), Seen::default())).collect();
        let mut execution = Self {
            subject,
            log: Log::new(),
            replicas,
            living: (0..script.replicas).collect(),
            parcels: Vec::new(),
        };
        for (number, step) in &script.steps {
            execution.step(*number, step).map_err(|why| format!("after step {number}: {why}"))?;
        }
        execution.finish(&mut Rng::new(script.seed)).map_err(|why| format!("at the end: {why}"))
    }

    fn step(&mut self, number: usize, step: &Step) -> Result<(), String> {
        if step.replicas().iter().any(|replica| !self.living.contains(replica)) {
            return Ok(());
        }
        match *step {
            Step::Edit { replica, ref ops } => self.edit(number, replica, ops),
            Step::Keep { replica } => {
                let content = self.replicas[replica].copy(self.subject);
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
                Some(content) => self.merge(replica, &content),
                None => Ok(()),
            },
            Step::Parts { replica, parcel, order } => match self.parcel_for(replica, parcel) {
                Some(content) => self.merge_parts(replica, &content, order),
                None => Ok(()),
            },
            Step::Merge { replica, from } => {
                let content = self.replicas[from].clone();
                self.merge(replica, &content)
            }
            Step::Diff { from, to, late } => {
                let (lacking, having) = (self.replicas[to].real, self.replicas[from].real);
                let difference = self.subject.diff(having, lacking);
                let real = difference.unwrap_or_else(|| self.subject.bottom());
                let content = Replica { real, ..self.replicas[from].clone() };
                if late {
                    let parcel = Parcel { content, to: Some(to), from: [from].into() };
                    self.put(number, parcel);
                    return Ok(());
                }
                self.merge(to, &content)
            }
            Step::Difference { from, to } => {
                let (lacking, having) = (self.replicas[to].real, self.replicas[from].real);
                let real = self.subject.difference(having, lacking);
                let content = Replica { real, ..self.replicas[from].clone() };
                self.merge(to, &content)
            }
            Step::Reload { replica } => {
                self.replicas[replica].real = self.reloaded(self.replicas[replica].real)?;
                self.compare(replica)
            }
        }
    }

    fn edit(&mut self, number: usize, at: usize, ops: &[Operation]) -> Result<(), String> {
        let replica = &mut self.replicas[at];
        if !replica.seen.is_superset(&replica.open) {
            return Ok(()); // what it would see is no set of events
        }
        let numbers: Vec<usize> = ops.iter().map(|op| op.number).collect();
        let real = self.subject.edit(replica.real, at, &numbers);
        let mut seen = Seen::default();
        for op in ops {
            self.log.record(self.subject, at, op, &mut replica.seen, &mut seen);
        }
        self.put_by(number, Replica::new(real, seen), at);
        self.compare(at)
    }

    fn put_by(&mut self, number: usize, content: Replica, from: usize) {
        self.put(number, Parcel { content, to: None, from: [from].into() });
    }

    fn put(&mut self, number: usize, parcel: Parcel) {
        while self.parcels.len() <= number {
            self.parcels.push(None);
        }
        self.parcels[number] = Some(parcel);
    }

    fn parcel(&self, number: usize) -> Option<Parcel> {
        self.parcels.get(number)?.clone()
    }

    fn group(&mut self, number: usize, first: usize, second: usize) {
        let (Some(first), Some(second)) = (self.parcel(first), self.parcel(second)) else {
            return;
        };
        if first.to.zip(second.to).is_some_and(|(a, b)| a != b) {
            return;
        }
        let mut content = first.content.copy(self.subject);
        content.merge(&second.content, self.subject);
        let (to, from) = (first.to.or(second.to), &first.from | &second.from);
        self.put(number, Parcel { content, to, from });
    }

    /// Puts by some parts of a parcel, from the first on, and not the last.
    fn cut(&mut self, number: usize, parcel: usize, parts: usize) {
        let Some(Parcel { content, to, from }) = self.parcel(parcel) else { return };
        let all = self.subject.parts(content.real);
        if all.len() < 2 {
            return;
        }
        let real = self.subject.bottom();
        for part in all.clone().take(1 + parts % (all.len() - 1)) {
            self.subject.merge(real, part);
        }
        let mut cut = Replica::new(real, Seen::default());
        if !self.subject.hides_parts() {
            cut.open = content.seen.clone();
        }
        cut.open.union(&content.open);
        let parcel = Parcel { content: cut, to, from };
        self.put(number, parcel);
    }

    fn parcel_for(&self, replica: usize, parcel: usize) -> Option<Replica> {
        let parcel = self.parcel(parcel)?;
        parcel.to.is_none_or(|to| to == replica).then_some(parcel.content)
    }

    fn merge(&mut self, at: usize, content: &Replica) -> Result<(), String> {
        self.replicas[at].merge(content, self.subject);
        self.compare(at)
    }

    fn merge_parts(&mut self, at: usize, content: &Replica, order: u64) -> Result<(), String> {
        let mut parts: Vec<usize> = self.subject.parts(content.real).collect();
        Rng::new(order).shuffle(&mut parts);
        for part in parts {
            self.subject.merge(self.replicas[at].real, part);
        }
        let real = self.subject.bottom();
        self.merge(at, &Replica { real, ..content.clone() })
    }

    fn reloaded(&mut self, at: usize) -> Result<usize, String> {
        let bytes = self.bytes(at)?;
        let copy = self.subject.decode(&bytes);
        let value = self.subject.value(at);
        let copy = copy.map_err(|error| format!("cannot be decoded: {error}: {value:?}"))?;
        if self.subject.is_equal(copy, at) {
            return Ok(copy);
        }
        Err(format!("{value:?} is decoded as {:?}", self.subject.value(copy)))
    }

    fn bytes(&self, at: usize) -> Result<Vec<u8>, String> {
        self.subject.encode(at).map_err(|error| format!("cannot be encoded: {error}"))
    }

    fn compare(&mut self, at: usize) -> Result<(), String> {
        let Replica { real, ref seen, ref open } = self.replicas[at];
        if !seen.is_superset(open) {
            return Ok(());
        }
        let Some(expected) = self.subject.should_read(real, &self.log.live(seen)) else {
            return Ok(());
        };
        let events = seen.iter().map(|event| self.subject.op(self.log.events()[event].op));
        let events = events.collect::<Vec<_>>();
        Err(format!(
            "replica {at} reads\n    {:?}\n  but should read\n    {expected}\n  \
             having seen {events:?}\n  its state is {:?}",
            self.subject.as_read(real),
            self.subject.value(real)
        ))
    }

    /// Everything reaches everyone who is not lost: in any order, or as nothing but differences.
    fn finish(mut self, rng: &mut Rng) -> Result<(), String> {
        if rng.once_in(2) {
            self.finish_by_diffs(rng)?;
        } else {
            self.finish_by_merges(rng)?;
        }
        let mut living = self.living.iter().map(|at| self.replicas[*at].real);
        let Some(first) = living.next() else { return Ok(()) };
        for other in living {
            let is_equal = self.subject.is_equal(other, first);
            let shown = self.subject.value(first);
            if !is_equal {
                return Err(format!(
                    "{:?}\n  differs from\n  {shown:?}",
                    self.subject.value(other)
                ));
            }
            if let Some(diff) = self.subject.diff(other, first) {
                let diff = self.subject.value(diff);
                return Err(format!("equal states, but the difference is {diff:?}"));
            }
            if self.bytes(other)? != self.bytes(first)? {
                let shown = self.subject.value(first);
                return Err(format!("equal states, but other bytes: {shown:?}"));
            }
        }
        Ok(())
    }

    fn finish_by_merges(&mut self, rng: &mut Rng) -> Result<(), String> {
        let states: Vec<_> =
            self.living.iter().map(|at| self.replicas[*at].copy(self.subject)).collect();
        for at in self.living.clone() {
            let mut all: Vec<&Replica> = states.iter().collect();
            for parcel in self.parcels.iter().flatten() {
                if parcel.to.is_none_or(|to| to == at) {
                    all.push(&parcel.content);
                }
            }
            rng.shuffle(&mut all);
            for content in all {
                self.replicas[at].merge(content, self.subject);
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
