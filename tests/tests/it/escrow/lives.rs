//! Nodes that start again, depart and are retired: rights are not lost, made up or spent twice.

mod canaries;

use std::collections::BTreeSet;

use rejoin_core::{Crdt, Decompose, Diff, Edit, NodeId, ReplicaId, RetireError};
use rejoin_counters::{BoundedCounter, SpendError};
use rejoin_tests::oracle::id;
use rejoin_tests::rng::Rng;

/// The nodes that run. One more, the grave, never does.
const NODES: usize = 3;
const GRAVE: usize = NODES;

type Retire = fn(&mut BoundedCounter, ReplicaId, ReplicaId) -> Result<(), RetireError>;

/// A node with its replica, as long as it lives and after.
struct Node {
    counter: BoundedCounter,
    run: u64,
    is_up: bool,
    /// How many plans it has carried out. Only replicas that have done as many talk to each other.
    epoch: usize,
}

/// Replicas that all of them hand over, in this order, each when it gets to it.
struct Plan {
    pairs: Vec<(ReplicaId, ReplicaId)>,
    /// Which node's rights go to which, if the pairs are accepted.
    moves: Option<(usize, usize)>,
    /// What the first to carry it out was told.
    outcome: Option<Result<(), RetireError>>,
}

struct World {
    rng: Rng,
    retire: Retire,
    nodes: Vec<Node>,
    plans: Vec<Plan>,
    /// Deltas and snapshots, each of an epoch.
    sent: Vec<(usize, BoundedCounter)>,
    /// What each node has the right to, wherever that is known.
    accounts: [i128; NODES + 1],
    total: i128,
    tally: Tally,
}

/// How often things happened that tests rely on.
#[derive(Debug, Default)]
struct Tally {
    refused: u32,
    runs: u32,
    to_nodes: u32,
    to_graves: u32,
    partial: u32,
}

fn ensure(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

impl World {
    fn run(seed: u64, retire: Retire) -> Result<Tally, String> {
        let node = || Node { counter: BoundedCounter::new(), run: 1, is_up: true, epoch: 0 };
        let mut world = Self {
            rng: Rng::new(seed),
            retire,
            nodes: (0..NODES).map(|_| node()).collect(),
            plans: Vec::new(),
            sent: Vec::new(),
            accounts: [0; NODES + 1],
            total: 0,
            tally: Tally::default(),
        };
        for number in 0..80 {
            world.step().map_err(|why| format!("seed {seed}, step {number}: {why}"))?;
        }
        world.finish().map_err(|why| format!("seed {seed}, at the end: {why}"))?;
        Ok(world.tally)
    }

    fn step(&mut self) -> Result<(), String> {
        let (at, other) = (self.rng.below(NODES), self.rng.below(NODES));
        match self.rng.below(21) {
            0..9 => self.edit(at)?,
            9..12 => {
                if let Some((epoch, parcel)) = self.sent.get(self.rng.below(self.sent.len() + 1)) {
                    self.merge(at, *epoch, parcel.clone())?;
                }
            }
            12..14 => self.merge(at, self.nodes[other].epoch, self.nodes[other].counter.clone())?,
            14 => self.sent.push((self.nodes[at].epoch, self.nodes[at].counter.clone())),
            15 | 16 if self.nodes[at].is_up => self.nodes[at].is_up = false,
            15 | 16 if self.nodes[at].epoch == self.plans.len() => {
                self.nodes[at].is_up = true;
                self.nodes[at].run += 1;
            }
            15 | 16 => {}
            17..19 => self.plan(at)?,
            _ => self.advance(at)?,
        }
        ensure(self.accounts.iter().all(|rights| *rights >= 0), || {
            format!("rights were spent twice: {:?}", self.accounts)
        })?;
        ensure(self.accounts.iter().sum::<i128>() == self.total, || {
            format!("{:?} are not {}", self.accounts, self.total)
        })
    }

    fn own(&self, at: usize) -> ReplicaId {
        id(at).node().run(self.nodes[at].run)
    }

    fn edit(&mut self, at: usize) -> Result<(), String> {
        if !self.nodes[at].is_up {
            return Ok(());
        }
        self.nodes[at].run += u64::from(self.rng.once_in(3));
        let (own, by) = (self.own(at), self.rng.small(6));
        let (kind, to) = (self.rng.below(5), self.rng.below(NODES + 1));
        let counter = &mut self.nodes[at].counter;
        let held = counter.available(own.node());
        let mut result = Ok(());
        let delta = counter.edit(own, |counter| match kind {
            0 | 1 => {
                counter.increment(by.into()).expect("small numbers");
            }
            2 | 3 => result = counter.decrement(by.into()),
            _ => result = counter.transfer(id(to).node(), by.into()),
        });
        self.sent.push((self.nodes[at].epoch, delta));
        if kind > 1 {
            let refusal = SpendError::Insufficient { available: held };
            let expected = if u128::from(by) > held { Err(refusal) } else { Ok(()) };
            ensure(result == expected, || format!("{result:?} in place of {expected:?}"))?;
            self.tally.refused += u32::from(result.is_err());
        }
        let by = if result.is_ok() { i128::from(by) } else { 0 };
        match kind {
            0 | 1 => (self.accounts[at], self.total) = (self.accounts[at] + by, self.total + by),
            2 | 3 => (self.accounts[at], self.total) = (self.accounts[at] - by, self.total - by),
            _ => {
                self.accounts[at] -= by;
                let to = self.heir(to, self.nodes[at].epoch);
                self.accounts[to] += by;
            }
        }
        Ok(())
    }

    /// Who has, in the end, what a replica of this epoch gives to `to`.
    fn heir(&self, to: usize, epoch: usize) -> usize {
        self.plans[epoch..].iter().fold(to, |to, plan| match (plan.moves, plan.outcome) {
            (Some((from, heir)), Some(Ok(()))) if from == to => heir,
            _ => to,
        })
    }

    fn merge(&mut self, at: usize, epoch: usize, other: BoundedCounter) -> Result<(), String> {
        let own = self.own(at);
        let node = &mut self.nodes[at];
        if node.epoch == epoch {
            let known = node.counter.check_fork(&other, own);
            known.map_err(|fork| format!("an honest replica is accused: {fork}"))?;
            node.counter.merge(other);
        }
        Ok(())
    }

    /// Carries out the next plan at a node, if there is one.
    fn advance(&mut self, at: usize) -> Result<(), String> {
        let node = &mut self.nodes[at];
        let Some(plan) = self.plans.get_mut(node.epoch) else { return Ok(()) };
        node.epoch += 1;
        let mut retired = node.counter.clone();
        let mut pairs = plan.pairs.iter();
        let outcome = pairs.try_for_each(|(run, heir)| (self.retire)(&mut retired, *run, *heir));
        ensure(*plan.outcome.get_or_insert(outcome) == outcome, || {
            format!("replicas do not agree on {:?}: {outcome:?}", plan.pairs)
        })?;
        if outcome.is_ok() {
            let (before, after) = (node.counter.value(), retired.value());
            ensure(before == after, || format!("{before} became {after}"))?;
            node.counter = retired;
        }
        Ok(())
    }

    /// Plans to retire runs of a node: one that is over, or those of a node that has departed.
    fn plan(&mut self, at: usize) -> Result<(), String> {
        for at in 0..NODES {
            while self.nodes[at].epoch < self.plans.len() {
                self.advance(at)?;
            }
        }
        let at = if self.rng.once_in(6) { GRAVE } else { at };
        let all = self.all();
        let over: Vec<ReplicaId> = all
            .writers()
            .filter(|run| run.node() == id(at).node())
            .filter(|run| at == GRAVE || !self.nodes[at].is_up || *run != self.own(at))
            .collect();
        let up: Vec<usize> = (0..NODES).filter(|other| self.nodes[*other].is_up).collect();
        let gone = at == GRAVE || !self.nodes[at].is_up;
        let departed = over.get(self.rng.below(over.len().max(1))).copied();
        let Some(departed) = departed.or(gone.then(|| id(at))) else { return Ok(()) };
        let heir = match self.rng.below(4) {
            0 if at != GRAVE && gone => GRAVE,
            1 | 2 if gone && !up.is_empty() => up[self.rng.below(up.len())],
            _ => at,
        };
        let mut pairs = Vec::new();
        if heir != at && self.rng.once_in(2) {
            let others = over.iter().filter(|run| **run != departed);
            pairs.extend(others.map(|run| (*run, departed)));
        }
        let is_named = heir == GRAVE || self.rng.once_in(2);
        pairs.push((departed, if is_named { id(heir) } else { self.own(heir) }));
        self.tally.runs += u32::from(heir == at);
        self.tally.to_nodes += u32::from(heir != at && heir != GRAVE);
        self.tally.to_graves += u32::from(heir != at && heir == GRAVE);
        self.tally.partial += u32::from(heir != at && over.len() > pairs.len());

        // Every replica has all that was written under the ids that are retired.
        let retired: BTreeSet<ReplicaId> = over.into_iter().collect();
        all.decompose(&mut |part| {
            if part.writers().all(|writer| retired.contains(&writer)) {
                self.nodes.iter_mut().for_each(|node| _ = node.counter.merge(part.clone()));
            }
        });
        let mut trial = all;
        let mut tried = pairs.iter();
        let outcome = tried.try_for_each(|(run, heir)| (self.retire)(&mut trial, *run, *heir));
        if outcome.is_ok() && heir != at {
            self.accounts[heir] += std::mem::take(&mut self.accounts[at]);
        }
        let moves = (heir != at).then_some((at, heir));
        self.plans.push(Plan { pairs, moves, outcome: Some(outcome) });
        Ok(())
    }

    /// What there is in all, where every node is in the same epoch.
    fn all(&self) -> BoundedCounter {
        self.nodes.iter().fold(BoundedCounter::new(), |mut all, node| {
            all.merge(node.counter.clone());
            all
        })
    }

    fn finish(&mut self) -> Result<(), String> {
        for at in 0..NODES {
            while self.nodes[at].epoch < self.plans.len() {
                self.advance(at)?;
            }
        }
        let mut all = self.all();
        ensure(all.value() == self.total, || format!("{all:?} is not {}", self.total))?;
        for (node, rights) in self.accounts.iter().enumerate() {
            let available = i128::try_from(all.available(id(node).node())).expect("small numbers");
            ensure(available == *rights, || format!("node {node} has {available}, not {rights}"))?;
        }
        // Whatever is left, and wherever, can be spent by one who takes it over.
        let heir = id(self.rng.below(NODES));
        let result =
            all.writers().try_for_each(|run| all.retire(run, run.node().run(0))).and_then(|()| {
                (0..=GRAVE)
                    .map(id)
                    .filter(|node| *node != heir)
                    .try_for_each(|node| all.retire(node, heir))
            });
        ensure(result.is_ok(), || format!("{result:?}"))?;
        let left = u64::try_from(self.total).expect("nothing was overspent");
        all.edit(heir, |counter| counter.decrement(left));
        ensure(all.value() == 0, || format!("of {left}, {} are stranded", all.value()))
    }
}

/// Runs `cases` worlds, or tells what is wrong in the first one that fails.
fn find_failure(cases: u64, retire: Retire) -> Result<Tally, String> {
    (0..cases).try_fold(Tally::default(), |sum, seed| {
        let tally = World::run(seed, retire)?;
        Ok(Tally {
            refused: sum.refused + tally.refused,
            runs: sum.runs + tally.runs,
            to_nodes: sum.to_nodes + tally.to_nodes,
            to_graves: sum.to_graves + tally.to_graves,
            partial: sum.partial + tally.partial,
        })
    })
}

#[test]
fn rights_stay_with_a_node_over_its_runs_and_go_as_a_whole_when_it_departs() {
    let cases = std::env::var("REJOIN_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = cases.unwrap_or(2_000);
    match find_failure(cases, BoundedCounter::retire) {
        Err(why) => panic!("{why}"),
        Ok(tally) => {
            let Tally { refused, runs, to_nodes, to_graves, partial } = tally;
            let least = [refused, runs, to_nodes, to_graves, partial].into_iter().min();
            assert!(u64::from(least.unwrap_or(0)) * 10 > cases, "{tally:?} of {cases}");
        }
    }
}
