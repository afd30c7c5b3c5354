//! Edits that can be done in several versions, and do the same in each that has the fields.

use quickcheck::{Arbitrary, Gen};
use rejoin_core::DotStore;
use rejoin_registers::Max;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::upgrades::forgetful::Forgetful;
use crate::upgrades::types::{Board0, Board1, Board2, Board3, Key, Note};

/// An edit of a board.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Title(u8),
    Archive(bool),
    Text(u8, u8),
    Done(u8, bool),
    RemoveTask(u8),
    ClearTasks,
    Member(u8, bool),
    Limit(u8, i8),
    RemoveLimit(u8),
    Note(u8, Note),
    Label(u8, u8, bool),
    Rank(u8, u8),
    Room(u8, u8),
    Desk(u8, u8, bool),
    Online(u8, bool),
    StepName(u8, u8, u8),
    RemoveStep(u8, u8),
    Minutes(u8, u8, u8),
    Due(u8, u8),
}

impl Arbitrary for Change {
    fn arbitrary(g: &mut Gen) -> Self {
        let mut small = || u8::arbitrary(g) % 3;
        let (a, b, c) = (small(), small(), small());
        let (yes, number) = (a != 0, i8::arbitrary(g));
        match u8::arbitrary(g) % 20 {
            0 => Self::Title(a),
            1 => Self::Archive(yes),
            2 => Self::Text(a, b),
            3 => Self::Done(b, yes),
            4 => Self::RemoveTask(a),
            5 if number < -100 => Self::ClearTasks,
            6 => Self::Member(b, yes),
            7 => Self::Limit(a, number | 1),
            8 => Self::RemoveLimit(a),
            9 => Self::Note(a, Note::arbitrary(g)),
            10 => Self::Label(b, c, yes),
            11 => Self::Rank(a, u8::arbitrary(g)),
            12 => Self::Room(a, b),
            13 => Self::Desk(b, c, yes),
            14 => Self::Online(b, yes),
            15 => Self::StepName(a, b, c),
            16 => Self::RemoveStep(a, b),
            17 => Self::Minutes(a, b, c),
            18 => Self::Due(a, b),
            _ => Self::Text(a, c),
        }
    }
}

impl Change {
    /// Whether a version has the fields; version 0 has all.
    pub(crate) fn is_known(&self, version: u8) -> bool {
        match self {
            Self::Title(..) | Self::Text(..) | Self::RemoveTask(..) | Self::ClearTasks => true,
            Self::Archive(..) | Self::Done(..) => version < 3,
            Self::Minutes(..) | Self::Due(..) => [0, 3].contains(&version),
            _ => version != 1,
        }
    }
}

/// A version of a board.
pub(crate) trait Board:
    DotStore + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Does an edit, if this version has the fields.
    fn apply(board: &mut Self::Cursor<'_>, change: &Change);
}

fn text(number: u8) -> String {
    char::from(b'a' + number).to_string()
}

fn key(number: u8) -> Key {
    Key { name: text(number % 2), number: (number > 1).then_some(7) }
}

/// Implements [`Board`], with the edits of the version and those of all versions.
macro_rules! board {
    ($board:ident, $text:ident, |$cursor:ident| { $($pattern:pat => $edit:expr,)* }) => {
        impl Board for $board {
            fn apply($cursor: &mut Self::Cursor<'_>, change: &Change) {
                match change.clone() {
                    Change::Title(to) => {
                        $cursor.title().set(text(to));
                    }
                    Change::Text(task, to) => {
                        $cursor.tasks().entry(text(task)).$text().set(text(to));
                    }
                    Change::RemoveTask(task) => {
                        $cursor.tasks().remove(&text(task));
                    }
                    Change::ClearTasks => {
                        $cursor.tasks().clear();
                    }
                    $($pattern => { $edit; })*
                    #[allow(unreachable_patterns)]
                    _ => {}
                }
            }
        }
    };
}

macro_rules! flag {
    ($flag:expr, $yes:expr) => {
        if $yes {
            $flag.enable();
        } else {
            $flag.disable();
        }
    };
}

macro_rules! element {
    ($set:expr, $element:expr, $yes:expr) => {
        if $yes {
            $set.insert($element);
        } else {
            $set.remove(&$element);
        }
    };
}

board!(Board1, text, |board| {
    Change::Archive(yes) => flag!(board.archived(), yes),
    Change::Done(task, yes) => flag!(board.tasks().entry(text(task)).done(), yes),
});

/// The same, with the edits that all versions but the first have.
macro_rules! later_board {
    ($board:ident, $text:ident, |$cursor:ident| { $($own:tt)* }) => {
        board!($board, $text, |$cursor| {
            $($own)*
            Change::Member(who, yes) => element!($cursor.members(), text(who), yes),
            Change::Limit(of, by) => $cursor.limits().entry(key(of)).add(by.into()),
            Change::RemoveLimit(of) => $cursor.limits().remove(&key(of)),
            Change::Note(task, note) => $cursor.tasks().entry(text(task)).notes().set(note),
            Change::Label(task, label, yes) => {
                element!($cursor.tasks().entry(text(task)).labels(), text(label), yes);
            },
            Change::Rank(task, rank) => {
                $cursor.tasks().entry(text(task)).rank().join(Max::from(u64::from(rank)));
            },
            Change::Room(task, room) => {
                $cursor.tasks().entry(text(task)).place().room().set(key(room));
            },
            Change::Desk(task, desk, yes) => {
                element!($cursor.tasks().entry(text(task)).place().desks(), desk, yes);
            },
            Change::Online(task, yes) => {
                flag!($cursor.tasks().entry(text(task)).place().online(), yes);
            },
            Change::StepName(task, step, to) => {
                let step = u32::from(step);
                $cursor.tasks().entry(text(task)).steps().entry(step).name().set(text(to));
            },
            Change::RemoveStep(task, step) => {
                $cursor.tasks().entry(text(task)).steps().remove(&u32::from(step));
            },
        });
    };
}

later_board!(Board2, text, |board| {
    Change::Archive(yes) => flag!(board.archived(), yes),
    Change::Done(task, yes) => flag!(board.tasks().entry(text(task)).done(), yes),
});

later_board!(Board3, body, |board| {
    Change::Minutes(task, step, to) => {
        board.tasks().entry(text(task)).steps().entry(u32::from(step)).minutes().set(f32::from(to));
    },
    Change::Due(task, to) => board.tasks().entry(text(task)).due().set(i64::from(to)),
});

later_board!(Board0, text, |board| {
    Change::Archive(yes) => flag!(board.archived(), yes),
    Change::Done(task, yes) => flag!(board.tasks().entry(text(task)).done(), yes),
    Change::Minutes(task, step, to) => {
        board.tasks().entry(text(task)).steps().entry(u32::from(step)).minutes().set(f32::from(to));
    },
    Change::Due(task, to) => board.tasks().entry(text(task)).due().set(i64::from(to)),
});

board!(Forgetful, text, |board| {
    Change::Archive(yes) => flag!(board.archived(), yes),
    Change::Done(task, yes) => flag!(board.tasks().entry(text(task)).done(), yes),
});
