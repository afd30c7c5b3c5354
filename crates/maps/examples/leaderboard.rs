//! A leaderboard that any number of game servers keep, and show, without asking each other.
//!
//! ```sh
//! cargo run --example leaderboard
//! ```

use std::cmp::Reverse;

use rejoin_core::{Crdt, Decompose, Diff, Edit, ReplicaId};
use rejoin_counters::GCounter;
use rejoin_maps::GMap;
use rejoin_registers::Max;

/// All that a season knows of a player. A score only ever gets better, and so is its own conflict
/// resolution: of two scores, the higher one. Nothing is ever removed here, so plain lattices do.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
struct Player {
    best: Max<u64>,
    games: GCounter,
}

/// Seasons, then players. A new season starts empty, and the old ones stay.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
struct Leaderboard {
    seasons: GMap<u32, GMap<String, Player>>,
}

impl LeaderboardCursor<'_> {
    /// Cursors are open for methods of your own.
    fn finish_game(&mut self, season: u32, player: &str, score: u64) {
        let mut seasons = self.seasons();
        let mut players = seasons.entry(season);
        let mut player = players.entry(player); // one `let` a level: each borrows the one above
        player.best().set(score);
        player.games().increment(1);
    }
}

impl Leaderboard {
    /// The best `n` of a season. Equal scores are in the order of the names, which is the same on
    /// every server.
    fn top(&self, season: u32, n: usize) -> Vec<(&str, u64, u128)> {
        let players = self.seasons.get(&season).into_iter().flat_map(GMap::iter);
        let mut players: Vec<_> = players
            .filter_map(|(name, player)| {
                Some((name.as_str(), *player.best.get()?, player.games.value()))
            })
            .collect();
        players.sort_by_key(|(name, score, _)| (Reverse(*score), *name));
        players.truncate(n);
        players
    }
}

fn main() {
    let (berlin, tokyo) = (ReplicaId::random(), ReplicaId::random());
    let (mut in_berlin, mut in_tokyo) = (Leaderboard::default(), Leaderboard::default());

    // Each server counts the games that were played on it. What `edit` returns is all that changed,
    // and could be sent to the other at once.
    let first = in_berlin.edit(berlin, |board| {
        board.finish_game(1, "zoe", 300);
        board.finish_game(1, "max", 250);
    });
    in_tokyo.merge(first.clone());
    in_tokyo.merge(first); // twice does no harm

    // The line between them is cut, and people play on. Zoe travels.
    in_berlin.edit(berlin, |board| {
        board.finish_game(1, "zoe", 280);
        board.finish_game(1, "ada", 310);
        board.finish_game(2, "max", 120);
    });
    in_tokyo.edit(tokyo, |board| {
        board.finish_game(1, "zoe", 330);
        board.finish_game(1, "kim", 250);
        board.finish_game(2, "kim", 190);
    });

    // It is back. Each tells by its digest what it has, and gets what it lacks.
    let for_tokyo = in_berlin.diff(&in_tokyo.digest()).expect("ada and more");
    let for_berlin = in_tokyo.diff(&in_berlin.digest()).expect("kim and more");
    in_tokyo.merge(for_tokyo);
    in_berlin.merge(for_berlin);
    assert_eq!(in_berlin, in_tokyo);
    assert_eq!(in_berlin.diff(&in_tokyo.digest()), None);

    for season in [1, 2] {
        println!("season {season}");
        for (rank, (name, score, games)) in (1..).zip(in_tokyo.top(season, 3)) {
            println!("  {rank}. {name}: {score} (games: {games})");
        }
    }
}
