use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

use super::execution::Execution;
use super::named::letter;
use super::script::{REPLICAS, Step, index};
use super::values::{Place, Subjects};

/// An execution as a drawing: a lane a replica, from the top down.
///
/// ```text
///   A         B
///   |         |
///   *         |         A edits: d0 = {1}
///   |---d0--->o         B merges d0: has {1}
///   *--x      |         A edits: d1 = {2}, which is lost: has {1, 2}
///   |         |
///   =         =         in the end: A has {1, 2}, B has {1}
/// ```
pub(super) struct Timeline {
    rows: Vec<Row>,
    sent: Vec<Sent>,
    lanes: Vec<usize>,
}

/// What happened in one step.
struct Row {
    /// In which lane, and its mark there.
    mark: Option<(usize, char)>,
    /// From which lane something arrives, and what.
    arrow: Option<(usize, String)>,
    /// The number of the delta that was made.
    delta: Option<usize>,
    text: String,
    /// What the replica has then, if the text does not say it.
    has: Option<String>,
}

/// What became of a value that was made.
struct Sent {
    maker: Option<usize>,
    /// The numbers of the values that it was joined from.
    parts: Vec<usize>,
    merged_by: Vec<usize>,
}

/// From one lane to the next.
const WIDTH: usize = 10;

/// The width of the last lane.
const TAIL: usize = 5;

/// A longer text goes on in the next row.
const WIDEST: usize = 60;

impl Timeline {
    /// A timeline on which only these replicas do anything.
    pub(super) fn new(steps: impl Iterator<Item = Step>) -> Self {
        let mut lanes: Vec<usize> = steps.flat_map(Step::replicas).collect();
        lanes.sort_unstable();
        lanes.dedup();
        Self { rows: Vec::new(), sent: Vec::new(), lanes }
    }

    /// Records what `step` did, right after it was made.
    pub(super) fn record(&mut self, step: Step, execution: &Execution, values: &dyn Subjects) {
        let show = |value: Place| format!("{:?}", values.debug(value));
        let has = |replica: u8| Some(show(execution.states()[index(replica)]));
        let name = |replica: u8| letter(index(replica));
        let number = self.sent.len();
        let row = match step {
            Step::Edit { replica, .. } => {
                let delta = execution.sent().last().map(|sent| show(sent.value));
                let has = has(replica).filter(|has| Some(has) != delta.as_ref());
                let delta = delta.unwrap_or_default();
                self.sent.push(Sent::new(Some(index(replica)), vec![]));
                let text = format!("{} edits: d{number} = {delta}", name(replica));
                Row { delta: Some(number), ..Row::new(replica, '*', text, has) }
            }
            Step::Keep { replica } => {
                self.sent.push(Sent::new(Some(index(replica)), vec![]));
                Row::new(replica, 's', format!("s{number} = what {} has", name(replica)), None)
            }
            Step::Receive { .. } if number == 0 => return,
            Step::Group { .. } | Step::Answer { .. } | Step::Cut { .. }
                if execution.sent().len() == number =>
            {
                return; // there was nothing to send
            }
            Step::Receive { replica, value } => {
                let value = usize::from(value) % number;
                let what = execution.sent()[value].name.to_string();
                let how = self.merge(value, index(replica));
                let text = format!("{} merges {what}{how}", name(replica));
                let arrow = self.sent[value].maker.map(|maker| (maker, what));
                Row { arrow, ..Row::new(replica, 'o', text, has(replica)) }
            }
            Step::Group { first, second } => {
                let (first, second) = (usize::from(first) % number, usize::from(second) % number);
                let (a, b) = (execution.sent()[first].name, execution.sent()[second].name);
                self.sent.push(Sent::new(None, vec![first, second]));
                let text = format!("g{number} = {a} and {b} in one");
                Row { mark: None, ..Row::new(0, ' ', text, None) }
            }
            Step::Answer { replica, from } => {
                self.sent.push(Sent::new(Some(index(from)), vec![]));
                let text = format!("a{number} = what {} lacks of {}", name(replica), name(from));
                Row::new(from, 'a', text, None)
            }
            Step::Cut { value, .. } => {
                let value = usize::from(value) % number;
                let whole = execution.sent()[value].name;
                let part = show(execution.sent()[number].value);
                self.sent.push(Sent::new(self.sent[value].maker, vec![]));
                let text = format!("p{number} = a part of {whole}, {part}");
                Row { mark: None, ..Row::new(0, ' ', text, None) }
            }
            Step::Merge { replica, from } => {
                let text = format!("{} merges what {} has", name(replica), name(from));
                let arrow = Some((index(from), "all".into()));
                Row { arrow, ..Row::new(replica, 'o', text, has(replica)) }
            }
            Step::Ask { replica, from } => {
                let text = format!("{} asks {} for what it lacks", name(replica), name(from));
                let arrow = Some((index(from), "diff".into()));
                Row { arrow, ..Row::new(replica, 'o', text, has(replica)) }
            }
        };
        self.rows.push(row);
    }

    /// Records that `step` panicked.
    pub(super) fn record_panic(&mut self, step: Step) {
        if let Some(at) = step.replicas().next() {
            let text = format!("{} panics", letter(at));
            self.rows.push(Row { mark: Some((at, '!')), ..Row::new(0, ' ', text, None) });
        }
    }

    /// Notes that a value arrived, and says what is unusual about that.
    fn merge(&mut self, value: usize, at: usize) -> &'static str {
        let maker = self.sent[value].maker;
        let overtaken = |sent: &Sent| sent.maker == maker && sent.merged_by.contains(&at);
        let how = if self.sent[value].merged_by.contains(&at) {
            " again"
        } else if maker.is_some() && maker != Some(at) && self.sent[value..].iter().any(overtaken) {
            " late"
        } else {
            ""
        };
        let mut merged = vec![value];
        while let Some(value) = merged.pop() {
            merged.extend(&self.sent[value].parts);
            self.sent[value].merged_by.push(at);
        }
        how
    }

    /// The drawing, with what each replica has in the end.
    pub(super) fn draw(&self, execution: &Execution, values: &dyn Subjects) -> String {
        let mut drawing = String::new();
        let mut line = |lanes: String, text: &str| {
            drawing += format!("  {lanes}  {text}").trim_end();
            drawing.push('\n');
        };
        let names = self.lanes.iter().map(|at| format!("{:WIDTH$}", letter(*at)));
        line(names.collect(), "");
        line(self.lane_row(None, None), "");
        for row in &self.rows {
            let is_lost = |delta: usize| {
                let sent = &self.sent[delta];
                sent.merged_by.iter().all(|by| Some(*by) == sent.maker)
            };
            let lost = self.lanes.len() > 1 && row.delta.is_some_and(is_lost);
            let mut text = row.text.clone() + if lost { ", which is lost" } else { "" };
            let mut rest = None;
            if let Some(has) = &row.has {
                if text.chars().count() + has.chars().count() <= WIDEST {
                    text += &format!(": has {has}");
                } else {
                    rest = Some(format!("    has {has}"));
                }
            }
            let arrow = row.arrow.as_ref().map(|(from, label)| (*from, label.as_str()));
            let lanes = self.lane_row(row.mark, arrow);
            line(if lost { lanes.replacen("*   ", "*--x", 1) } else { lanes }, &text);
            if let Some(rest) = rest {
                line(self.lane_row(None, None), &rest);
            }
        }
        line(self.lane_row(None, None), "");
        for at in &self.lanes {
            let end = format!("{} has {:?}", letter(*at), values.debug(execution.states()[*at]));
            line(self.lane_row(Some((*at, '=')), None), &end);
        }
        drawing.truncate(drawing.trim_end().len());
        drawing
    }

    /// The lanes, with a mark in one and an arrow that ends there.
    fn lane_row(&self, mark: Option<(usize, char)>, arrow: Option<(usize, &str)>) -> String {
        let column = |at: usize| {
            self.lanes.iter().position(|lane| *lane == at).map_or(0, |lane| lane * WIDTH)
        };
        let mut row = vec![' '; self.lanes.len().saturating_sub(1) * WIDTH + TAIL];
        for at in &self.lanes {
            row[column(*at)] = '|';
        }
        let Some((at, mark)) = mark else { return row.into_iter().collect() };
        let to = column(at);
        row[to] = mark;
        if let Some(from) = arrow.map(|(from, _)| column(from)).filter(|from| *from != to) {
            for cell in &mut row[from.min(to) + 1..from.max(to)] {
                *cell = if *cell == '|' { '+' } else { '-' };
            }
            let (head, tip) = if from < to { (to - 1, '>') } else { (to + 1, '<') };
            row[head] = tip;
            let label = arrow.map_or("", |(_, label)| label);
            let gap = if from < to { from } else { from - WIDTH };
            let start = gap + 1 + (WIDTH - 1).saturating_sub(label.len()) / 2;
            for (cell, letter) in row[start..].iter_mut().zip(label.chars()) {
                *cell = letter;
            }
        }
        row.into_iter().collect()
    }
}

impl Row {
    fn new(replica: u8, mark: char, text: String, has: Option<String>) -> Self {
        Self { mark: Some((index(replica), mark)), arrow: None, delta: None, text, has }
    }
}

impl Sent {
    fn new(maker: Option<usize>, parts: Vec<usize>) -> Self {
        Self { maker, parts, merged_by: Vec::new() }
    }
}

impl Step {
    /// Who takes part in this step.
    fn replicas(self) -> impl Iterator<Item = usize> {
        let (one, other) = match self {
            Self::Merge { replica, from }
            | Self::Ask { replica, from }
            | Self::Answer { replica, from } => (Some(replica), Some(from)),
            Self::Edit { replica, .. } | Self::Receive { replica, .. } | Self::Keep { replica } => {
                (Some(replica), None)
            }
            Self::Group { .. } | Self::Cut { .. } => (None, None),
        };
        one.into_iter().chain(other).map(index).take(REPLICAS)
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;
    use core::fmt::Debug;
    use std::collections::BTreeSet;

    use super::super::IDS;
    use super::super::arena::{Arena, Ways};
    use super::*;
    use crate::{Crdt, Draft, Edit, JoinCursor};

    /// A set that only grows.
    #[derive(Clone, Default, PartialEq)]
    struct Numbers(BTreeSet<u8>);

    impl Crdt for Numbers {
        fn merge(&mut self, other: Self) -> bool {
            let before = self.0.len();
            self.0.extend(other.0);
            self.0.len() > before
        }
    }

    impl Edit for Numbers {
        type Cursor<'a> = JoinCursor<'a, Self>;

        fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> JoinCursor<'a, Self> {
            JoinCursor::new(self, draft)
        }
    }

    impl Debug for Numbers {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            self.0.fmt(f)
        }
    }

    /// Differences and single numbers.
    const WAYS: Ways<Numbers> = Ways {
        diff: |value, peer| Some(Numbers(&value.0 - &peer.0)),
        decompose: |value, visit| {
            value.0.iter().for_each(|number| visit(Numbers([*number].into())));
        },
        difference: |value, known| Numbers(&value.0 - &known.0),
    };

    /// The drawing of these steps, of which the n-th edit inserts n.
    fn drawn(steps: &[Step]) -> String {
        let next = Cell::new(0);
        let edit = |numbers: &mut JoinCursor<'_, Numbers>, _: &mut quickcheck::Gen| {
            next.set(next.get() + 1);
            numbers.join(Numbers([next.get()].into()));
        };
        let mut values = Arena::new(&edit, Some(WAYS), None);
        let mut execution = Execution::new(IDS, &mut values);
        let mut timeline = Timeline::new(steps.iter().copied());
        for step in steps {
            execution.step(*step, &mut values).expect("the laws hold");
            timeline.record(*step, &execution, &values);
        }
        timeline.draw(&execution, &values)
    }

    #[test]
    fn every_step_has_its_picture() {
        let drawing = drawn(&[
            Step::Receive { replica: 0, value: 0 }, // of nothing, which is not drawn
            Step::Edit { replica: 0, seed: 0 },
            Step::Edit { replica: 0, seed: 0 },
            Step::Edit { replica: 2, seed: 0 },
            Step::Receive { replica: 1, value: 1 },
            Step::Receive { replica: 1, value: 0 },
            Step::Receive { replica: 1, value: 0 },
            Step::Receive { replica: 0, value: 2 },
            Step::Keep { replica: 1 },
            Step::Group { first: 0, second: 3 },
            Step::Receive { replica: 2, value: 4 },
            Step::Edit { replica: 1, seed: 0 },
            Step::Merge { replica: 2, from: 0 },
            Step::Answer { replica: 2, from: 1 },
            Step::Cut { value: 6, first: 0, last: 0 },
            Step::Receive { replica: 0, value: 7 },
            Step::Ask { replica: 0, from: 1 },
        ]);
        let expected = "
  A         B         C
  |         |         |
  *         |         |      A edits: d0 = {1}
  *         |         |      A edits: d1 = {2}: has {1, 2}
  |         |         *      C edits: d2 = {3}
  |---d1--->o         |      B merges d1: has {2}
  |---d0--->o         |      B merges d0 late: has {1, 2}
  |---d0--->o         |      B merges d0 again: has {1, 2}
  o<--------+---d2----|      A merges d2: has {1, 2, 3}
  |         s         |      s3 = what B has
  |         |         |      g4 = d0 and s3 in one
  |         |         o      C merges g4: has {1, 2, 3}
  |         *--x      |      B edits: d5 = {4}, which is lost: has {1, 2, 4}
  |---all---+-------->o      C merges what A has: has {1, 2, 3}
  |         a         |      a6 = what C lacks of B
  |         |         |      p7 = a part of a6, {4}
  o<--p7----|         |      A merges p7: has {1, 2, 3, 4}
  o<-diff---|         |      A asks B for what it lacks: has {1, 2, 3, 4}
  |         |         |
  =         |         |      A has {1, 2, 3, 4}
  |         =         |      B has {1, 2, 4}
  |         |         =      C has {1, 2, 3}";
        assert_eq!(drawing, expected.trim_start_matches('\n'), "\n{drawing}");
    }

    #[test]
    fn who_does_nothing_has_no_lane() {
        let drawing = drawn(&[Step::Edit { replica: 2, seed: 0 }]);
        let expected = "  C\n  |\n  *      C edits: d0 = {1}\n  |\n  =      C has {1}";
        assert_eq!(drawing, expected);
    }
}
