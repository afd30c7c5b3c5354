//! The laws as equations over values that one execution has made.

use core::fmt::{Debug, Display};
use std::format;
use std::string::String;
use std::vec::Vec;

use quickcheck::Gen;

use super::Subject;
use crate::{Crdt, Decompose, Diff, ReplicaId};

pub(super) fn join<T: Crdt + Clone>(a: &T, b: &T) -> T {
    let mut a = a.clone();
    a.merge(b.clone());
    a
}

pub(super) fn equal<T: PartialEq + Debug>(law: &str, left: &T, right: &T) -> Result<(), String> {
    if left == right {
        return Ok(());
    }
    Err(format!("{law}\n  left  {left:?}\n  right {right:?}"))
}

/// `merge` returns whether it changed anything.
pub(super) fn told<T: PartialEq + Debug>(
    before: &T,
    other: &T,
    changed: bool,
    after: &T,
) -> Result<(), String> {
    if changed == (after != before) {
        return Ok(());
    }
    let but = if changed { "changed nothing" } else { "changed something" };
    Err(format!(
        "merge returned {changed}, and {but}\n  before {before:?}\n  other  {other:?}\n  after  {after:?}"
    ))
}

/// Each value with the two after it, and the names of all three in what is wrong.
pub(super) fn each<T>(
    values: &[T],
    names: &[impl Display],
    law: impl Fn(&T, &T, &T) -> Result<(), String>,
) -> Result<(), String> {
    for at in 0..values.len() {
        let (b, c) = ((at + 1) % values.len(), (at + 2) % values.len());
        if let Err(failure) = law(&values[at], &values[b], &values[c]) {
            return Err(explain(failure, [&names[at], &names[b], &names[c]]));
        }
    }
    Ok(())
}

/// Adds the names of the values that the law in the first line names.
fn explain(failure: String, names: [&dyn Display; 3]) -> String {
    let law = failure.lines().next().unwrap_or_default();
    let letters: Vec<&str> = law.split(|c: char| !c.is_alphanumeric()).collect();
    let named = ["a", "b", "c"].into_iter().zip(names);
    let whose: String = named
        .filter(|(letter, _)| letters.contains(letter))
        .map(|(letter, name)| format!("\n  where {letter} is {name}"))
        .collect();
    failure + &whose
}

pub(super) fn of_merge<T: Subject>(a: &T, b: &T, c: &T) -> Result<(), String> {
    equal("a ⊔ a = a", &join(a, a), a)?;
    equal("a ⊔ ⊥ = a", &join(a, &T::default()), a)?;
    equal("⊥ ⊔ a = a", &join(&T::default(), a), a)?;
    equal("a ⊔ b = b ⊔ a", &join(a, b), &join(b, a))?;
    equal("(a ⊔ b) ⊔ c = a ⊔ (b ⊔ c)", &join(&join(a, b), c), &join(a, &join(b, c)))?;
    let mut joined = a.clone();
    let changed = joined.merge(b.clone());
    told(a, b, changed, &joined)?;
    of_order(a, b, &joined)
}

/// `covers` and `is_bottom` agree with `merge`.
fn of_order<T: Subject>(a: &T, b: &T, joined: &T) -> Result<(), String> {
    if a.covers(b) != (joined == a) {
        return Err(format!("a.covers(b) is {}, a ⊔ b = {joined:?}", a.covers(b)));
    }
    if !joined.covers(a) || !joined.covers(b) {
        return Err(format!("a ⊔ b does not cover a and b\n  a ⊔ b {joined:?}"));
    }
    if a.is_bottom() != (*a == T::default()) {
        return Err(format!("a.is_bottom() is {}\n  a {a:?}", a.is_bottom()));
    }
    Ok(())
}

/// An edit that fails or panics leaves nothing behind, and the next one does what it would have
/// done without it.
pub(super) fn of_undo<T: Subject>(
    state: &T,
    id: ReplicaId,
    edit: &impl Fn(&mut T::Cursor<'_>, &mut Gen),
) -> Result<(), String> {
    let edits = |cursor: &mut T::Cursor<'_>, count: u64| {
        (0..count).for_each(|seed| edit(cursor, &mut Gen::from_size_and_seed(8, seed)));
    };
    let mut after = state.clone();
    let delta = after.edit(id, |cursor| edits(cursor, 2));
    let mut undone = state.clone();
    for count in 1..4 {
        let refused = undone.try_edit(id, |cursor| {
            edits(cursor, count);
            Err::<(), _>("refused")
        });
        if refused.is_ok() {
            return Err("an edit whose closure failed was kept".into());
        }
        equal("an edit that was refused changed something", &undone, state)?;
    }
    let refused = undone.edit_if(
        id,
        |cursor| {
            edits(cursor, 2);
            Ok(())
        },
        |value, refused| if *value == after && *refused == delta { Err(()) } else { Ok(()) },
    );
    if refused.is_ok() {
        return Err("an edit was kept that was not accepted, or has another delta".into());
    }
    equal("an edit that was not accepted changed something", &undone, state)?;
    equal("an edit after a refused one is different", &undone.edit(id, |it| edits(it, 2)), &delta)?;
    equal("the value after a refused edit and another is different", &undone, &after)
}

pub(super) fn of_diff<T: Subject + Diff>(a: &T, b: &T) -> Result<(), String> {
    let all = join(b, a);
    match a.diff(&b.digest()) {
        Some(diff) => {
            equal("b ⊔ a.diff(b.digest()) = b ⊔ a", &join(b, &diff), &all)?;
            if all == *b {
                return Err(format!(
                    "a.diff(b.digest()) is not None, though b lacks nothing\n  a    {a:?}\n  b    {b:?}\n  diff {diff:?}"
                ));
            }
            Ok(())
        }
        None => {
            equal("a.diff(b.digest()) is None, so b = b ⊔ a", b, &all)?;
            match b.diff(&a.digest()) {
                None => equal("neither a nor b lacks anything, so a = b", a, b),
                Some(_) => Ok(()),
            }
        }
    }
}

pub(super) fn of_decompose<T: Subject + Decompose>(a: &T, b: &T) -> Result<(), String> {
    let parts = parts(a);
    let whole = parts.iter().fold(T::default(), |sum, part| join(&sum, part));
    equal("the parts of a join to a", &whole, a)?;
    for (out, part) in parts.iter().enumerate() {
        let others = parts.iter().enumerate().filter(|(at, _)| *at != out);
        let rest = others.fold(T::default(), |sum, (_, part)| join(&sum, part));
        if rest == *a {
            return Err(format!("a has a redundant part\n  part {part:?}\n  a    {a:?}"));
        }
        if self::parts(part) != [part.clone()] {
            return Err(format!("a part of a can be decomposed\n  part {part:?}\n  a    {a:?}"));
        }
    }
    let missing = a.difference(b);
    equal("b ⊔ Δ(a, b) = b ⊔ a", &join(b, &missing), &join(b, a))?;
    match self::parts(&missing).iter().find(|part| join(b, part) == *b) {
        Some(idle) => Err(format!(
            "Δ(a, b) has a part that b knows\n  part {idle:?}\n  a    {a:?}\n  b    {b:?}"
        )),
        None => Ok(()),
    }
}

pub(super) fn parts<T: Decompose>(value: &T) -> Vec<T> {
    let mut parts = Vec::new();
    value.decompose(&mut |part| parts.push(part));
    parts
}
