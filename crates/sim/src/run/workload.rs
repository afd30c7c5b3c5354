use core::fmt;
use std::collections::BTreeSet;

use rejoin_core::Edit;
use rejoin_store::Replicated;

use crate::dice::Dice;

/// What a [`Run`](super::Run) has to know of a type: how it is edited, and what has to come out.
///
/// ```
/// use std::collections::BTreeSet;
///
/// use rejoin_core::{Causal, DotMap, DotSet, Edit};
/// use rejoin_sim::{Dice, Faults, Run, Workload, explore};
///
/// type Tags = Causal<DotMap<u64, DotSet>>; // or any type of your own
///
/// struct Tagging;
///
/// impl Workload for Tagging {
///     type Value = Tags;
///
///     fn random_edit(tags: &mut <Tags as Edit>::Cursor<'_>, dice: &mut Dice, unique: u64) {
///         let there: BTreeSet<u64> = tags.iter_unordered().map(|(tag, _)| *tag).collect();
///         match dice.pick(there) {
///             Some(tag) if dice.roll(3) == 0 => {
///                 tags.remove(&tag);
///             }
///             _ => tags.entry(unique).write(),
///         }
///     }
///
///     fn read(tags: &Tags) -> BTreeSet<u64> {
///         tags.iter().map(|(tag, _)| *tag).collect()
///     }
/// }
///
/// explore(0..20, |seed| Run::<Tagging>::check(seed, Faults::harsh()))?;
/// # Ok::<(), rejoin_sim::Failure>(())
/// ```
pub trait Workload {
    /// The type.
    type Value: Replicated + Edit + PartialEq + fmt::Debug;

    /// Edits at random. Whatever it writes should be `unique`, so that one can see later which
    /// writes are live.
    fn random_edit(cursor: &mut <Self::Value as Edit>::Cursor<'_>, dice: &mut Dice, unique: u64);

    /// Which of the written numbers can be read.
    ///
    /// It is for types in which nothing but an edit takes a write away, and takes away only what it
    /// has seen. In the end all can be read that was written in an acknowledged edit and that no
    /// acknowledged edit took away, and nothing else, whatever `merge` does. Without it, that is
    /// not checked.
    fn read(_value: &Self::Value) -> BTreeSet<u64> {
        BTreeSet::new()
    }

    /// Checks the value that everybody has in the end against the acknowledged edits: the place for
    /// a model of the type.
    ///
    /// # Errors
    ///
    /// When it is not what it should be, in words.
    fn judge(_value: &Self::Value, _edits: &[Edited<Self::Value>]) -> Result<(), String> {
        Ok(())
    }
}

/// An edit, as seen where it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edited<V> {
    /// The index of the replica.
    pub by: usize,
    /// The value there before it.
    pub before: V,
    /// The value there after it.
    pub after: V,
    /// Whether it has to be there in the end. One that was made at a replica that left may be lost,
    /// if nobody else had heard of it.
    pub is_certain: bool,
}
