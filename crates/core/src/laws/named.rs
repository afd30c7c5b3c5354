use core::fmt;

use super::values::Place;

/// A value, and what it is called.
pub(super) struct Named {
    pub(super) name: Name,
    pub(super) value: Place,
}

/// What a value is called: a replica's state, or the letter of its kind with a number.
#[derive(Clone, Copy)]
pub(super) enum Name {
    State(usize),
    Delta(usize),
    Snapshot(usize),
    Group(usize),
    Answer(usize),
    Part(usize),
}

/// The letter of a replica.
pub(super) fn letter(at: usize) -> char {
    ['A', 'B', 'C'][at]
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(at) => write!(f, "what {} has", letter(*at)),
            Self::Delta(number) => write!(f, "d{number}"),
            Self::Snapshot(number) => write!(f, "s{number}"),
            Self::Group(number) => write!(f, "g{number}"),
            Self::Answer(number) => write!(f, "a{number}"),
            Self::Part(number) => write!(f, "p{number}"),
        }
    }
}
