use serde::{Deserialize, Serialize};

/// The version of the protocol: the first byte of every message.
pub(crate) const VERSION: u8 = 1;

/// A message between two replicas of a value `S` with digest `D`.
///
/// ```text
/// asker            answerer
///   │ Sync{digest} ───▶ │
///   │ ◀─ Reply{diff, digest}       equal: Reply{None, None}, and done
///   │ Diff{diff} ─────▶ │          only if the answerer lacks something
///
/// Delta{delta} ───▶ every peer     as soon as an edit is durable; never acknowledged
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Message<S, D> {
    /// "This is what I have."
    Sync { digest: D },
    /// "This is what you lack, and what I have." Without a digest: we are equal.
    Reply { diff: Option<S>, digest: Option<D> },
    /// "This is what you lack."
    Diff { diff: S },
    /// "This is what I have just edited."
    Delta { delta: S },
}

/// The four kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The first message of a sync: a digest.
    Sync,
    /// The second: what the asker lacks, and the answerer's digest if it lacks something itself.
    Reply,
    /// The third: what the answerer lacks.
    Diff,
    /// An edit, pushed as soon as it is durable.
    Delta,
}

impl<S, D> Message<S, D> {
    /// What it brings to merge.
    pub(crate) fn news(&self) -> Option<&S> {
        match self {
            Self::Sync { .. } => None,
            Self::Reply { diff, .. } => diff.as_ref(),
            Self::Diff { diff } => Some(diff),
            Self::Delta { delta } => Some(delta),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Sync { .. } => Kind::Sync,
            Self::Reply { .. } => Kind::Reply,
            Self::Diff { .. } => Kind::Diff,
            Self::Delta { .. } => Kind::Delta,
        }
    }
}
