//! The rows of DESIGN's bars, each with all who do its work.

mod clocks;
mod counters;
mod growth;
mod map;
mod memory;
mod set;
mod sync;

use super::Plan;
use super::contest::{Held, Row};

/// The sections of the table, by the first number of a row's place.
pub(crate) const SECTIONS: [&str; 5] = [
    "`AwSet<u64>` of 100 000 elements",
    "`OrMap<String, MvRegister<u64>>` of 10 000 keys",
    "Counters",
    "Clocks",
    "`AwSet<u64>` of 1 000 000 elements by 16 writers",
];

/// Makes rows that share values. What they hold is dropped before the next are made.
type Rows = fn(Plan) -> Vec<Row>;

pub(crate) fn timed(plan: Plan) -> impl Iterator<Item = Vec<Row>> {
    let all: [Rows; 20] = [
        set::insert,
        set::fill,
        set::contains,
        set::remove,
        set::remove_all,
        set::merge_equal,
        set::merge_disjoint,
        growth::additions,
        growth::removals,
        growth::bulk_loads,
        map::fill,
        map::update,
        map::get,
        map::merge,
        map::encoded,
        set::encoded,
        counters::all,
        clocks::all,
        sync::known_contexts,
        sync::whole_states,
    ];
    all.into_iter().map(move |rows| rows(plan))
}

pub(crate) fn held(held: Held) -> impl Iterator<Item = Vec<Row>> {
    memory::ROWS.into_iter().map(move |rows| rows(held))
}
