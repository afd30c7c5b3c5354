//! Processes are killed, stopped and cut off while clients read and write strongly; then everything
//! that they have said is checked.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rejoin_sim::check::{self, Action};

use super::Failure;
use super::history::{self, History};
use super::process::{Plan, Process};

/// How many clients each process has.
const CLIENTS: usize = 4;

/// Runs for so long; the inner result is what was found.
pub(crate) fn run(
    duration: Duration,
    seed: u64,
    stale: bool,
) -> Result<Result<(), String>, Failure> {
    let folder = tempfile::tempdir()?;
    let mut rng = fastrand::Rng::with_seed(seed);
    let history = Arc::new(Mutex::new(History::default()));
    let plans = Plan::for_each(folder.path(), 3, true)?;
    let mut runs = 0;
    let mut start = |plan: &Plan| -> Result<Process, Failure> {
        runs += 1;
        let history = Arc::clone(&history);
        Process::start(plan, runs, move |line| {
            let mut history = history.lock().unwrap_or_else(PoisonError::into_inner);
            history.hear(line).unwrap_or(true) // a line that a killed process has not finished
        })
    };
    let (mut processes, voters) = Process::start_all(&plans, &mut start)?;
    let clients = format!("clients {CLIENTS}");
    for process in &mut processes {
        process.tell(&clients)?;
    }
    let (mut killed, mut stopped, mut cut_off) = (0, 0, 0);
    let end = Instant::now() + duration;
    while Instant::now() < end {
        pause(&mut rng, 300..900);
        let victim = rng.usize(..processes.len());
        match rng.u8(..3) {
            0 => {
                killed += 1;
                processes[victim].signal("-KILL")?;
                pause(&mut rng, 50..400);
                processes[victim] = start(&plans[victim])?;
                processes[victim].tell(&voters)?;
                processes[victim].tell(&clients)?;
            }
            1 => {
                stopped += 1;
                processes[victim].signal("-STOP")?;
                pause(&mut rng, 50..1_500);
                processes[victim].signal("-CONT")?;
            }
            _ => {
                cut_off += 1;
                processes[victim].tell("isolate")?;
                pause(&mut rng, 50..1_500);
                processes[victim].tell("rejoin")?;
            }
        }
    }
    for process in &mut processes {
        process.tell("stop")?;
        process.answer()?;
    }
    let states = converged(&mut processes)?;
    drop(processes);
    let mut history = history.lock().unwrap_or_else(PoisonError::into_inner);
    let operations = history.operations.len();
    let returned = history.operations.iter().filter(|each| each.returned.is_some()).count();
    println!(
        "{operations} operations, {returned} confirmed; {killed} processes killed, {stopped} \
         stopped, {cut_off} cut off"
    );
    if stale {
        forget_a_read(&mut history);
    }
    Ok(judge(&history, states))
}

fn pause(rng: &mut fastrand::Rng, millis: std::ops::Range<u64>) {
    std::thread::sleep(Duration::from_millis(rng.u64(millis)));
}

/// What all processes have in the end, or nothing if they do not become equal.
fn converged(processes: &mut [Process]) -> Result<Option<Vec<String>>, Failure> {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let mut states = Vec::new();
        for process in &mut *processes {
            process.tell("state")?;
            states.push(process.answer()?);
        }
        if states.windows(2).all(|pair| pair[0] == pair[1]) {
            return Ok(Some(states));
        }
        if Instant::now() > until {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Makes the last read that has seen something return nothing, as a stale one does.
fn forget_a_read(history: &mut History) {
    for operation in history.operations.iter_mut().rev() {
        if let Action::Read { seen, .. } = &mut operation.action
            && operation.returned.is_some()
            && seen.len() > 10
        {
            *seen = rejoin_core::CausalContext::new();
            return;
        }
    }
}

fn judge(history: &History, states: Option<Vec<String>>) -> Result<(), String> {
    let states = states.ok_or("the processes do not become equal")?;
    check::linearizable(&history.operations).map_err(|error| error.to_string())?;
    let kept: BTreeSet<_> =
        states.first().map(|line| history::state(line)).into_iter().flatten().collect();
    for (key, dot) in history.confirmed() {
        if !kept.contains(&(key.to_owned(), dot)) {
            return Err(format!("the write {dot} to {key} was confirmed, and is lost"));
        }
    }
    Ok(())
}
