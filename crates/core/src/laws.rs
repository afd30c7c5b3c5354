//! The law kit: turns a type into a property test of all the laws that it claims.
//!
//! Laws that hold for values written down by hand can still fail for values that executions make:
//! with stale snapshots, lost, repeated and reordered deltas, and edits in between. So the kit
//! makes executions. It needs one thing from the type's author: a closure that does some edit.
//!
//! ```
//! use rejoin_core::laws::{self, Gen};
//! use rejoin_core::{Causal, DotMap, DotSet};
//! use quickcheck::Arbitrary;
//!
//! laws::check::<Causal<DotMap<u8, DotSet>>>(|set, g: &mut Gen| {
//!     let key = u8::arbitrary(g) % 4;
//!     if bool::arbitrary(g) {
//!         set.entry(key).write();
//!     } else {
//!         set.remove(&key);
//!     }
//! });
//! ```
//!
//! Executions are made from seeds, 0 and up, so that a failure repeats; it is shrunk, and printed
//! as what each replica did. The environment variable `REJOIN_CASES` sets how many (2 000 unless it
//! is set), and `REJOIN_SEED` the first one.
//!
//! Laws say nothing of meaning: a set whose `remove` does nothing passes them all. Compare with an
//! oracle too.

mod execution;

use core::fmt::Debug;
use std::string::String;
use std::{format, println};

use quickcheck::Arbitrary;
pub use quickcheck::Gen;

use self::execution::{Execution, Script};
use crate::{Crdt, Decompose, Diff, Edit};

/// What the kit needs of a type, beside the traits under test.
pub trait Subject: Edit + Clone + PartialEq + Debug {}

impl<T: Edit + Clone + PartialEq + Debug> Subject for T {}

/// Checks the laws of [`Crdt`], [`Edit`], [`Diff`] and [`Decompose`] on thousands of executions.
///
/// # Panics
///
/// When a law does not hold, with the shortest execution found that shows it.
pub fn check<T: Subject + Diff + Decompose>(edit: impl Fn(&mut T::Cursor<'_>, &mut Gen)) {
    run(
        edit,
        |peer, known: &T| peer.diff(&known.digest()),
        |values| {
            merge_laws(values)?;
            diff_laws(values)?;
            decompose_laws(values)
        },
    );
}

/// Checks the laws of [`Crdt`] and [`Edit`] alone, for types that are nothing more.
///
/// # Panics
///
/// As [`check`].
pub fn check_merge<T: Subject>(edit: impl Fn(&mut T::Cursor<'_>, &mut Gen)) {
    on_values(edit, |values: &[T]| merge_laws(values));
}

/// Checks a property of your own on values that executions make: the replicas' states at the end,
/// then whatever else was around, such as deltas and stale snapshots.
///
/// On the way, every edit's delta and every merge's result are checked as well.
///
/// # Panics
///
/// As [`check`].
pub fn on_values<T: Subject>(
    edit: impl Fn(&mut T::Cursor<'_>, &mut Gen),
    property: impl Fn(&[T]) -> Result<(), String>,
) {
    run(edit, |peer, _| Some(peer.clone()), property);
}

/// Makes executions, in which replicas edit by `edit` and ask each other for what `diff` gives, and
/// checks `property` at the end of each.
fn run<T: Subject>(
    edit: impl Fn(&mut T::Cursor<'_>, &mut Gen),
    diff: impl Fn(&T, &T) -> Option<T>,
    property: impl Fn(&[T]) -> Result<(), String>,
) {
    let run = |script: &Script| {
        let mut execution = Execution::<T>::new();
        let outcome = script
            .steps()
            .try_for_each(|step| execution.step(step, &edit, &diff))
            .and_then(|()| property(&execution.into_values()));
        outcome.err()
    };
    let first = variable("REJOIN_SEED").unwrap_or(0);
    for seed in first..first + variable("REJOIN_CASES").unwrap_or(2_000) {
        let script = Script::arbitrary(&mut Gen::from_size_and_seed(16, seed));
        if let Some(failure) = run(&script) {
            let (script, failure) = shrink(script, failure, run);
            let mut execution = Execution::<T>::new();
            println!("seed {seed} breaks a law; the shortest execution found:");
            for step in script.steps() {
                let outcome = execution.step(step, &edit, &diff);
                println!("  {}", execution.describe(step));
                if outcome.is_err() {
                    break;
                }
            }
            panic!("{failure}");
        }
    }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn shrink(
    mut script: Script,
    mut failure: String,
    run: impl Fn(&Script) -> Option<String>,
) -> (Script, String) {
    while let Some((shorter, why)) =
        script.shrink().find_map(|shorter| run(&shorter).map(|why| (shorter, why)))
    {
        (script, failure) = (shorter, why);
    }
    (script, failure)
}

/// `a ⊔ b`, and whether `merge` said that this is more than `a`.
fn joined<T: Crdt + Clone>(a: &T, b: &T) -> (T, bool) {
    let mut a = a.clone();
    let changed = a.merge(b.clone());
    (a, changed)
}

fn join<T: Crdt + Clone>(a: &T, b: &T) -> T {
    joined(a, b).0
}

fn equal<T: PartialEq + Debug>(law: &str, left: &T, right: &T) -> Result<(), String> {
    if left == right {
        return Ok(());
    }
    Err(format!("{law}:\n  left  {left:?}\n  right {right:?}"))
}

fn merge_laws<T: Subject>(values: &[T]) -> Result<(), String> {
    for (at, a) in values.iter().enumerate() {
        equal("a ⊔ a = a", &join(a, a), a)?;
        equal("a ⊔ ⊥ = a", &join(a, &T::default()), a)?;
        equal("⊥ ⊔ a = a", &join(&T::default(), a), a)?;
        let b = &values[(at + 1) % values.len()];
        let c = &values[(at + 2) % values.len()];
        equal("a ⊔ b = b ⊔ a", &join(a, b), &join(b, a))?;
        equal("(a ⊔ b) ⊔ c = a ⊔ (b ⊔ c)", &join(&join(a, b), c), &join(a, &join(b, c)))?;
        told(a, b)?;
    }
    Ok(())
}

/// `merge` returns whether it changed anything.
fn told<T: Subject>(a: &T, b: &T) -> Result<(), String> {
    let (result, changed) = joined(a, b);
    if changed != (result != *a) {
        return Err(format!(
            "merge returned {changed}:\n  before {a:?}\n  other  {b:?}\n  after  {result:?}"
        ));
    }
    Ok(())
}

fn diff_laws<T: Subject + Diff>(values: &[T]) -> Result<(), String> {
    for (at, a) in values.iter().enumerate() {
        let peer = &values[(at + 1) % values.len()];
        let all = join(peer, a);
        match a.diff(&peer.digest()) {
            Some(diff) => {
                equal("peer ⊔ diff = peer ⊔ self", &join(peer, &diff), &all)?;
                if all == *peer {
                    return Err(format!("diff is not None for {peer:?}, which lacks nothing"));
                }
            }
            None => equal("diff is None, so peer = peer ⊔ self", peer, &all)?,
        }
    }
    Ok(())
}

fn decompose_laws<T: Subject + Decompose>(values: &[T]) -> Result<(), String> {
    for (at, a) in values.iter().enumerate() {
        let parts = parts(a);
        let whole = parts.iter().fold(T::default(), |sum, part| join(&sum, part));
        equal("the parts join to the value", &whole, a)?;
        for (out, part) in parts.iter().enumerate() {
            let others = parts.iter().enumerate().filter(|(at, _)| *at != out);
            let rest = others.fold(T::default(), |sum, (_, part)| join(&sum, part));
            if rest == *a {
                return Err(format!("redundant part {part:?}\n  of {a:?}"));
            }
            if self::parts(part) != [part.clone()] {
                return Err(format!("part {part:?} can be decomposed\n  of {a:?}"));
            }
        }
        let b = &values[(at + 1) % values.len()];
        let missing = a.difference(b);
        equal("b ⊔ Δ(a, b) = b ⊔ a", &join(b, &missing), &join(b, a))?;
        if let Some(idle) = self::parts(&missing).iter().find(|part| join(b, part) == *b) {
            return Err(format!("Δ(a, b) has {idle:?}, which b = {b:?} knows"));
        }
    }
    Ok(())
}

fn parts<T: Decompose>(value: &T) -> std::vec::Vec<T> {
    let mut parts = std::vec::Vec::new();
    value.decompose(&mut |part| parts.push(part));
    parts
}
