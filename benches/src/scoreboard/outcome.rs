//! What was measured.

use serde::{Deserialize, Serialize};

use super::bar::Bar;

/// The figures of one row, and what they had to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    place: (u8, u8),
    pub(crate) work: String,
    pub(crate) unit: Unit,
    pub(crate) figures: Vec<Figure>,
    pub(crate) bars: Vec<Bar>,
    pub(crate) beyond: Vec<Bar>,
    /// Whether all bars are met; `None` without bars, or if a peer to compare with is missing.
    pub(crate) met: Option<bool>,
    /// The same of what is beyond the bar.
    pub(crate) met_beyond: Option<bool>,
    /// Our figure through the least of the peers.
    pub(crate) ratio: Option<f64>,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Unit {
    /// Time, in nanoseconds.
    Nanos,
    /// Bytes, encoded or in memory, which every round would count alike.
    Bytes,
}

/// Who a figure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Role {
    /// Rejoin's, which the bars are about.
    Ours,
    /// Rejoin's at another size.
    Size,
    /// Another library's.
    Peer,
    /// That of something that does less: a collection that does not replicate.
    Floor,
}

/// What one contestant needed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// What it does, where it is not quite the same work.
    pub(crate) how: String,
    /// The least of all rounds.
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) rounds: usize,
}

impl Figure {
    pub(crate) fn of(name: String, role: Role, how: String, mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let rounds = samples.len();
        let at = |index: usize| samples.get(index).copied().unwrap_or(f64::NAN);
        Self { name, role, how, least: at(0), median: at(rounds / 2), rounds }
    }
}

impl Outcome {
    pub(crate) fn new(
        place: (u8, u8),
        work: String,
        unit: Unit,
        figures: Vec<Figure>,
        bars: Vec<Bar>,
        beyond: Vec<Bar>,
    ) -> Self {
        let all_met = |bars: &[Bar]| {
            bars.iter()
                .map(|bar| bar.is_met(&figures))
                .reduce(|all, one| Some(all? && one?))
                .flatten()
        };
        let (met, met_beyond) = (all_met(&bars), all_met(&beyond));
        let least = |role| {
            figures.iter().filter(move |figure| figure.role == role).map(|figure| figure.least)
        };
        let peer = least(Role::Peer).reduce(f64::min);
        let ratio = least(Role::Ours).reduce(f64::min).zip(peer).map(|(ours, peer)| ours / peer);
        Self { place, work, unit, figures, bars, beyond, met, met_beyond, ratio }
    }

    /// Where it stands in the table.
    pub(crate) fn place(&self) -> (u8, u8) {
        self.place
    }
}
