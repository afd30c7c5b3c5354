//! The laws as equations over values that one execution has made.

use core::fmt::Debug;
use std::format;
use std::string::String;
use std::vec::Vec;

use super::named::{Name, Named};
use super::values::{Edited, End, Place, Subjects, join, parts};
use crate::ReplicaId;

/// A law of three values.
type Law = fn(&mut dyn Subjects, [Place; 3]) -> Result<(), String>;

pub(super) fn equal(
    values: &dyn Subjects,
    law: &str,
    left: Place,
    right: Place,
) -> Result<(), String> {
    if values.equal(left, right) {
        return Ok(());
    }
    Err(unequal(law, values.debug(left), values.debug(right)))
}

/// That the two sides of a law differ.
pub(super) fn unequal(law: &str, left: &dyn Debug, right: &dyn Debug) -> String {
    format!("{law}\n  left  {left:?}\n  right {right:?}")
}

/// `merge` returns whether it changed anything.
pub(super) fn told(
    values: &dyn Subjects,
    before: Place,
    other: Place,
    changed: bool,
    after: Place,
) -> Result<(), String> {
    if changed != values.equal(after, before) {
        return Ok(());
    }
    let but = if changed { "changed nothing" } else { "changed something" };
    let (before, other, after) = (values.debug(before), values.debug(other), values.debug(after));
    Err(format!(
        "merge returned {changed}, and {but}\n  before {before:?}\n  other  {other:?}\n  after  {after:?}"
    ))
}

pub(super) fn of_all(values: &mut dyn Subjects, sample: &[Named]) -> Result<(), String> {
    each(values, sample, of_merge)?;
    each(values, sample, of_diff)?;
    each(values, sample, of_decompose)
}

pub(super) fn of_each_merge(values: &mut dyn Subjects, sample: &[Named]) -> Result<(), String> {
    each(values, sample, of_merge)
}

/// The caller's own.
pub(super) fn of_property(values: &mut dyn Subjects, sample: &[Named]) -> Result<(), String> {
    let places: Vec<Place> = sample.iter().map(|named| named.value).collect();
    values.property(&places)
}

/// Each value with the two after it, and the names of all three in what is wrong.
fn each(values: &mut dyn Subjects, sample: &[Named], law: Law) -> Result<(), String> {
    let count = values.count();
    for at in 0..sample.len() {
        let three = [at, at + 1, at + 2].map(|at| &sample[at % sample.len()]);
        if let Err(failure) = law(values, three.map(|named| named.value)) {
            return Err(explain(failure, three.map(|named| named.name)));
        }
        values.truncate(count);
    }
    Ok(())
}

/// Adds the names of the values that the law in the first line names.
fn explain(failure: String, names: [Name; 3]) -> String {
    let law = failure.lines().next().unwrap_or_default();
    let letters: Vec<&str> = law.split(|c: char| !c.is_alphanumeric()).collect();
    let named = ["a", "b", "c"].into_iter().zip(names);
    let whose: String = named
        .filter(|(letter, _)| letters.contains(letter))
        .map(|(letter, name)| format!("\n  where {letter} is {name}"))
        .collect();
    failure + &whose
}

fn of_merge(values: &mut dyn Subjects, [a, b, c]: [Place; 3]) -> Result<(), String> {
    let bottom = values.bottom();
    let twice = join(values, a, a);
    equal(values, "a ⊔ a = a", twice, a)?;
    let same = join(values, a, bottom);
    equal(values, "a ⊔ ⊥ = a", same, a)?;
    let same = join(values, bottom, a);
    equal(values, "⊥ ⊔ a = a", same, a)?;
    let joined = values.copy(a);
    let changed = values.merge(joined, b);
    let back = join(values, b, a);
    equal(values, "a ⊔ b = b ⊔ a", joined, back)?;
    let (left, right) = (join(values, joined, c), join(values, b, c));
    let right = join(values, a, right);
    equal(values, "(a ⊔ b) ⊔ c = a ⊔ (b ⊔ c)", left, right)?;
    told(values, a, b, changed, joined)?;
    of_order(values, [a, b, joined], bottom)
}

/// `covers` and `is_bottom` agree with `merge`.
fn of_order(
    values: &dyn Subjects,
    [a, b, joined]: [Place; 3],
    bottom: Place,
) -> Result<(), String> {
    let covers = values.covers(a, b);
    if covers != values.equal(joined, a) {
        let joined = values.debug(joined);
        return Err(format!("a.covers(b) is {covers}, a ⊔ b = {joined:?}"));
    }
    if !values.covers(joined, a) || !values.covers(joined, b) {
        let joined = values.debug(joined);
        return Err(format!("a ⊔ b does not cover a and b\n  a ⊔ b {joined:?}"));
    }
    let is_bottom = values.is_bottom(a);
    if is_bottom != values.equal(a, bottom) {
        let a = values.debug(a);
        return Err(format!("a.is_bottom() is {is_bottom}\n  a {a:?}"));
    }
    Ok(())
}

/// An edit that fails or panics leaves nothing behind, and the next one does what it would have
/// done without it.
pub(super) fn of_undo(
    values: &mut dyn Subjects,
    state: Place,
    id: ReplicaId,
) -> Result<(), String> {
    let (after, undone) = (values.copy(state), values.copy(state));
    let delta = kept(values, after, id)?;
    for seeds in [&[0][..], &[0, 1], &[0, 1, 2]] {
        if let Edited::Kept(_) = values.edit(undone, id, seeds, End::Fail) {
            return Err("an edit whose closure failed was kept".into());
        }
        equal(values, "an edit that was refused changed something", undone, state)?;
    }
    match values.edit(undone, id, &[0, 1], End::Refuse) {
        Edited::Refused([value, refused])
            if values.equal(value, after) && values.equal(refused, delta) => {}
        _ => {
            return Err("an edit was kept that was not accepted, or has another delta".into());
        }
    }
    equal(values, "an edit that was not accepted changed something", undone, state)?;
    let again = kept(values, undone, id)?;
    equal(values, "an edit after a refused one is different", again, delta)?;
    equal(values, "the value after a refused edit and another is different", undone, after)
}

/// The delta of two edits.
fn kept(values: &mut dyn Subjects, value: Place, id: ReplicaId) -> Result<Place, String> {
    match values.edit(value, id, &[0, 1], End::Keep) {
        Edited::Kept(delta) => Ok(delta),
        Edited::Failed | Edited::Refused(_) => Err("an edit that did not fail was not kept".into()),
    }
}

fn of_diff(values: &mut dyn Subjects, [a, b, _]: [Place; 3]) -> Result<(), String> {
    let all = join(values, b, a);
    let Some(diff) = values.diff(a, b) else {
        equal(values, "a.diff(b.digest()) is None, so b = b ⊔ a", b, all)?;
        return match values.diff(b, a) {
            None => equal(values, "neither a nor b lacks anything, so a = b", a, b),
            Some(_) => Ok(()),
        };
    };
    let told = join(values, b, diff);
    equal(values, "b ⊔ a.diff(b.digest()) = b ⊔ a", told, all)?;
    if values.equal(all, b) {
        let (a, b, diff) = (values.debug(a), values.debug(b), values.debug(diff));
        return Err(format!(
            "a.diff(b.digest()) is not None, though b lacks nothing\n  a    {a:?}\n  b    {b:?}\n  diff {diff:?}"
        ));
    }
    Ok(())
}

fn of_decompose(values: &mut dyn Subjects, [a, b, _]: [Place; 3]) -> Result<(), String> {
    let all = parts(values, a);
    let whole = values.bottom();
    for part in all.clone() {
        values.merge(whole, Place(part));
    }
    equal(values, "the parts of a join to a", whole, a)?;
    for part in all.clone() {
        let rest = values.bottom();
        for other in all.clone() {
            if other != part {
                values.merge(rest, Place(other));
            }
        }
        let is_redundant = values.equal(rest, a);
        values.truncate(rest.0);
        let part = Place(part);
        if is_redundant {
            let (part, a) = (values.debug(part), values.debug(a));
            return Err(format!("a has a redundant part\n  part {part:?}\n  a    {a:?}"));
        }
        let own = parts(values, part);
        if own.len() != 1 || !values.equal(Place(own.start), part) {
            let (part, a) = (values.debug(part), values.debug(a));
            return Err(format!("a part of a can be decomposed\n  part {part:?}\n  a    {a:?}"));
        }
        values.truncate(own.start);
    }
    let missing = values.difference(a, b);
    let (told, all) = (join(values, b, missing), join(values, b, a));
    equal(values, "b ⊔ Δ(a, b) = b ⊔ a", told, all)?;
    for part in parts(values, missing) {
        let part = Place(part);
        let joined = join(values, b, part);
        if values.equal(joined, b) {
            let (part, a, b) = (values.debug(part), values.debug(a), values.debug(b));
            return Err(format!(
                "Δ(a, b) has a part that b knows\n  part {part:?}\n  a    {a:?}\n  b    {b:?}"
            ));
        }
        values.truncate(joined.0);
    }
    Ok(())
}
