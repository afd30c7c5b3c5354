//! Measures Rejoin beside its peers, in one run, and prints the table.
//!
//! ```sh
//! cargo run --release --manifest-path benches/Cargo.toml --bin scoreboard -- --quick
//! ```
//!
//! `--quick` takes two minutes. `--json FILE` writes the results for other programs.
//!
//! `--markdown` puts the table between the lines `<!-- scoreboard -->` and `<!-- /scoreboard -->`
//! of a page: `docs/performance.md`. The exit code says whether it ran, not how fast.

use std::env;
use std::error::Error;
use std::fs;
use std::process::Command;

use rejoin_benches::scoreboard::{Outcome, Plan, between_markers, json, run, sort, tables};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut quick, mut to_json, mut to_page) = (false, None, None);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut file = || arguments.next().ok_or_else(|| format!("{argument}: which file?"));
        match argument.as_str() {
            "--quick" => quick = true,
            "--json" => to_json = Some(file()?),
            "--markdown" => to_page = Some(file()?),
            other => {
                return Err(format!("{other}: not --quick, --json FILE, --markdown FILE").into());
            }
        }
    }
    let plan = Plan { quick };
    let mut outcomes = run(plan, &mut |work| eprintln!("{work}"));
    outcomes.extend(footprint(quick)?);
    sort(&mut outcomes);

    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kind = if quick { "quick" } else { "full" };
    let machine = format!("A {kind} run on {cores} shared {} cores.", env::consts::ARCH);
    println!("{machine}\n\n{}", tables(&outcomes, true));
    if let Some(file) = to_json {
        fs::write(file, json(plan, &outcomes))?;
    }
    if let Some(file) = to_page {
        let text = format!("{machine}\n\n{}", tables(&outcomes, false));
        let page = between_markers(&fs::read_to_string(&file)?, &text)
            .ok_or_else(|| format!("{file}: no <!-- scoreboard --> and <!-- /scoreboard -->"))?;
        fs::write(file, page)?;
    }
    Ok(())
}

/// What values hold in memory, from a program whose allocator counts, which would cost time here.
fn footprint(quick: bool) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    command.args(["run", "--quiet", "--release", "--manifest-path", manifest]);
    command.args(["--bin", "footprint"]);
    if quick {
        command.args(["--", "--quick"]);
    }
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("footprint: {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
