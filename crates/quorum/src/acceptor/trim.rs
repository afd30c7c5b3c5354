use core::fmt;
use core::hash::{Hash, Hasher};

use rejoin_core::Diff;

/// What an acceptor leaves out of an answer: nothing, or what the asker has said that it has.
pub(super) struct Trim<S>(Option<fn(&S, &S) -> S>);

impl<S> Trim<S> {
    pub(super) const NOTHING: Self = Self(None);

    pub(super) fn known() -> Self
    where
        S: Diff,
    {
        Self(Some(|value, known| value.diff(&known.digest()).unwrap_or_default()))
    }

    /// A copy of `asked`, if it is needed after it has been joined.
    pub(super) fn keep(&self, asked: &S) -> Option<S>
    where
        S: Clone,
    {
        self.0.map(|_| asked.clone())
    }

    /// The answer to who has asked with what was [kept](Self::keep).
    pub(super) fn answer(&self, value: &S, kept: Option<S>) -> S
    where
        S: Clone,
    {
        match (self.0, kept) {
            (Some(trim), Some(known)) => trim(value, &known),
            _ => value.clone(),
        }
    }
}

// By hand, because a function has no equality worth the name, and `S` does not matter.

impl<S> Clone for Trim<S> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<S> PartialEq for Trim<S> {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_some() == other.0.is_some()
    }
}

impl<S> Eq for Trim<S> {}

impl<S> Hash for Trim<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.is_some().hash(state);
    }
}

impl<S> fmt::Debug for Trim<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "differences" } else { "values" })
    }
}
