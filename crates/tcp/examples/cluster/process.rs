//! The child processes: started, spoken to, killed, and never left behind.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command as Program, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::protocol::{Answer, Command};

/// How many replicas there are.
pub(crate) const REPLICAS: usize = 3;

/// After this long everything is killed, whatever has gone wrong.
const WATCHDOG: Duration = Duration::from_secs(180);

/// What has come from a child.
#[derive(Debug)]
pub(crate) enum Event {
    Answer(Answer),
    /// It has written something else.
    Garbled(String),
    /// It has closed its output: it is gone.
    Ended,
}

/// The three child processes.
#[derive(Debug)]
pub(crate) struct Processes {
    folder: PathBuf,
    inputs: [Option<ChildStdin>; REPLICAS],
    children: Arc<Mutex<[Option<Child>; REPLICAS]>>,
    events: Receiver<(usize, Event)>,
    sender: Sender<(usize, Event)>,
}

impl Processes {
    /// None yet; their files will be in this folder.
    pub(crate) fn new(folder: PathBuf) -> Self {
        let (sender, events) = mpsc::channel();
        let children = Arc::default();
        watch(Arc::clone(&children));
        Self { folder, inputs: [const { None }; REPLICAS], children, events, sender }
    }

    /// Starts a replica from its file.
    pub(crate) fn start(&mut self, replica: usize, flags: &[&str]) -> Result<(), String> {
        let failed = |error| format!("replica {} cannot be started: {error}", replica + 1);
        let mut child = Program::new(std::env::current_exe().map_err(failed)?)
            .arg("--child")
            .arg(self.folder.join(format!("replica-{}.redb", replica + 1)))
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        self.inputs[replica] = child.stdin.take();
        let output = child.stdout.take();
        self.children.lock().unwrap_or_else(PoisonError::into_inner)[replica] = Some(child);
        let sender = self.sender.clone();
        std::thread::spawn(move || {
            if let Some(output) = output {
                forward(replica, output, &sender);
            }
            let _ = sender.send((replica, Event::Ended));
        });
        Ok(())
    }

    /// Says something to a replica.
    pub(crate) fn say(&mut self, replica: usize, command: Command) -> Result<(), String> {
        let Some(input) = &mut self.inputs[replica] else { return Ok(()) };
        let line = format!("{command}\n");
        let result = input.write_all(line.as_bytes());
        result.map_err(|error| format!("replica {} does not listen: {error}", replica + 1))
    }

    /// The next thing that comes from any replica.
    pub(crate) fn next(&mut self, deadline: Instant) -> Result<(usize, Event), String> {
        let left = deadline.saturating_duration_since(Instant::now());
        self.events.recv_timeout(left).map_err(|_| "a deadline has passed".to_owned())
    }

    /// What comes from any replica, if it comes by then.
    pub(crate) fn poll(&mut self, until: Instant) -> Option<(usize, Event)> {
        self.next(until).ok()
    }

    /// Kills a replica on the spot: SIGKILL, where there are signals.
    pub(crate) fn kill(&mut self, replica: usize) -> Result<(), String> {
        self.inputs[replica] = None;
        let mut children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut children[replica] {
            Some(child) => {
                child.kill().map_err(|error| format!("replica {} lives on: {error}", replica + 1))
            }
            None => Ok(()),
        }
    }

    /// Waits for a replica whose output has ended.
    pub(crate) fn wait(&mut self, replica: usize) -> Result<Option<ExitStatus>, String> {
        self.inputs[replica] = None;
        let child = self.children.lock().unwrap_or_else(PoisonError::into_inner)[replica].take();
        let status = child.map(|mut child| child.wait()).transpose();
        status.map_err(|error| format!("replica {} is lost: {error}", replica + 1))
    }
}

/// Passes on the lines of a replica. One that a kill has cut off does not count.
fn forward(replica: usize, output: ChildStdout, sender: &Sender<(usize, Event)>) {
    let mut output = BufReader::new(output);
    let mut line = String::new();
    while output.read_line(&mut line).is_ok() && line.ends_with('\n') {
        let event = line.parse().map_or_else(Event::Garbled, Event::Answer);
        if sender.send((replica, event)).is_err() {
            return;
        }
        line.clear();
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        kill_all(&self.children);
    }
}

fn kill_all(children: &Mutex<[Option<Child>; REPLICAS]>) {
    let mut children = children.lock().unwrap_or_else(PoisonError::into_inner);
    for child in children.iter_mut().flatten() {
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Ends everything when the run takes far too long, so that it can never hang.
fn watch(children: Arc<Mutex<[Option<Child>; REPLICAS]>>) {
    std::thread::spawn(move || {
        std::thread::sleep(WATCHDOG);
        eprintln!("FAILED: still not done after {WATCHDOG:?}; everything is killed");
        kill_all(&children);
        std::process::exit(2);
    });
}
