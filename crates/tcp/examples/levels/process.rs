//! The processes, as the one that has started them sees them.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};

use super::Failure;

/// Ports that were free a moment ago, and stay the same when a process starts again.
pub(crate) fn addresses(count: usize) -> Result<Vec<SocketAddr>, Failure> {
    let listeners: Result<Vec<TcpListener>, _> =
        (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect();
    Ok(listeners?.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?)
}

/// How to start a process.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) number: usize,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) folder: PathBuf,
    pub(crate) on_disk: bool,
}

impl Plan {
    /// All of them.
    pub(crate) fn for_each(
        folder: &Path,
        count: usize,
        on_disk: bool,
    ) -> Result<Vec<Self>, Failure> {
        let addresses = addresses(count)?;
        let plan = |number| Self {
            number,
            addresses: addresses.clone(),
            folder: folder.to_path_buf(),
            on_disk,
        };
        Ok((0..count).map(plan).collect())
    }
}

/// A running process, ended on every way out.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    /// Its node's id.
    pub(crate) id: String,
}

impl Process {
    /// Starts a process; what it says comes as lines, or goes to `heard`.
    pub(crate) fn start(
        plan: &Plan,
        run: usize,
        mut heard: impl FnMut(&str) -> bool + Send + 'static,
    ) -> Result<Self, Failure> {
        let addresses: Vec<String> = plan.addresses.iter().map(ToString::to_string).collect();
        let child = format!("{};{run};{}", plan.number, addresses.join(","));
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--child")
            .arg(child)
            .args((!plan.on_disk).then_some("--memory"))
            .current_dir(&plan.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().ok_or("no input")?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if !heard(&line) && send.send(line).is_err() {
                    break;
                }
            }
        });
        let id = lines.recv().map_err(|_| "a process does not start")?;
        Ok(Self { child, input, lines, id })
    }

    /// Starts all, and tells each who votes.
    pub(crate) fn start_all(
        plans: &[Plan],
        start: impl FnMut(&Plan) -> Result<Self, Failure>,
    ) -> Result<(Vec<Self>, String), Failure> {
        let mut processes = plans.iter().map(start).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<&str> = processes.iter().map(|process| process.id.as_str()).collect();
        let voters = ids.join(" ");
        for process in &mut processes {
            process.tell(&voters)?;
        }
        Ok((processes, voters))
    }

    pub(crate) fn tell(&mut self, command: &str) -> Result<(), Failure> {
        Ok(writeln!(self.input, "{command}")?)
    }

    pub(crate) fn answer(&mut self) -> Result<String, Failure> {
        Ok(self.lines.recv().map_err(|_| "a process has ended")?)
    }

    /// Sends a signal, which only the system's own tool can.
    pub(crate) fn signal(&self, name: &str) -> Result<(), Failure> {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args([name, &pid]).status()?;
        if status.success() { Ok(()) } else { Err("no signal was sent".into()) }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
