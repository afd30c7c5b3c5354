//! The course of events: who edits when, who is cut off, who is killed, and what is checked.

mod wait;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::cart::{Action, Edit};
use crate::plan::Plan;
use crate::process::{Processes, REPLICAS};
use crate::protocol::{Answer, Command, Totals};
use crate::record::Record;
use crate::report::{self, Report};
use crate::{Fault, Options};

/// How many edits of a replica are on their way at a time; fewer when there are few in all.
const WINDOW: u64 = 256;

/// How long any one step may take.
const STEP: Duration = Duration::from_secs(60);

/// How often a long step says how far it is.
const PROGRESS: Duration = Duration::from_secs(1);

/// Which replica is killed, and which one forgets or stays cut off if that fault is planted.
const VICTIM: usize = 2;

pub(crate) fn main(options: &Options) -> ExitCode {
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("FAILED: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no folder for files: {error}"))?;
    let mut run = Run {
        start: Instant::now(),
        fault: options.fault,
        metrics: options.metrics,
        processes: Processes::new(folder.path().to_owned()),
        plan: Plan::new(options),
        record: Record::default(),
        replicas: Default::default(),
        stash: Vec::new(),
    };
    let Options { carts, edits, seed, .. } = options;
    run.say(&format!("{edits} edits on {carts} carts, seed {seed}, in {REPLICAS} processes"));
    run.start_replicas()?;

    run.say("all three edit the same carts at once");
    run.edit([edits * 2 / 15; REPLICAS], None)?;
    run.say("they are cut apart, and go on editing");
    run.isolate(true)?;
    // Without a kill no edit is open, so a forgotten one cannot hide behind an open removal.
    let kill_after = (run.fault != Some(Fault::ForgottenEdit)).then_some(edits / 15);
    run.edit([edits * 2 / 15; REPLICAS], kill_after)?;
    run.say("the cut heals");
    let healed = run.heal()?;
    run.say(&format!("equal {healed:.0?} after the heal"));
    run.say("all three edit at once again");
    let rest = edits - edits * 2 / 15 * 2 * REPLICAS as u64;
    let third = rest / REPLICAS as u64;
    run.edit([third, third, rest - 2 * third], None)?;
    let settled = run.converge()?;
    run.say(&format!("equal {settled:.0?} after the last edit"));

    if run.fault == Some(Fault::LostEdit) {
        let number = run.plan.number();
        let lost = Edit { number, cart: options.carts, action: Action::AddCoupon };
        run.record.acknowledge(lost, Vec::new());
    }
    let report = run.inspect(healed, settled)?;
    if run.metrics.is_some() {
        run.print_reports()?;
    }
    run.quit()?;
    report::print(&report, &run.record);
    if report.is_good() { Ok(()) } else { Err("the check has found faults".to_owned()) }
}

/// The state of the run.
struct Run {
    start: Instant,
    fault: Option<Fault>,
    metrics: Option<SocketAddr>,
    processes: Processes,
    plan: Plan,
    record: Record,
    replicas: [Replica; REPLICAS],
    /// Answers that are waited for: the replica, and what it said.
    stash: Vec<(usize, Answer)>,
}

/// What the parent knows of a replica.
#[derive(Default)]
struct Replica {
    address: Option<SocketAddr>,
    in_flight: HashMap<u64, Edit>,
    acknowledged: u64,
    /// The counts of the process that runs, and of those before it.
    totals: Totals,
    before: Totals,
    is_doomed: bool,
    has_ended: bool,
}

impl Run {
    fn say(&self, text: &str) {
        println!("{:6.2} s  {text}", self.start.elapsed().as_secs_f64());
    }

    fn start_replicas(&mut self) -> Result<(), String> {
        for replica in 0..REPLICAS {
            let forgetful = self.fault == Some(Fault::ForgottenEdit) && replica == VICTIM;
            self.start(replica, if forgetful { &["--forgetful"] } else { &[] })?;
        }
        for replica in 0..REPLICAS {
            self.await_ready(replica)?;
        }
        for replica in 0..REPLICAS {
            self.introduce(replica)?;
        }
        self.wait_until("connect", |run| run.replicas.iter().all(|r| r.totals.connected == 2))?;
        self.say("three replicas are up and connected, each with its own file");
        Ok(())
    }

    /// Starts a replica, which serves its metrics at a port of its own, if it is to serve any.
    fn start(&mut self, replica: usize, flags: &[&str]) -> Result<(), String> {
        let address = self.metrics.map(|mut address| {
            let port = address.port();
            address.set_port(if port == 0 { 0 } else { port.saturating_add(replica as u16) });
            address.to_string()
        });
        let metrics = address.iter().flat_map(|address| ["--metrics", address]);
        let flags: Vec<&str> = flags.iter().copied().chain(metrics).collect();
        self.processes.start(replica, &flags)
    }

    /// Prints how each replica is doing.
    fn print_reports(&mut self) -> Result<(), String> {
        for replica in 0..REPLICAS {
            self.processes.say(replica, Command::Report)?;
            let is_report = |answer: &Answer| matches!(answer, Answer::Report(_));
            if let Answer::Report(text) = self.await_answer(replica, is_report)? {
                println!("\nreport of replica {}\n{text}", replica + 1);
            }
        }
        Ok(())
    }

    fn await_ready(&mut self, replica: usize) -> Result<u64, String> {
        match self.await_answer(replica, |answer| matches!(answer, Answer::Ready { .. }))? {
            Answer::Ready { address, pieces, metrics } => {
                if let Some(metrics) = metrics {
                    self.say(&format!(
                        "metrics of replica {}: http://{metrics}/metrics",
                        replica + 1
                    ));
                }
                self.replicas[replica].address = Some(address);
                Ok(pieces)
            }
            answer => Err(format!("unexpected: {answer}")),
        }
    }

    /// Tells a replica the addresses of the others.
    fn introduce(&mut self, replica: usize) -> Result<(), String> {
        for other in (0..REPLICAS).filter(|other| *other != replica) {
            if let Some(address) = self.replicas[other].address {
                self.processes.say(replica, Command::Peer(address))?;
            }
        }
        Ok(())
    }

    /// Lets each replica make so many edits, and waits for the answers. If told so, kills one of
    /// them after that many answers from it, starts it again from its file, and lets it finish.
    fn edit(&mut self, quotas: [u64; REPLICAS], kill_after: Option<u64>) -> Result<(), String> {
        let mut quotas = quotas;
        let all: u64 = quotas.iter().sum();
        let window = (all / 20).clamp(1, WINDOW) as usize;
        let before = self.record.acknowledged();
        let mut kill_at = kill_after.map(|after| self.replicas[VICTIM].acknowledged + after.max(1));
        let mut progress = Instant::now() + PROGRESS;
        let deadline = Instant::now() + STEP;
        for replica in 0..REPLICAS {
            self.fill(replica, window, &mut quotas)?;
        }
        while quotas.iter().any(|quota| *quota > 0)
            || self.replicas.iter().any(|replica| !replica.in_flight.is_empty())
        {
            let replica = self.step(deadline)?;
            let victim = &mut self.replicas[VICTIM];
            if kill_at.take_if(|at| victim.acknowledged >= *at).is_some() {
                victim.is_doomed = true;
                self.processes.kill(VICTIM)?;
            }
            if self.replicas[replica].has_ended {
                self.restart()?;
            }
            self.fill(replica, window, &mut quotas)?;
            if Instant::now() >= progress {
                progress += PROGRESS;
                let done = self.record.acknowledged() - before;
                self.say(&format!("  {done} of {all} edits acknowledged"));
            }
        }
        let done = self.record.acknowledged() - before;
        self.say(&format!("  {done} edits acknowledged, {} so far", before + done));
        Ok(())
    }

    /// Keeps enough edits of a replica on their way.
    fn fill(
        &mut self,
        replica: usize,
        window: usize,
        quotas: &mut [u64; REPLICAS],
    ) -> Result<(), String> {
        let here = &mut self.replicas[replica];
        while !here.is_doomed && quotas[replica] > 0 && here.in_flight.len() < window {
            let edit = self.plan.edit(&self.record);
            here.in_flight.insert(edit.number, edit);
            self.processes.say(replica, Command::Edit(edit))?;
            quotas[replica] -= 1;
        }
        Ok(())
    }

    /// Starts the killed replica again, still cut off, from what its file holds.
    fn restart(&mut self) -> Result<(), String> {
        let victim = &mut self.replicas[VICTIM];
        let open: Vec<Edit> = victim.in_flight.drain().map(|(_, edit)| edit).collect();
        victim.before = victim.before + victim.totals;
        victim.totals = Totals::default();
        (victim.is_doomed, victim.has_ended) = (false, false);
        let acknowledged = victim.acknowledged;
        self.processes.wait(VICTIM)?;
        self.say(&format!(
            "  replica {} was killed after {acknowledged} edits, with {} more on their way",
            VICTIM + 1,
            open.len(),
        ));
        open.into_iter().for_each(|edit| self.record.leave_open(edit));

        let since = Instant::now();
        self.start(VICTIM, &["--isolated"])?;
        let pieces = self.await_ready(VICTIM)?;
        self.say(&format!(
            "  and started again from its file, with {pieces} pieces, in {:.0?}",
            since.elapsed()
        ));
        Ok(())
    }

    fn isolate(&mut self, on: bool) -> Result<(), String> {
        for replica in 0..REPLICAS {
            if on || self.fault != Some(Fault::CutOff) || replica != VICTIM {
                self.processes.say(replica, Command::Isolate(on))?;
            }
        }
        if on {
            self.wait_until("part", |run| run.replicas.iter().all(|r| r.totals.connected == 0))?;
        }
        Ok(())
    }

    /// Ends the cut, and returns how long it took until all were equal.
    fn heal(&mut self) -> Result<Duration, String> {
        let [one, two, three] = self.digests()?;
        if one == two || two == three || three == one {
            return Err("replicas that were cut apart are equal already".to_owned());
        }
        for replica in 0..REPLICAS {
            self.introduce(replica)?; // the restarted one listens elsewhere
        }
        let since = Instant::now();
        self.isolate(false)?;
        self.converge()?;
        Ok(since.elapsed())
    }

    /// Compares what every replica holds with the record.
    fn inspect(&mut self, healed: Duration, settled: Duration) -> Result<Report, String> {
        self.say("comparing what each replica holds with the record of what was acknowledged");
        self.rest(Duration::from_millis(200))?; // the last counts
        let digests = self.digests()?;
        let mut report = Report { healed, settled, replicas: Vec::new() };
        for (replica, (hash, bytes)) in digests.into_iter().enumerate() {
            self.processes.say(replica, Command::Pieces)?;
            let is_pieces = |answer: &Answer| matches!(answer, Answer::Pieces(_));
            let Answer::Pieces(pieces) = self.await_answer(replica, is_pieces)? else { continue };
            let here = &self.replicas[replica];
            report.replicas.push(report::Row {
                acknowledged: here.acknowledged,
                totals: here.before + here.totals,
                pieces: pieces.len() as u64,
                hash,
                bytes,
                faults: self.record.check(&pieces),
            });
        }
        Ok(report)
    }

    /// Ends the children in order.
    fn quit(&mut self) -> Result<(), String> {
        for replica in 0..REPLICAS {
            self.replicas[replica].is_doomed = true;
            self.processes.say(replica, Command::Quit)?;
        }
        self.wait_until("stop", |run| run.replicas.iter().all(|replica| replica.has_ended))?;
        for replica in 0..REPLICAS {
            match self.processes.wait(replica)? {
                Some(status) if !status.success() => {
                    return Err(format!("replica {} ended with {status}", replica + 1));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
