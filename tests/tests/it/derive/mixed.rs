//! The leaf types of every crate, mixed in one struct.

use quickcheck::{Arbitrary, Gen};
use rejoin_core::laws;
use rejoin_core::{Causal, Crdt, Decompose, Diff, DotStore, NodeId, Watch, WatchStore};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AwBag, AwSet, GSet, RwSet, TwoPhaseSet};

#[derive(Clone, Debug, Default, PartialEq, DotStore, WatchStore)]
struct Row {
    tags: AwSet<u8>,
    seats: RwSet<u8>,
    basket: AwBag<u8>,
    name: MvRegister<u8>,
    gift: EwFlag,
    open: DwFlag,
    count: ResetCounter,
    notes: OrMap<u8, MvRegister<u8>>,
    score: Dotted<Max<u8>>,
}

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, Watch)]
struct Table {
    rows: Causal<OrMap<u8, Row>>,
    header: Causal<Row>,
    visits: GCounter,
    stock: PnCounter,
    budget: BoundedCounter,
    best: Max<u8>,
    least: Min<u8>,
    title: LwwRegister<u8, u8>,
    seen: GSet<u8>,
    users: TwoPhaseSet<u8>,
    scores: GMap<u8, Max<u8>>,
    phase: Phase,
}

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, Watch)]
#[crdt(ordered)]
enum Phase {
    #[default]
    Draft,
    Submitted,
    Approved,
}

fn small(g: &mut Gen) -> u8 {
    u8::arbitrary(g) % 3
}

fn edit_row(row: &mut RowCursor<'_>, g: &mut Gen) {
    let (key, value, add) = (small(g), small(g), bool::arbitrary(g));
    match u8::arbitrary(g) % 9 {
        0 if add => drop(row.tags().insert(key)),
        0 => drop(row.tags().remove(&key)),
        1 if add => drop(row.seats().insert(key)),
        1 => drop(row.seats().remove(key)),
        2 if add => drop(row.basket().insert(key)),
        2 => drop(row.basket().remove(&key)),
        3 => row.name().set(value),
        4 if add => row.gift().enable(),
        4 => drop(row.gift().disable()),
        5 if add => row.open().enable(),
        5 => drop(row.open().disable()),
        6 if add => drop(row.count().add(i64::from(value) - 1)),
        6 => drop(row.count().reset()),
        7 if add => row.notes().entry(key).set(value),
        7 => drop(row.notes().remove(&key)),
        _ if add => drop(row.score().edit(|score| score.set(value))),
        _ => drop(row.score().clear()),
    }
}

fn edit(table: &mut TableCursor<'_>, g: &mut Gen) {
    let (key, value) = (small(g), small(g));
    match u8::arbitrary(g) % 16 {
        0 => drop(table.rows().remove(&key)),
        1..4 => edit_row(&mut table.rows().entry(key), g),
        4..6 => edit_row(&mut table.header(), g),
        6 => drop(table.visits().increment(value.into())),
        7 => drop(table.stock().decrement(value.into())),
        8 => match key {
            0 => drop(table.budget().increment(value.into())),
            1 => drop(table.budget().decrement(value.into())),
            _ => drop(table.budget().transfer(NodeId::from_u128(1), value.into())),
        },
        9 => drop(table.best().set(value)),
        10 => drop(table.least().set(value)),
        11 => drop(table.title().set(key, value)),
        12 => drop(table.seen().insert(value)),
        13 if key == 0 => drop(table.users().remove(&value)),
        13 => drop(table.users().insert(value)),
        14 => drop(table.scores().entry(key).set(value)),
        _ if key == 0 => drop(table.phase().advance(Phase::Approved)),
        _ => drop(table.phase().advance(Phase::Submitted)),
    }
}

#[test]
fn all_types_in_one_struct_obey_the_laws() {
    laws::check::<Table>(edit);
}

#[test]
fn all_dot_stores_in_one_struct_obey_the_laws() {
    laws::check::<Causal<Row>>(edit_row);
}

/// What is told is what the fields tell, in their order, and nothing of what is known.
#[test]
fn all_types_in_one_struct_are_watched() {
    laws::on_values::<Table>(edit, |values| {
        let all = |mine: &Table, other: &Table| {
            let mut changes = Vec::new();
            mine.changes(other, &mut |change| changes.push(change));
            changes
        };
        for pair in values.windows(2) {
            let [here, there] = pair else { continue };
            let (changes, mut expected) = (all(here, there), Vec::new());
            here.rows.changes(&there.rows, &mut |it| expected.push(TableChange::Rows(it)));
            here.header.changes(&there.header, &mut |it| expected.push(TableChange::Header(it)));
            here.visits.changes(&there.visits, &mut |it| expected.push(TableChange::Visits(it)));
            here.stock.changes(&there.stock, &mut |it| expected.push(TableChange::Stock(it)));
            here.budget.changes(&there.budget, &mut |it| expected.push(TableChange::Budget(it)));
            here.best.changes(&there.best, &mut |it| expected.push(TableChange::Best(it)));
            here.least.changes(&there.least, &mut |it| expected.push(TableChange::Least(it)));
            here.title.changes(&there.title, &mut |it| expected.push(TableChange::Title(it)));
            here.seen.changes(&there.seen, &mut |it| expected.push(TableChange::Seen(it)));
            here.users.changes(&there.users, &mut |it| expected.push(TableChange::Users(it)));
            here.scores.changes(&there.scores, &mut |it| expected.push(TableChange::Scores(it)));
            here.phase.changes(&there.phase, &mut |it| expected.push(TableChange::Phase(it)));
            let mut joined = here.clone();
            joined.merge(there.clone());
            let again = all(&joined, there);
            if changes != expected || !again.is_empty() {
                return Err(format!("{changes:?}\n  {expected:?}\n  again {again:?}"));
            }
        }
        Ok(())
    });
}
