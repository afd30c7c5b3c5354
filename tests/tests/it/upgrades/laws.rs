//! The laws hold for values with unknown content, of every form.

use rejoin_core::laws::{self, AnyEdit};
use rejoin_core::{Causal, Unknown};
use rejoin_maps::OrMap;

use crate::upgrades::types::{Board1, Task1};

#[test]
fn of_unknown_content_alone() {
    laws::check::<Causal<Unknown>>(|unknown, g| unknown.any_edit(g));
}

#[test]
fn of_unknown_content_beside_known() {
    laws::check::<Causal<Task1>>(|task, g| task.any_edit(g));
    laws::check::<Causal<OrMap<u8, Task1>>>(|tasks, g| tasks.any_edit(g));
    laws::check::<Causal<Board1>>(|board, g| board.any_edit(g));
}
