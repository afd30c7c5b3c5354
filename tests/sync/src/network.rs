//! The clock, the links and the counting.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::algorithm::Outbox;
use crate::{Algorithm, Cost, Topology, Workload};
use rejoin_tests::rng::Rng;

/// In which order the nodes act within a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// One after the other, in an order drawn once from the seed; what one sends, the next one has
    /// already. The phases of independent timers with a network much faster than a second.
    Phased,
    /// All at once: what is sent in a second is handled after all have sent.
    Together,
}

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Events at each node, one a second.
    pub events: u64,
    /// The order within a second.
    pub order: Order,
    /// The share of messages that get lost, in percent.
    pub loss: u64,
    /// For the order, and for what gets lost.
    pub seed: u64,
    /// When to give up.
    pub limit: u64,
}

impl Plan {
    /// The paper's: a hundred events each, and nothing is lost.
    pub const PAPER: Self =
        Self { events: 100, order: Order::Phased, loss: 0, seed: 1, limit: 1000 };
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was sent, lost or not.
    pub sent: Cost,
    /// Whether all nodes have the same value, which includes every event.
    pub converged: bool,
    /// Whether nothing was sent any more at the end.
    pub silent: bool,
    /// Seconds from the last event until all had everything.
    pub lag: u64,
    /// The most messages in one second.
    pub busiest: u64,
    /// Entries buffered, on average over nodes and over the seconds with events.
    pub buffered: f64,
    /// Entries buffered at all nodes at the end.
    pub left: usize,
    /// Time spent in the algorithm.
    pub cpu: Duration,
}

/// Nodes, links and what has been counted.
#[derive(Debug)]
pub struct Network<A: Algorithm> {
    topology: Topology,
    plan: Plan,
    rng: Rng,
    nodes: Vec<A>,
    /// Links that bring nothing over, in either direction.
    cut: Vec<(usize, usize)>,
    second: u64,
    sent: Cost,
    busiest: u64,
    cpu: Duration,
    samples: (usize, usize),
}

impl<A: Algorithm> Network<A> {
    /// Nodes that `make` makes of their number and their neighbours.
    pub fn new(topology: Topology, plan: Plan, mut make: impl FnMut(usize, &[usize]) -> A) -> Self {
        let nodes = (0..topology.len()).map(|node| make(node, topology.of_node(node))).collect();
        Self {
            topology,
            plan,
            rng: Rng::new(plan.seed),
            nodes,
            cut: Vec::new(),
            second: 0,
            sent: Cost::default(),
            busiest: 0,
            cpu: Duration::ZERO,
            samples: (0, 0),
        }
    }

    /// The nodes.
    pub fn nodes(&mut self) -> &mut [A] {
        &mut self.nodes
    }

    /// The seconds that have passed.
    pub fn second(&self) -> u64 {
        self.second
    }

    /// What was sent so far.
    pub fn sent(&self) -> Cost {
        self.sent
    }

    /// Cuts the link between two nodes, or mends it.
    pub fn cut(&mut self, a: usize, b: usize, cut: bool) {
        self.cut.retain(|link| *link != (a, b) && *link != (b, a));
        if cut {
            self.cut.push((a, b));
        }
    }

    /// Runs all events, and then until all is said.
    pub fn run<W: Workload<State = A::State>>(&mut self, workload: &W) -> Outcome {
        self.run_with(workload, |_| {})
    }

    /// Runs like [`run`](Self::run), calling `between` before each second.
    pub fn run_with<W: Workload<State = A::State>>(
        &mut self,
        workload: &W,
        mut between: impl FnMut(&mut Self),
    ) -> Outcome {
        let order = self.order();
        let (mut quiet, mut lag) = (0, None);
        while self.second < self.plan.limit {
            between(self);
            let before = self.sent.messages;
            self.step(workload, &order);
            let messages = self.sent.messages - before;
            self.busiest = self.busiest.max(messages);
            if self.second < self.plan.events {
                continue;
            }
            if self.equal() {
                lag.get_or_insert(self.second - self.plan.events);
                quiet = if messages == 0 { quiet + 1 } else { 0 };
                if !A::DRAINS || quiet > QUIET {
                    break;
                }
            } else {
                (quiet, lag) = (0, None);
            }
        }
        let (sum, count) = self.samples;
        Outcome {
            sent: self.sent,
            converged: self.complete(workload),
            silent: quiet > QUIET,
            lag: lag.unwrap_or(u64::MAX),
            busiest: self.busiest,
            buffered: sum as f64 / count.max(1) as f64,
            left: self.nodes.iter().map(A::buffered).sum(),
            cpu: self.cpu,
        }
    }

    fn order(&mut self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.topology.len()).collect();
        self.rng.shuffle(&mut order);
        order
    }

    fn step<W: Workload<State = A::State>>(&mut self, workload: &W, order: &[usize]) {
        self.second += 1;
        let mut waiting = VecDeque::new();
        for &node in order {
            self.act(workload, node, &mut waiting);
            if self.plan.order == Order::Phased {
                self.deliver(&mut waiting);
            }
        }
        self.deliver(&mut waiting);
        if self.second <= self.plan.events {
            self.samples.0 += self.nodes.iter().map(A::buffered).sum::<usize>();
            self.samples.1 += self.nodes.len();
        }
    }

    fn act<W: Workload<State = A::State>>(
        &mut self,
        workload: &W,
        node: usize,
        waiting: &mut VecDeque<Post<A::Message>>,
    ) {
        let (nodes, second) = (self.nodes.len(), self.second);
        let start = Instant::now();
        if second <= self.plan.events {
            self.nodes[node].event(second, |state| workload.event(state, node, nodes, second));
        }
        let mut out = Vec::new();
        self.nodes[node].sync(second, &mut out);
        self.cpu += start.elapsed();
        self.post(node, out, waiting);
    }

    fn deliver(&mut self, waiting: &mut VecDeque<Post<A::Message>>) {
        while let Some((from, to, message)) = waiting.pop_front() {
            let mut out = Vec::new();
            let start = Instant::now();
            self.nodes[to].handle(self.second, from, message, &mut out);
            self.cpu += start.elapsed();
            self.post(to, out, waiting);
        }
    }

    /// Counts what a node sends, and loses some of it.
    fn post(
        &mut self,
        from: usize,
        out: Outbox<A::Message>,
        waiting: &mut VecDeque<Post<A::Message>>,
    ) {
        for (to, message) in out {
            self.sent += A::cost(&message);
            let lost = self.rng.any() % 100 < self.plan.loss;
            if !lost && !self.cut.contains(&(from, to)) && !self.cut.contains(&(to, from)) {
                waiting.push_back((from, to, message));
            }
        }
    }

    fn equal(&self) -> bool {
        self.nodes.windows(2).all(|pair| pair[0].state() == pair[1].state())
    }

    /// Whether every node has what all events together make.
    fn complete<W: Workload<State = A::State>>(&self, workload: &W) -> bool {
        let mut all = A::State::default();
        for node in 0..self.nodes.len() {
            let mut own = A::State::default();
            for event in 1..=self.plan.events {
                workload.event(&mut own, node, self.nodes.len(), event);
            }
            rejoin_core::Crdt::merge(&mut all, own);
        }
        self.nodes.iter().all(|node| *node.state() == all)
    }
}

/// A message on its way: from, to, what.
type Post<M> = (usize, usize, M);

/// How many seconds without a message are silence: longer than any timer that is running.
const QUIET: u64 = 110;
