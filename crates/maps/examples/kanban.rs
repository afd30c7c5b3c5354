//! A kanban board that two people change at once, one of them on a train.
//!
//! ```sh
//! cargo run --example kanban
//! ```

use rejoin_core::{Causal, Crdt, DotStore, Edit, ReplicaId};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;

/// A card is made of dot stores, so that it can be removed from the board with all that is in it.
#[derive(Clone, Debug, Default, PartialEq, DotStore)]
struct Card {
    title: MvRegister<String>,
    /// The column and the rank in it. One register, so that two people who move the card at once
    /// do not put it halfway: into the column of one at the rank of the other.
    place: MvRegister<(Column, Rank)>,
    labels: AwSet<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    #[default]
    Todo,
    Doing,
    Done,
}

/// Wide apart, so that a card fits between two others without a change to them.
type Rank = u64;

/// Cards have numbers and not names, because titles are edited.
type Board = Causal<OrMap<u32, Card>>;

impl Card {
    /// A card is its title. When one person removes a card and another edits it at the same time,
    /// that edit stays, and nothing else of the card. So what is left of a card that was *moved*
    /// while it was removed is a place without a title, and nobody misses that.
    fn is_there(&self) -> bool {
        !self.title.is_empty()
    }

    /// Two people moved it at once: any choice will do, if everyone makes the same.
    fn place(&self) -> (Column, Rank) {
        self.place.values().max().copied().unwrap_or_default()
    }
}

/// The cards of a column in their order.
fn cards(board: &Board, column: Column) -> Vec<(Rank, u32, &Card)> {
    let cards = board.iter().filter(|(_, card)| card.is_there() && card.place().0 == column);
    let mut cards: Vec<_> = cards.map(|(id, card)| (card.place().1, *id, card)).collect();
    cards.sort_by_key(|(rank, id, _)| (*rank, *id));
    cards
}

fn show(board: &Board) {
    for column in [Column::Todo, Column::Doing, Column::Done] {
        println!("{column:?}");
        for (_, id, card) in cards(board, column) {
            // Two people wrote a title at once: show both, until the next edit settles it.
            let mut titles: Vec<_> = card.title.values().map(String::as_str).collect();
            titles.sort_unstable();
            let labels: Vec<_> = card.labels.iter().map(|label| format!(" #{label}")).collect();
            println!("  {id}: {}{}", titles.join(" / "), labels.concat());
        }
    }
}

fn main() {
    let (alice, bob) = (ReplicaId::random(), ReplicaId::random());
    let mut office = Board::default();
    office.edit(alice, |board| {
        let titles = ["paint the fence", "buy paint", "call the bank", "mow the lawn"];
        for (id, title) in (1..).zip(titles) {
            let mut card = board.entry(id);
            card.title().set(title);
            card.place().set((Column::Todo, Rank::from(id) << 32));
        }
    });
    let mut train = office.clone(); // Bob takes a copy along.

    // In the office, ...
    office.edit(alice, |board| {
        board.entry(1).place().set((Column::Doing, 1 << 32));
        board.entry(2).title().set("buy green paint");
        board.entry(2).labels().insert("errand");
        board.remove(&3);
        board.remove(&4);
    });

    // ... and at the same time on the train.
    let todo = cards(&train, Column::Todo);
    let between = todo[0].0.midpoint(todo[1].0);
    train.edit(bob, |board| {
        board.entry(2).title().set("buy blue paint");
        board.entry(2).labels().insert("shop");
        board.entry(3).place().set((Column::Todo, between)); // stays removed
        board.entry(4).title().set("mow half of the lawn"); // is wanted after all
    });

    // Back in the office the two become one, whoever merges first.
    office.merge(train.clone());
    train.merge(office.clone());
    assert_eq!(office, train);
    show(&office);
}
