//! The one task that owns the links and feeds the engine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rejoin_shape::Shape;
use rejoin_store::{ReplicaId, Replicated};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::context::Context;
use crate::engine::{self, Input, Outcome, SharedEngine, Waiting};
use crate::error::RefusedMessage;
use crate::greeting::{GreetingMismatch, Said};
use crate::link::{DriverEnd, Happening, Verdict};
use crate::suspension::RETRY;
use crate::telemetry::events;
use crate::votes::Votes;

/// How many edits may share a transaction, and how many may wait for the next one.
pub(crate) const MAX_EDITS: usize = 4096;

/// How many messages may wait; beyond that, transports slow the senders down.
pub(crate) const MAX_HAPPENINGS: usize = 32;

pub(crate) struct Driver<S> {
    pub(crate) context: Arc<Context>,
    pub(crate) engine: SharedEngine<S>,
    /// Edits, and those who wait.
    pub(crate) edits: mpsc::Receiver<Input<S>>,
    pub(crate) happenings: mpsc::Receiver<Happening>,
    pub(crate) gone: mpsc::UnboundedReceiver<(ReplicaId, u64)>,
    pub(crate) links: HashMap<ReplicaId, DriverEnd>,
    pub(crate) waiting: Arc<Mutex<Waiting<S>>>,
}

impl<S: Replicated + Send + 'static> Driver<S> {
    /// Runs until the shutdown, or until a panic of the storage.
    pub(crate) async fn run(mut self) {
        let mut wake = None;
        loop {
            let Some(mut inputs) = self.next(wake).await else { break };
            self.collect(&mut inputs);
            let Some(outcome) = self.work(inputs).await else {
                self.context.shutdown.cancel();
                return;
            };
            wake = outcome.next_timeout.map(|at| self.context.observed.at(at));
            if outcome.failed {
                let retry = Instant::now() + RETRY;
                wake = Some(wake.map_or(retry, |wake| wake.min(retry)));
            }
            self.distribute(outcome);
        }
        // Edits that were accepted are still answered.
        self.edits.close();
        let mut rest = Vec::new();
        while let Some(input) = self.edits.recv().await {
            rest.push(input);
        }
        self.work(rest).await;
    }

    /// Waits until there is something to do; `None` is the shutdown.
    async fn next(&mut self, wake: Option<Instant>) -> Option<Vec<Input<S>>> {
        let mut inputs = Vec::new();
        let asleep = async {
            match wake {
                Some(at) => tokio::time::sleep_until(at).await,
                None => core::future::pending().await,
            }
        };
        tokio::select! {
            () = self.context.shutdown.cancelled() => return None,
            Some(input) = self.edits.recv() => inputs.push(input),
            Some(happening) = self.happenings.recv() => self.accept(happening, &mut inputs),
            Some((peer, link)) = self.gone.recv() => self.close(peer, link, &mut inputs),
            () = asleep => {}
        }
        Some(inputs)
    }

    /// Adds whatever else has come in the meantime, so that it shares the transaction.
    fn collect(&mut self, inputs: &mut Vec<Input<S>>) {
        while inputs.len() < MAX_EDITS {
            let Ok(input) = self.edits.try_recv() else { break };
            inputs.push(input);
        }
        for _ in 0..MAX_HAPPENINGS {
            let Ok(happening) = self.happenings.try_recv() else { break };
            self.accept(happening, inputs);
        }
        while let Ok((peer, link)) = self.gone.try_recv() {
            self.close(peer, link, inputs);
        }
    }

    fn accept(&mut self, happening: Happening, inputs: &mut Vec<Input<S>>) {
        match happening {
            Happening::Message { peer, link, payload } => {
                if self.is_current(peer, link) && !self.context.is_isolated() {
                    inputs.push(Input::Message { from: peer, link, payload });
                }
            }
            Happening::Up { peer, told, heard, end, verdict } => {
                if end.closed.is_cancelled() {
                    return; // it has ended while this was waiting
                }
                let shape = match self.meet(peer, &told, &heard) {
                    Ok(shape) => shape,
                    Err(refusal) => {
                        let _ = verdict.send(refusal);
                        return;
                    }
                };
                match self.links.get(&peer) {
                    Some(other)
                        if other.is_preferred
                            && !end.is_preferred
                            && !other.closed.is_cancelled() =>
                    {
                        let _ = verdict.send(Verdict::Redundant(other.closed.clone()));
                        return;
                    }
                    Some(other) => other.closed.cancel(),
                    None => {}
                }
                if verdict.send(Verdict::Kept).is_ok() {
                    events::connected(self.context.id, peer);
                    if let Some(shape) = &shape {
                        self.context.set_shape(Shape::clone(shape));
                        self.greet_again();
                    }
                    self.links.insert(peer, end);
                    inputs.push(Input::Up(peer, shape));
                }
                self.count_links();
            }
        }
    }

    /// Takes in what this node and a peer have said when they greeted, and closes what has to be
    /// closed then. Returns the shape that this node has with that of the peer, if it is another.
    fn meet(
        &self,
        peer: ReplicaId,
        told: &Said,
        heard: &Said,
    ) -> Result<Option<Box<Shape>>, Verdict> {
        let shape = self.fit(&told.shape, &heard.shape)?;
        self.elect(peer, told, heard)?;
        Ok(shape)
    }

    /// The shape that this node has with that of the peer, if it is another.
    ///
    /// A peer that keeps what it does not know has to know the shape of that. So it receives the
    /// shape of any version from which it may get something, even if it does not come from there.
    fn fit(&self, told: &Shape, heard: &Shape) -> Result<Option<Box<Shape>>, Verdict> {
        let own = self.context.shape();
        if own == *heard {
            return Ok(None); // it knows all that this node has accepted
        }
        let does_not_fit = |mismatch| Verdict::Mismatch(GreetingMismatch::Type(mismatch));
        let union = own.union(heard).map_err(does_not_fit)?;
        if own != *told && told.union(heard).ok().as_ref() != Some(&union) {
            return Err(Verdict::Outdated);
        }
        Ok((own != union).then(|| Box::new(union)))
    }

    /// Takes in what has been said of the voters.
    fn elect(&self, peer: ReplicaId, told: &Said, heard: &Said) -> Result<(), Verdict> {
        let mut waiting = self.waiting();
        let Some(votes) = &mut waiting.votes else { return Ok(()) };
        let told = told.standing.as_ref().ok_or(Verdict::Outdated)?;
        let Some(heard) = &heard.standing else { return Ok(()) };
        let links = &self.links;
        let is_connected =
            |run| links.get(&run).is_some_and(|link: &DriverEnd| !link.closed.is_cancelled());
        let now = self.context.observed.now();
        let welcome = votes.greeted(now, peer, heard, &is_connected);
        self.close_refused(&mut **votes);
        let differ = |mismatch| Verdict::Mismatch(GreetingMismatch::Voters(mismatch));
        welcome.map_err(differ)?;
        if told.is_outdated(&votes.standing(), peer, heard) {
            return Err(Verdict::Outdated);
        }
        Ok(())
    }

    /// Closes all links, because this node has more to say than when it greeted.
    fn greet_again(&self) {
        self.links.values().for_each(|link| link.closed.cancel());
    }

    /// Closes the links of runs that have to greet again, or are refused.
    fn close_refused(&self, votes: &mut dyn Votes<S>) {
        while let Some((run, mismatch)) = votes.poll_refused() {
            let Some(link) = self.links.get(&run) else { continue };
            if let Some(mismatch) = mismatch {
                self.context.note(Arc::new(GreetingMismatch::Voters(mismatch)), true);
            }
            link.closed.cancel(); // once the link has ended, `gone` reports it
        }
    }

    /// Beside this task only the work that it waits for takes the lock.
    fn waiting(&self) -> MutexGuard<'_, Waiting<S>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&mut self, peer: ReplicaId, link: u64, inputs: &mut Vec<Input<S>>) {
        if self.is_current(peer, link) {
            if let Some(link) = self.links.remove(&peer) {
                link.closed.cancel();
            }
            events::disconnected(self.context.id, peer);
            inputs.push(Input::Down(peer));
            self.count_links();
        }
    }

    fn is_current(&self, peer: ReplicaId, link: u64) -> bool {
        self.links.get(&peer).is_some_and(|current| current.id == link)
    }

    fn count_links(&self) {
        self.context.counters.connected.set(self.links.len() as u64);
    }

    /// Lets the engine work on a thread that may block; `None` if it has panicked.
    async fn work(&self, inputs: Vec<Input<S>>) -> Option<Outcome> {
        let (engine, context) = (Arc::clone(&self.engine), Arc::clone(&self.context));
        let waiting = Arc::clone(&self.waiting);
        let work = move || {
            let now = context.observed.now();
            engine::run(&*engine, &context.counters, &waiting, now, inputs)
        };
        tokio::task::spawn_blocking(work).await.ok()
    }

    /// Hands messages to the connections, and closes those that have been refused.
    fn distribute(&mut self, outcome: Outcome) {
        // Before any message that tells more than greetings do.
        if let Some(votes) = outcome.votes {
            self.context.set_votes(votes);
        }
        if outcome.has_begun_to_vote {
            self.greet_again();
        }
        if let Some(votes) = &mut self.waiting().votes {
            self.close_refused(&mut **votes);
        }
        for transmit in outcome.transmits {
            // To a link that is closed by now nothing goes that its peer has not been told of.
            if let Some(link) = self.links.get(&transmit.to)
                && !link.closed.is_cancelled()
                && !link.outgoing.push(Bytes::from(transmit.payload))
            {
                self.context.counters.dropped.add(1);
            }
        }
        for (peer, link, error) in outcome.refused {
            if self.is_current(peer, link) && !self.links[&peer].closed.is_cancelled() {
                // The error is recorded first: code that has seen the link close finds it.
                self.context.note(Arc::new(RefusedMessage { peer, error }), true);
                self.links[&peer].closed.cancel(); // once the link has ended, `gone` reports it
            }
        }
    }
}
