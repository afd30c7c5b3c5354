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
mod arena;
mod equations;
mod execution;
mod form;
mod instances;
mod named;
mod sample;
mod script;
mod seeded;
mod timeline;
mod values;

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

use self::arena::{Arena, Ways};
use self::equations::{of_all, of_each_merge, of_property, of_undo};
use self::execution::Execution;
use self::named::Named;
use self::script::{REPLICAS, Script};
use self::timeline::Timeline;
use self::values::Subjects;
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
    run(&mut Arena::new(&edit, Some(Ways::<T>::OWN), None), of_all);
}

/// Checks the laws of [`Crdt`](crate::Crdt) and [`Edit`] alone, for types that are nothing more.
///
/// # Panics
///
/// As [`check`].
pub fn check_merge<T: Subject>(edit: impl Fn(&mut T::Cursor<'_>, &mut Gen)) {
    run(&mut Arena::<T>::new(&edit, None, None), of_each_merge);
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
    run(&mut Arena::<T>::new(&edit, None, Some(&property)), of_property);
}

/// What is to hold of values that an execution has made.
type Laws = fn(&mut dyn Subjects, &[Named]) -> Result<(), String>;

/// Makes executions, in which replicas edit and tell each other what they lack, and checks `laws`
/// at the end of each.
fn run(values: &mut dyn Subjects, laws: Laws) {
    let first = variable("REJOIN_SEED").unwrap_or(0);
    for seed in first..first + variable("REJOIN_CASES").unwrap_or(2_000) {
        let script = Script::arbitrary(&mut Gen::from_size_and_seed(16, seed));
        if let Some(failure) = broken(values, laws, &script) {
            let (script, failure) =
                shorten(script, failure, |shorter| broken(values, laws, shorter));
            let drawing = draw(values, &script);
            panic!("{failure}\n\nthe shortest execution found, from seed {seed}:\n\n{drawing}");
        }
    }
}

/// Which law this execution breaks, if any.
fn broken(values: &mut dyn Subjects, laws: Laws, script: &Script) -> Option<String> {
    let outcome = caught(|| {
        let mut execution = Execution::new(IDS, values);
        script.steps().try_for_each(|step| execution.step(step, values))?;
        let at = script.steps().count() % REPLICAS;
        let state = values.copy(execution.states()[at]);
        laws(values, &execution.into_sample())?;
        of_undo(values, state, IDS[at])
    });
    outcome.and_then(|result| result).err()
}

/// The drawing of this execution, until it breaks a law.
fn draw(values: &mut dyn Subjects, script: &Script) -> String {
    let mut execution = Execution::new(IDS, values);
    let mut timeline = Timeline::new(script.steps());
    for step in script.steps() {
        let outcome = caught(|| execution.step(step, values));
        match outcome {
            Ok(_) => timeline.record(step, &execution, values),
            Err(_) => timeline.record_panic(step),
        }
        if outcome != Ok(Ok(())) {
            break;
        }
    }
    timeline.draw(&execution, values)
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
    mut run: impl FnMut(&Script) -> Option<String>,
) -> (Script, String) {
    while let Some((shorter, why)) =
        script.shrink().find_map(|shorter| run(&shorter).map(|why| (shorter, why)))
    {
        (script, failure) = (shorter, why);
    }
    (script, failure)
}
