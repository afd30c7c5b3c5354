//! Waiting: for answers, for a state of affairs, for the replicas to be equal.

use std::time::{Duration, Instant};

use super::{Run, STEP};
use crate::process::{Event, REPLICAS};
use crate::protocol::{Answer, Command};

/// How long the replicas may take to become equal.
const CONVERGENCE: Duration = Duration::from_secs(20);

impl Run {
    /// Waits until all replicas have the same digest, and returns how long that took.
    pub(super) fn converge(&mut self) -> Result<Duration, String> {
        let since = Instant::now();
        loop {
            let digests = self.digests()?;
            if digests.iter().all(|digest| *digest == digests[0]) {
                return Ok(since.elapsed());
            }
            if since.elapsed() > CONVERGENCE {
                let hashes = digests.map(|(hash, _)| format!("{hash:016x}"));
                let text = hashes.join(", ");
                return Err(format!("replicas still differ after {CONVERGENCE:?}: {text}"));
            }
            self.rest(Duration::from_millis(5))?;
        }
    }

    /// The hash and the size of the value at each replica.
    pub(super) fn digests(&mut self) -> Result<[(u64, u64); REPLICAS], String> {
        let mut digests = [(0, 0); REPLICAS];
        for replica in 0..REPLICAS {
            self.processes.say(replica, Command::Digest)?;
        }
        for (replica, digest) in digests.iter_mut().enumerate() {
            let is_digest = |answer: &Answer| matches!(answer, Answer::Digest { .. });
            if let Answer::Digest { hash, bytes } = self.await_answer(replica, is_digest)? {
                *digest = (hash, bytes);
            }
        }
        Ok(digests)
    }

    /// Takes in the next event, and returns whose it was.
    pub(super) fn step(&mut self, deadline: Instant) -> Result<usize, String> {
        let (replica, event) = self.processes.next(deadline)?;
        self.take_in(replica, event)?;
        Ok(replica)
    }

    fn take_in(&mut self, replica: usize, event: Event) -> Result<(), String> {
        let here = &mut self.replicas[replica];
        match event {
            Event::Answer(Answer::Done { number, taken }) => {
                let edit = here.in_flight.remove(&number);
                let edit = edit.ok_or_else(|| format!("edit {number} was answered twice"))?;
                here.acknowledged += 1;
                self.record.acknowledge(edit, taken);
            }
            Event::Answer(Answer::Stats(totals)) => here.totals = totals,
            Event::Answer(Answer::Failed(error)) => {
                return Err(format!("replica {} says: {error}", replica + 1));
            }
            Event::Answer(answer) => self.stash.push((replica, answer)),
            Event::Garbled(error) => return Err(format!("replica {}: {error}", replica + 1)),
            Event::Ended if here.is_doomed => here.has_ended = true,
            Event::Ended => {
                let status = self.processes.wait(replica)?.map(|status| status.to_string());
                let status = status.unwrap_or_default();
                return Err(format!("replica {} ended by itself: {status}", replica + 1));
            }
        }
        Ok(())
    }

    /// Waits for a certain answer of a replica, and takes in whatever else comes.
    pub(super) fn await_answer(
        &mut self,
        replica: usize,
        is_it: impl Fn(&Answer) -> bool,
    ) -> Result<Answer, String> {
        let deadline = Instant::now() + STEP;
        loop {
            if let Some(at) =
                self.stash.iter().position(|(from, answer)| *from == replica && is_it(answer))
            {
                return Ok(self.stash.remove(at).1);
            }
            self.step(deadline)?;
        }
    }

    pub(super) fn wait_until(
        &mut self,
        what: &str,
        is_so: impl Fn(&Self) -> bool,
    ) -> Result<(), String> {
        let deadline = Instant::now() + STEP;
        while !is_so(self) {
            self.step(deadline).map_err(|error| format!("replicas do not {what}: {error}"))?;
        }
        Ok(())
    }

    /// Does nothing but take in what comes.
    pub(super) fn rest(&mut self, duration: Duration) -> Result<(), String> {
        let until = Instant::now() + duration;
        while let Some((replica, event)) = self.processes.poll(until) {
            self.take_in(replica, event)?;
        }
        Ok(())
    }
}
