//! Rejoin beside its peers, on the same work, in one run.
//!
//! Each row is a piece of work that several contestants do. They take turns, round by round, so
//! that what else the machine does hits all of them, and the least time of each counts. Times are
//! of the thread: they stand still while other programs have the core. What a contestant does
//! before and after its work (copies of values, dropping them) is not timed.

mod bar;
mod contest;
mod outcome;
mod report;
mod rows;

use std::time::Duration;

pub use self::contest::Held;
pub(crate) use self::contest::time;
pub use self::outcome::Outcome;
pub use self::report::{between_markers, json, tables};

/// How thorough a run is.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Fewer rounds, and no contestant that takes many seconds.
    pub quick: bool,
}

impl Plan {
    /// Rounds are made until the row has had as many, and as much time, or the most.
    fn rounds(self) -> (usize, Duration, usize) {
        if self.quick {
            (3, Duration::from_millis(300), 15)
        } else {
            (7, Duration::from_secs(6), 50)
        }
    }
}

/// Measures times and encoded bytes, and tells `progress` what it is at.
pub fn run(plan: Plan, progress: &mut dyn FnMut(&str)) -> Vec<Outcome> {
    measure(rows::timed(plan), plan, progress)
}

/// Measures what values hold in memory, where `held` counts what an allocator gives.
///
/// It is another program than [`run`], because an allocator that counts takes time.
pub fn footprint(plan: Plan, held: Held) -> Vec<Outcome> {
    measure(rows::held(held), plan, &mut |_| ())
}

fn measure(
    rows: impl Iterator<Item = Vec<contest::Row>>,
    plan: Plan,
    progress: &mut dyn FnMut(&str),
) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for row in rows.flatten() {
        progress(&row.work);
        outcomes.push(row.contest(plan.rounds()));
    }
    outcomes
}

/// Rows in the order of the table, wherever they were measured.
pub fn sort(outcomes: &mut [Outcome]) {
    outcomes.sort_by_key(Outcome::place);
}
