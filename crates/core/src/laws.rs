//! The law kit: turns a type into a property test of all the laws that it claims, in one line.
//!
//! ```
//! use rejoin_core::laws::{self, AnyEdit};
//! use rejoin_core::{Causal, DotMap, DotSet, DotStore};
//!
//! #[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit)]
//! struct Post {
//!     tags: DotMap<u8, DotSet>,
//!     hidden: DotSet,
//! }
//!
//! laws::check::<Causal<Post>>(|post, g| post.any_edit(g));
//! ```
//!
//! Laws that hold for values written down by hand can still fail for values that executions make:
//! with stale snapshots, lost, repeated and reordered deltas, differences that go astray or of
//! which only some parts come, and edits in between. So the kit makes executions. It needs one
//! thing from the type's author: a closure that does some edit. [`AnyEdit`] has one for every type
//! of this workspace, and by derive for structs of them; any other closure is as good, and better
//! where some edits are of interest:
//!
//! ```
//! use rejoin_core::laws::{self, Arbitrary, Gen};
//! use rejoin_core::{Causal, DotMap, DotSet};
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
//! # When a law is broken
//!
//! Executions are made from seeds, 0 and up, so that a failure repeats. It is shrunk to the
//! shortest execution that breaks a law, which is drawn with a lane for each replica, here for a
//! set whose deltas rely on earlier ones:
//!
//! ```text
//! {2} has a gap
//!
//! the shortest execution found, from seed 35:
//!
//!   A         B
//!   |         |
//!   *--x      |      A edits: d0 = {1}, which is lost
//!   *         |      A edits: d1 = {2}: has {1, 2}
//!   |---d1--->o      B merges d1: has {2}
//!   |         |
//!   =         |      A has {1, 2}
//!   |         =      B has {2}
//! ```
//!
//! `d` is a delta, `s` a snapshot of a state, `g` a group of two values, `a` a difference, and `p`
//! some of the parts of a value. A delta that no other replica merges is lost; one that arrives
//! after a newer one from the same replica is late.
//!
//! The environment variable `REJOIN_CASES` sets how many executions are made (2 000 unless it is
//! set), and `REJOIN_SEED` the first seed.
//!
//! Laws say nothing of meaning: a set whose `remove` does nothing passes them all. So say in the
//! closure what an edit is for; a panic there, or in a merge, is shrunk and drawn too. For what
//! concurrent edits mean together, compare with an oracle.
//!
//! ```should_panic
//! # use rejoin_core::laws::{self, Arbitrary, Gen};
//! # use rejoin_core::{Causal, DotMap, DotSet};
//! laws::check::<Causal<DotMap<u8, DotSet>>>(|set, g: &mut Gen| {
//!     let key = u8::arbitrary(g) % 4;
//!     if bool::arbitrary(g) {
//!         set.entry(key).write();
//!     } else {
//!         // forgot `set.remove(&key);`
//!         assert!(!set.contains_key(&key));
//!     }
//! });
//! ```
//!
//! # Values for your own properties
//!
//! With the feature `laws`, every type of this workspace is [`Arbitrary`], and so is yours by
//! [`arbitrary!`]. [`Related`] makes several values of one execution. Where another library makes
//! the values, such as proptest, [`from_seed`] turns integers into them.

mod any_edit;
mod equations;
mod execution;
mod form;
mod instances;
mod sample;
mod script;
mod seeded;
mod timeline;

use core::fmt::Debug;
use std::format;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::String;

pub use quickcheck::{Arbitrary, Gen};
#[cfg(feature = "derive")]
pub use rejoin_derive::AnyEdit;

pub use self::any_edit::AnyEdit;
pub use self::form::check_form;
pub use self::sample::{Related, arbitrary, arbitrary_store, shrink, shrink_store};
pub use self::seeded::{from_seed, key};
#[doc(inline)]
pub use crate::{__arbitrary as arbitrary, __arbitrary_store as arbitrary_store};
#[doc(hidden)]
pub use std::boxed::Box as __Box;

use self::equations::{each, of_decompose, of_diff, of_merge, of_undo};
use self::execution::{Execution, Name, Ways};
use self::script::{REPLICAS, Script};
use self::timeline::Timeline;
use crate::{Decompose, Diff, Edit, ReplicaId};

/// What the kit needs of a type, beside the traits under test.
pub trait Subject: Edit + Clone + PartialEq + Debug {}

impl<T: Edit + Clone + PartialEq + Debug> Subject for T {}

/// Checks the laws of [`Crdt`](crate::Crdt), [`Edit`], [`Diff`] and [`Decompose`] on thousands of
/// executions.
///
/// # Panics
///
/// When a law does not hold, with the shortest execution found that shows it.
pub fn check<T: Subject + Diff + Decompose>(edit: impl Fn(&mut T::Cursor<'_>, &mut Gen)) {
    run(
        edit,
        &Ways { diff: |value, peer| value.diff(&peer.digest()), parts: equations::parts },
        |values, names| {
            each(values, names, of_merge)?;
            each(values, names, |a, b, _| of_diff(a, b))?;
            each(values, names, |a, b, _| of_decompose(a, b))
        },
    );
}

/// Checks the laws of [`Crdt`](crate::Crdt) and [`Edit`] alone, for types that are nothing more.
///
/// # Panics
///
/// As [`check`].
pub fn check_merge<T: Subject>(edit: impl Fn(&mut T::Cursor<'_>, &mut Gen)) {
    run(edit, &Ways::WHOLE, |values: &[T], names| each(values, names, of_merge));
}

/// Checks a property of your own on values that executions make: the replicas' states at the end,
/// then whatever else was around, such as deltas and stale snapshots.
///
/// On the way, every edit's delta, every merge's result, and that edits which fail are undone are
/// checked as well.
///
/// # Panics
///
/// As [`check`].
pub fn on_values<T: Subject>(
    edit: impl Fn(&mut T::Cursor<'_>, &mut Gen),
    property: impl Fn(&[T]) -> Result<(), String>,
) {
    run(edit, &Ways::WHOLE, |values, _| property(values));
}

/// Makes executions, in which replicas edit by `edit` and tell each other what they lack, and
/// checks `property` at the end of each.
fn run<T: Subject>(
    edit: impl Fn(&mut T::Cursor<'_>, &mut Gen),
    ways: &Ways<T>,
    property: impl Fn(&[T], &[Name]) -> Result<(), String>,
) {
    let run = |script: &Script| {
        let outcome = caught(|| {
            let mut execution = Execution::<T>::new(IDS);
            script.steps().try_for_each(|step| execution.step(step, &edit, ways))?;
            let at = script.steps().count() % REPLICAS;
            let state = execution.states()[at].clone();
            let (values, names) = execution.into_sample();
            property(&values, &names)?;
            of_undo(&state, IDS[at], &edit)
        });
        outcome.and_then(|result| result).err()
    };
    let first = variable("REJOIN_SEED").unwrap_or(0);
    for seed in first..first + variable("REJOIN_CASES").unwrap_or(2_000) {
        let script = Script::arbitrary(&mut Gen::from_size_and_seed(16, seed));
        if let Some(failure) = run(&script) {
            let (script, failure) = shorten(script, failure, run);
            let mut execution = Execution::<T>::new(IDS);
            let mut timeline = Timeline::new(script.steps());
            for step in script.steps() {
                let outcome = caught(|| execution.step(step, &edit, ways));
                match outcome {
                    Ok(_) => timeline.record(step, &execution),
                    Err(_) => timeline.record_panic(step),
                }
                if outcome != Ok(Ok(())) {
                    break;
                }
            }
            let drawing = timeline.draw(execution.states());
            panic!("{failure}\n\nthe shortest execution found, from seed {seed}:\n\n{drawing}");
        }
    }
}

/// What `run` returns, or the message that it panics with.
fn caught<R>(run: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
        format!("a panic: {}", message.unwrap_or("without a message"))
    })
}

/// The replicas of the executions that laws are checked on.
const IDS: [ReplicaId; REPLICAS] =
    [ReplicaId::from_u128(1), ReplicaId::from_u128(2), ReplicaId::from_u128(3)];

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Shrinks while anything smaller breaks a law.
fn shorten(
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
