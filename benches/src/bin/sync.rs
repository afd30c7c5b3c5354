//! Prints the tables of `docs/sync.md`: the micro-benchmarks of Enes et al. (ICDE 2019), run again,
//! and ours beside them.
//!
//! ```text
//! cargo run --release --manifest-path benches/Cargo.toml --bin sync
//! ```

use rejoin_sync_tests::paper::{self, WORKLOADS};
use rejoin_sync_tests::{Kind, Order, Outcome, Plan, Topology};

/// A row's name with its six outcomes.
type Row = (String, Vec<Outcome>);

fn main() {
    for (name, topology, measured) in paper::topologies() {
        let rows = rows(&topology);
        transmission(name, &rows, measured);
        memory(name, &rows);
        cpu(name, &rows);
    }
    parts();
    for loss in [0, 5, 20] {
        loss_table(loss);
    }
    orders();
}

fn rows(topology: &Topology) -> Vec<Row> {
    let mut kinds: Vec<(&str, Kind)> = paper::ALGORITHMS.into_iter().zip(Kind::PAPER).collect();
    kinds.push(("Scuttlebutt, own clock only", Kind::Scuttlebutt));
    kinds.push(("ours", Kind::Ours));
    let run = |kind: Kind| (0..6).map(move |workload| kind.run(workload, topology, Plan::PAPER));
    kinds.into_iter().map(|(name, kind)| (name.to_owned(), run(kind).collect())).collect()
}

fn head(title: &str) {
    println!("\n{title}\n\n| | {} |\n|---|{}", WORKLOADS.join(" | "), "---:|".repeat(6));
}

fn line(name: &str, cells: impl Iterator<Item = String>) {
    println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
}

fn transmission(name: &str, rows: &[Row], measured: &paper::Table) {
    head(&format!("Transmission on the {name}, entries: again (measured by the authors)"));
    for (at, (algorithm, outcomes)) in rows.iter().enumerate() {
        let theirs = |workload: usize| match measured.get(at) {
            Some(row) => format!(" ({})", grouped(row[workload])),
            None => String::new(),
        };
        let cell = |(workload, outcome): (usize, &Outcome)| {
            assert!(outcome.converged, "{algorithm} did not converge");
            format!("{}{}", grouped(outcome.sent.units()), theirs(workload))
        };
        line(algorithm, outcomes.iter().enumerate().map(cell));
    }
    let (Some(best), Some(ours)) = (rows.get(4), rows.last()) else { return };
    let share = |units: u64, of: u64| format!("{:.1} %", units as f64 * 100.0 / of as f64);
    let pairs = || ours.1.iter().zip(&best.1);
    line("ours / BP + RR", pairs().map(|(ours, best)| share(ours.sent.units(), best.sent.units())));
    line(
        "ours with all labels / BP + RR",
        pairs().map(|(ours, best)| share(ours.sent.strict(), best.sent.units())),
    );
    line(
        "BP + RR again / measured",
        best.1.iter().zip(measured[4]).map(|(best, theirs)| {
            let ratio = best.sent.units() as f64 / theirs as f64;
            format!("{:+.2} %", (ratio - 1.0) * 100.0)
        }),
    );
}

fn memory(name: &str, rows: &[Row]) {
    head(&format!("Memory on the {name}: entries buffered at a node, on average"));
    for (algorithm, outcomes) in rows {
        line(algorithm, outcomes.iter().map(|outcome| format!("{:.1}", outcome.buffered)));
    }
}

fn cpu(name: &str, rows: &[Row]) {
    head(&format!("Time on the {name}, with that of BP + RR as 1"));
    let Some((_, best)) = rows.get(4) else { return };
    for (algorithm, outcomes) in rows {
        let ratio = |(outcome, best): (&Outcome, &Outcome)| {
            format!("{:.2}", outcome.cpu.as_secs_f64() / best.cpu.as_secs_f64())
        };
        line(algorithm, outcomes.iter().zip(best).map(ratio));
    }
}

/// What ours spends its units on.
fn parts() {
    head("What ours sends on the mesh, by loss");
    for loss in [0, 5, 20] {
        let plan = Plan { loss, ..Plan::PAPER };
        let run = |workload| Kind::Ours.run(workload, &Topology::mesh(), plan).sent;
        let costs: Vec<_> = (0..6).map(run).collect();
        let part = |name: &str, of: fn(&rejoin_sync_tests::Cost) -> u64| {
            line(&format!("{loss} %: {name}"), costs.iter().map(|cost| grouped(of(cost))));
        };
        part("entries of deltas", |cost| cost.entries);
        part("delta messages", |cost| cost.deltas);
        part("acknowledgements", |cost| cost.acks);
        part("digests", |cost| cost.digests);
        part("prunes and grafts", |cost| cost.wishes);
        part("labels, which the unit leaves out", |cost| cost.labels);
    }
}

fn loss_table(loss: u64) {
    head(&format!("Ours / BP + RR, both with {loss} % of messages lost"));
    let all = [
        ("mesh", Topology::mesh()),
        ("tree", Topology::tree()),
        ("ring", Topology::ring(15)),
        ("star", Topology::star(15)),
    ];
    for (name, topology) in all {
        let plan = Plan { loss, ..Plan::PAPER };
        let cell = |workload| {
            let ours = Kind::Ours.run(workload, &topology, plan);
            let best = Kind::BP_RR.run(workload, &topology, plan);
            assert!(ours.converged && ours.silent && best.converged);
            let (ours, best) = (ours.sent.units(), best.sent.units());
            let percent = ours as f64 * 100.0 / best as f64;
            format!("{} / {} = {percent:.0} %", grouped(ours), grouped(best))
        };
        line(name, (0..6).map(cell));
    }
}

/// How much depends on the order of the nodes within a second, and on what gets lost.
fn orders() {
    println!("\nOurs on the mesh over 20 seeds, GSet: mean and most of the units, longest lag\n");
    println!("| | 0 % lost | 5 % | 20 % |\n|---|---:|---:|---:|");
    for order in [Order::Phased, Order::Together] {
        let cell = |loss| {
            let run = |seed| {
                Kind::Ours.run(0, &Topology::mesh(), Plan { order, loss, seed, ..Plan::PAPER })
            };
            let outcomes: Vec<Outcome> = (1..=20).map(run).collect();
            let units = || outcomes.iter().map(|outcome| outcome.sent.units());
            let lag = outcomes.iter().map(|outcome| outcome.lag).max().unwrap_or(0);
            let mean = units().sum::<u64>() / 20;
            let most = units().max().unwrap_or(0);
            format!("{}, {}, {lag} s", grouped(mean), grouped(most))
        };
        let order = format!("{order:?}");
        line(&order, [0, 5, 20].into_iter().map(cell));
    }
}

/// A number with its digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}
