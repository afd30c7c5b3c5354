//! The value that replicas have to agree on, computed from their edits instead of their messages.

use std::collections::{BTreeMap, BTreeSet};

use rejoin_core::{Causal, Dot, DotFun, DotStore, Edit};
use rejoin_maps::OrMap;
use rejoin_sets::AwSet;
use rejoin_sim::{Dice, Edited, Workload};

use crate::support::Item;

/// A dot store that is edited at random, and judged dot by dot.
pub(crate) trait Readable: DotStore + Clone + PartialEq + std::fmt::Debug + 'static {
    /// As in [`Workload`].
    fn random_edit(cursor: &mut Self::Cursor<'_>, dice: &mut Dice, unique: u64);

    /// As in [`Workload`].
    fn read(&self) -> BTreeSet<u64>;
}

/// Every acknowledged write that no acknowledged edit took away is live, under its dot, and nothing
/// else.
pub(crate) fn judge<T: Readable>(
    value: &Causal<T>,
    edits: &[Edited<Causal<T>>],
) -> Result<(), String> {
    let (mut certain, mut possible) = (BTreeMap::new(), BTreeMap::new());
    let (mut surely_taken, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for edited in edits {
        let (before, after) = (live(&edited.before), live(&edited.after));
        for (dot, reading) in after.iter().filter(|(dot, _)| !before.contains_key(dot)) {
            if possible.insert(*dot, reading.clone()).is_some() {
                return Err(format!("dot {dot} was used for two acknowledged edits"));
            }
            if edited.is_certain {
                certain.insert(*dot, reading.clone());
            }
        }
        for dot in before.keys().filter(|dot| !after.contains_key(dot)) {
            taken.insert(*dot);
            surely_taken.extend(edited.is_certain.then_some(*dot));
        }
    }
    certain.retain(|dot, _| !taken.contains(dot));
    possible.retain(|dot, _| !surely_taken.contains(dot));
    let found = live(value);
    if certain.iter().any(|(dot, reading)| found.get(dot) != Some(reading)) {
        return Err(format!("{found:?} is there, expected at least {certain:?}"));
    }
    if found.iter().any(|(dot, reading)| possible.get(dot) != Some(reading)) {
        return Err(format!("{found:?} is there, expected at most {possible:?}"));
    }
    let readable: BTreeSet<u64> = found.values().flatten().copied().collect();
    if value.read() != readable {
        return Err(format!("one can read {:?}, not {readable:?}", value.read()));
    }
    Ok(())
}

/// The live dots, each with what can be read of the piece under it.
fn live<T: Readable>(value: &Causal<T>) -> BTreeMap<Dot, BTreeSet<u64>> {
    let mut live = BTreeMap::new();
    value.pieces(&mut |dot, piece: T| {
        live.insert(dot, piece.read());
    });
    live
}

/// Gives a dot store the name under which runs know it.
macro_rules! subject {
    ($(#[$doc:meta])* $name:ident: $store:ty) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl Workload for $name {
            type Value = Causal<$store>;

            fn random_edit(
                cursor: &mut <Self::Value as Edit>::Cursor<'_>,
                dice: &mut Dice,
                unique: u64,
            ) {
                <$store as Readable>::random_edit(cursor, dice, unique);
            }

            fn judge(value: &Self::Value, edits: &[Edited<Self::Value>]) -> Result<(), String> {
                judge(value, edits)
            }
        }
    };
}

subject!(
    /// A map of sets and registers, with removal of entries.
    Documents: OrMap<u8, Item>
);
subject!(
    /// A set whose members are also written again.
    Sets: AwSet<u64>
);
subject!(
    /// A register that keeps all concurrent values.
    Registers: DotFun<u64>
);

impl Readable for OrMap<u8, Item> {
    fn random_edit(doc: &mut Self::Cursor<'_>, dice: &mut Dice, unique: u64) {
        let key = [0, 1, 2][dice.roll(3)];
        match dice.roll(10) {
            0..4 => {
                doc.entry(key).tags().insert(unique);
            }
            4..6 => {
                let tags = doc.get(&key).map(|item| item.tags.iter().copied().collect::<Vec<_>>());
                if let Some(tag) = dice.pick(tags.unwrap_or_default()) {
                    assert!(doc.entry(key).tags().remove(&tag));
                }
            }
            6..8 => doc.entry(key).title().set(unique.to_string()),
            8 => {
                doc.remove(&key);
            }
            _ => {
                doc.entry(key).tags().clear();
                doc.entry([0, 1, 2][dice.roll(3)]).tags().insert(unique);
            }
        }
    }

    fn read(&self) -> BTreeSet<u64> {
        let items = self.values();
        items
            .flat_map(|item| {
                let titles = item.title.values().map(|title| title.parse().unwrap());
                item.tags.iter().copied().chain(titles).collect::<Vec<u64>>()
            })
            .collect()
    }
}

impl Readable for AwSet<u64> {
    fn random_edit(set: &mut Self::Cursor<'_>, dice: &mut Dice, unique: u64) {
        let seen: BTreeSet<u64> = set.iter().copied().collect();
        match (dice.roll(10), dice.pick(seen)) {
            (0..4, Some(seen)) => {
                set.remove(&seen);
            }
            (4, Some(seen)) => {
                set.insert(seen); // written again
            }
            _ => {
                set.insert(unique);
            }
        }
    }

    fn read(&self) -> BTreeSet<u64> {
        self.iter().copied().collect()
    }
}

impl Readable for DotFun<u64> {
    fn random_edit(values: &mut Self::Cursor<'_>, dice: &mut Dice, unique: u64) {
        match dice.roll(10) {
            0..2 => {
                values.clear();
            }
            2..5 => {
                values.replace_if(unique, |_| false);
            }
            _ => values.write(unique),
        }
    }

    fn read(&self) -> BTreeSet<u64> {
        self.iter().map(|(_, value)| *value).collect()
    }
}
