//! What a row has to reach.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::outcome::{Figure, Role};

/// What our figure has to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Bar {
    /// No more than this, in the unit of the row.
    AtMost(f64),
    /// No more than this times the least figure of those named.
    Times(f64, Vec<String>),
    /// No more than this times the least figure of all peers.
    TimesBest(f64),
    /// All of our figures, at growing sizes, within this factor.
    Steady(f64),
}

impl Bar {
    pub(crate) fn times(factor: f64, names: &[&str]) -> Self {
        Self::Times(factor, names.iter().map(|&name| name.into()).collect())
    }

    /// Whether our figure reaches it: `None` if what it is compared with was not measured.
    pub(crate) fn is_met(&self, figures: &[Figure]) -> Option<bool> {
        let least = |keep: &dyn Fn(&Figure) -> bool| {
            figures.iter().filter(|figure| keep(figure)).map(|figure| figure.least).reduce(f64::min)
        };
        let ours = least(&|figure| figure.role == Role::Ours)?;
        let most = match self {
            Self::AtMost(most) => *most,
            Self::Times(factor, names) => factor * least(&|figure| names.contains(&figure.name))?,
            Self::TimesBest(factor) => factor * least(&|figure| figure.role == Role::Peer)?,
            Self::Steady(factor) => {
                let is_ours = |figure: &&Figure| matches!(figure.role, Role::Ours | Role::Size);
                let all = figures.iter().filter(is_ours).map(|figure| figure.least);
                let (low, high) = (all.clone().reduce(f64::min)?, all.reduce(f64::max)?);
                return Some(high <= factor * low);
            }
        };
        Some(ours <= most)
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = |f: &mut fmt::Formatter<'_>, factor: f64, of: &str| match factor {
            1.0 => write!(f, "≤ {of}"),
            factor if factor < 1.0 => write!(f, "≤ {of} / {}", (1.0 / factor).round()),
            factor => write!(f, "≤ {factor} × {of}"),
        };
        match self {
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::Times(factor, names) => times(f, *factor, &names.join(" or ")),
            Self::TimesBest(factor) => times(f, *factor, "best peer"),
            Self::Steady(factor) => write!(f, "all sizes within × {factor}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(ours: f64) -> Vec<Figure> {
        [("Rejoin", Role::Ours, ours), ("crdts", Role::Peer, 30.0), ("yrs", Role::Peer, 20.0)]
            .map(|(name, role, value)| Figure::of(name.into(), role, String::new(), vec![value]))
            .into()
    }

    #[test]
    fn bars_are_met_up_to_their_edge_and_missed_beyond() {
        for (bar, edge) in [
            (Bar::AtMost(7.0), 7.0),
            (Bar::times(0.5, &["crdts"]), 15.0),
            (Bar::times(2.0, &["crdts", "yrs"]), 40.0),
            (Bar::TimesBest(0.25), 5.0),
        ] {
            assert_eq!(bar.is_met(&figures(edge)), Some(true), "{bar} at {edge}");
            assert_eq!(bar.is_met(&figures(edge * 1.01)), Some(false), "{bar} above {edge}");
        }
    }

    #[test]
    fn what_was_not_measured_decides_nothing() {
        assert_eq!(Bar::times(1.0, &["loro"]).is_met(&figures(1.0)), None);
        assert_eq!(Bar::TimesBest(1.0).is_met(&figures(1.0)[..1]), None);
    }

    #[test]
    fn steady_compares_our_own_sizes() {
        let mut all = figures(10.0);
        all.push(Figure::of("10³".into(), Role::Size, String::new(), vec![4.0]));
        assert_eq!(Bar::Steady(3.0).is_met(&all), Some(true));
        all.push(Figure::of("10⁴".into(), Role::Size, String::new(), vec![3.0]));
        assert_eq!(Bar::Steady(3.0).is_met(&all), Some(false));
    }
}
