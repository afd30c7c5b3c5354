//! The table, as text, Markdown and JSON.

use std::fmt::Write;

use serde_json::json;

use super::Plan;
use super::bar::Bar;
use super::outcome::{Figure, Outcome, Role, Unit};
use super::rows::SECTIONS;

/// The rows as Markdown tables, one a section; `aligned` for a terminal.
#[must_use]
pub fn tables(outcomes: &[Outcome], aligned: bool) -> String {
    let (mut text, mut notes) = (String::new(), Vec::new());
    for (section, title) in SECTIONS.iter().enumerate() {
        let of_section =
            outcomes.iter().filter(|outcome| usize::from(outcome.place().0) == section);
        let rows: Vec<_> = of_section.map(|outcome| cells(outcome, &mut notes)).collect();
        if !rows.is_empty() {
            let _ = writeln!(text, "### {title}\n\n{}", table(rows, aligned));
        }
    }
    for (number, note) in notes.iter().enumerate() {
        let _ = writeln!(text, "{}. {note}", number + 1);
    }
    text
}

fn table(rows: Vec<[String; 8]>, aligned: bool) -> String {
    let header = ["work", "Rejoin", "peers", "does less", "ratio", "bar", "met", "beyond"];
    let rows = [header.map(String::from)].into_iter().chain(rows).collect::<Vec<_>>();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths = [0, 1, 2, 3, 4, 5, 6, 7].map(|at| if aligned { width(at) } else { None });
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(text, "| {cell:0$} ", width.unwrap_or(0));
        }
        text.push_str("|\n");
        if number == 0 {
            text.push_str(&"|---".repeat(widths.len()));
            text.push_str("|\n");
        }
    }
    text
}

fn cells(outcome: &Outcome, notes: &mut Vec<String>) -> [String; 8] {
    let mut list = |roles: &[Role]| {
        let of_role = outcome.figures.iter().filter(|figure| roles.contains(&figure.role));
        let cells: Vec<String> = of_role.map(|figure| cell(outcome.unit, figure, notes)).collect();
        if cells.is_empty() { "–".to_owned() } else { cells.join(" · ") }
    };
    let (ours, peers, floor) =
        (list(&[Role::Ours, Role::Size]), list(&[Role::Peer]), list(&[Role::Floor]));
    let verdict = |met: Option<bool>| match met {
        Some(true) => "yes".to_owned(),
        Some(false) => "**no**".to_owned(),
        None => "–".to_owned(),
    };
    let bars = |bars: &[Bar]| {
        bars.iter().map(|bar| display(outcome.unit, bar)).collect::<Vec<_>>().join(", ")
    };
    let beyond = match outcome.beyond.is_empty() {
        true => "–".to_owned(),
        false => format!("{}: {}", bars(&outcome.beyond), verdict(outcome.met_beyond)),
    };
    let ratio = match outcome.ratio {
        Some(ratio) if ratio < 1.0 => format!("1/{}", figure(1.0 / ratio)),
        Some(ratio) => figure(ratio),
        None => "–".to_owned(),
    };
    let bar = if outcome.bars.is_empty() { "–".to_owned() } else { bars(&outcome.bars) };
    [outcome.work.clone(), ours, peers, floor, ratio, bar, verdict(outcome.met), beyond]
}

/// `name figure`, with the number of a note where there is something to say.
fn cell(unit: Unit, of: &Figure, notes: &mut Vec<String>) -> String {
    let value = quantity(unit, of.least);
    let text = if of.role == Role::Ours { value } else { format!("{} {value}", of.name) };
    if of.how.is_empty() {
        return text;
    }
    let note = format!("{}: {}", of.name, of.how);
    let at = notes.iter().position(|known| *known == note).unwrap_or_else(|| {
        notes.push(note);
        notes.len() - 1
    });
    format!("{text} ⁽{}⁾", superscript(at + 1))
}

fn display(unit: Unit, bar: &Bar) -> String {
    match bar {
        Bar::AtMost(most) => format!("≤ {}", quantity(unit, *most)),
        bar => bar.to_string(),
    }
}

/// A figure with its unit, to three digits.
fn quantity(unit: Unit, value: f64) -> String {
    let steps: [(f64, &str); 3] = match unit {
        Unit::Nanos => [(1e6, "ms"), (1e3, "µs"), (1.0, "ns")],
        Unit::Bytes => [(1e6, "MB"), (1e4, "kB"), (1.0, "B")],
    };
    let (from, name) = steps.into_iter().find(|(from, _)| value >= *from).unwrap_or(steps[2]);
    let by = if name == "kB" { 1e3 } else { from };
    format!("{} {name}", figure(value / by))
}

/// Three digits, or all of a whole number.
fn figure(value: f64) -> String {
    let digits = if value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    let text = format!("{value:.digits$}");
    if digits == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

fn superscript(number: usize) -> String {
    let digits = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    number.to_string().bytes().map(|digit| digits[usize::from(digit - b'0')]).collect()
}

/// All that was measured, for other programs.
///
/// # Panics
///
/// Never: what was measured has a form in JSON.
#[must_use]
pub fn json(plan: Plan, outcomes: &[Outcome]) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let machine = json!({ "arch": std::env::consts::ARCH, "cores": cores });
    let all = json!({ "machine": machine, "quick": plan.quick, "rows": outcomes });
    serde_json::to_string_pretty(&all).expect("what was measured has a form in JSON")
}

/// `page` with `text` between its two lines `<!-- scoreboard -->` and `<!-- /scoreboard -->`, or
/// `None` if it lacks one.
#[must_use]
pub fn between_markers(page: &str, text: &str) -> Option<String> {
    let (start, end) = ("<!-- scoreboard -->\n", "<!-- /scoreboard -->");
    let from = page.find(start)? + start.len();
    let to = from + page[from..].find(end)?;
    Some(format!("{}\n{text}\n{}", &page[..from], &page[to..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(ours: f64, bars: Vec<Bar>) -> Outcome {
        let figure = |name: &str, role, how: &str, value| {
            Figure::of(name.into(), role, how.into(), vec![value, 2.0 * value])
        };
        let figures = vec![
            figure("Rejoin", Role::Ours, "", ours),
            figure("crdts", Role::Peer, "the whole state", 20_000.0),
            figure("std HashSet", Role::Floor, "", 3.0),
        ];
        Outcome::new((0, 0), "merge".into(), Unit::Nanos, figures, bars, Vec::new())
    }

    #[test]
    fn rows_say_who_needed_what_and_whether_that_is_enough() {
        let bars = vec![Bar::AtMost(10_000.0), Bar::times(0.1, &["crdts"])];
        let text = tables(&[outcome(1990.0, bars.clone()), outcome(2010.0, bars)], false);
        let rows: Vec<&str> = text.lines().collect();
        let cells = "| merge | 1.99 µs | crdts 20 µs ⁽¹⁾ | std HashSet 3 ns | 1/10.1 \
                     | ≤ 10 µs, ≤ crdts / 10 | yes | – |";
        assert_eq!(rows[4], cells);
        assert!(rows[5].starts_with("| merge | 2.01 µs |") && rows[5].contains("| **no** |"));
        assert!(text.ends_with("\n1. crdts: the whole state\n"));
    }

    #[test]
    fn figures_have_three_digits() {
        for (value, text) in [(0.123_4, "0.12"), (9.996, "10"), (12.34, "12.3"), (1234.5, "1234")] {
            assert_eq!(figure(value), text);
        }
    }

    #[test]
    fn a_page_keeps_what_is_around_the_table() {
        let page = "a\n<!-- scoreboard -->\nold\n<!-- /scoreboard -->\nb\n";
        let new = "a\n<!-- scoreboard -->\n\nnew\n<!-- /scoreboard -->\nb\n";
        assert_eq!(between_markers(page, "new").as_deref(), Some(new));
        assert_eq!(between_markers("a", "new"), None);
    }
}
