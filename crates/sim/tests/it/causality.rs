//! Sessions and causal visibility in simulated runs, by the history checker.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use rejoin_core::{Causal, CausalContext};
use rejoin_durable::Memory;
use rejoin_session::{CausalToken, Guarantees, Session};
use rejoin_sets::AwSet;
use rejoin_sim::check::{self, Action, Guarantee, Operation, SessionViolation};
use rejoin_sim::{Dice, Edited, Faults, Run, Workload, explore};
use rejoin_store::{Config, Time};

use crate::oracle::Sets;
use crate::support::some;

/// Each of the tests makes so many runs.
fn seeds() -> Range<u64> {
    0..std::env::var("REJOIN_SEEDS").map_or(300, |seeds| seeds.parse().expect("a number"))
}

type Set = Causal<AwSet<u64>>;

/// Sets, of which every write is a dot.
struct Tags;

impl Workload for Tags {
    type Value = Set;

    fn random_edit(set: &mut <Set as rejoin_core::Edit>::Cursor<'_>, dice: &mut Dice, unique: u64) {
        let there: Vec<u64> = set.iter().copied().collect();
        match dice.pick(there) {
            Some(tag) if dice.roll(3) == 0 => {
                set.remove(&tag);
            }
            _ => {
                set.insert(unique);
            }
        }
    }
}

/// A run of which a history is kept: of what each replica sees after each action, and of clients
/// that go from replica to replica.
struct Recorded {
    run: Run<Tags>,
    dice: Dice,
    history: Vec<Operation<()>>,
    clients: Vec<(u64, Session)>,
    /// For each replica the session that it is itself, until it crashes.
    watchers: Vec<u64>,
    sessions: u64,
    /// Client operations that were served.
    served: usize,
}

impl Recorded {
    fn new(seed: u64, config: Config, guarantees: Guarantees) -> Self {
        let run = Run::with_storage(seed, Faults::harsh(), config, Memory::new);
        let clients = (0..2).map(|client| (client, Session::new(guarantees))).collect();
        Self {
            run,
            dice: Dice::new(seed ^ 0x5e55),
            history: Vec::new(),
            clients,
            watchers: Vec::new(),
            sessions: 10,
            served: 0,
        }
    }

    fn go_on(&mut self) {
        let (edits, down) = (self.run.edits().len(), self.down());
        self.run.step_random(1);
        if self.run.edits().len() > edits {
            let edited = self.run.edits().last().unwrap().clone();
            let session = self.watcher(edited.by);
            self.note(session, Action::Write { key: (), dots: dots_of(&edited) });
        }
        for index in 0..self.run.network().len() {
            if !self.run.network().is_up(index) || down.get(index) == Some(&true) {
                self.watchers.get_mut(index).into_iter().for_each(|watcher| *watcher = 0);
                continue;
            }
            let session = self.watcher(index);
            let seen = self.run.network().state(index).context().clone();
            self.note(session, Action::Read { key: None, seen });
        }
        self.serve();
    }

    /// Lets a client read or write somewhere, if what it asks for has been seen there.
    fn serve(&mut self) {
        let client = self.dice.roll(self.clients.len());
        let index = self.dice.roll(self.run.network().len());
        let is_durable = |run: &Run<Tags>| {
            run.network().durable(index).is_some_and(|durable| durable.replica().is_durable())
        };
        if !is_durable(&self.run) {
            return;
        }
        let (number, mut session) = self.clients[client].clone();
        let replica = self.run.network().durable(index).unwrap().replica();
        let seen = replica.seen();
        if self.dice.roll(2) == 0 {
            if session.before_read().is_met_by(&seen) {
                session.has_read(&seen.into());
                let seen = replica.state().context().clone();
                self.note(number, Action::Read { key: None, seen });
                self.served += 1;
            }
        } else if session.before_write().is_met_by(&seen) {
            let edits = self.run.edits().len();
            self.run.stage(index);
            let edited = self.run.edits()[edits].clone();
            for _ in 0..20 {
                self.run.run_for(Duration::from_millis(20));
                if is_durable(&self.run) {
                    break;
                }
            }
            let dots = dots_of(&edited);
            let replica = self.run.network().durable(index).unwrap().replica();
            if is_durable(&self.run) {
                let mut written = CausalToken::new();
                written.insert(replica.id(), replica.seen().get(replica.id()));
                session.has_written(&written);
                self.note(number, Action::Write { key: (), dots });
                self.served += 1;
            } else {
                let session = self.watcher(index);
                self.note(session, Action::Write { key: (), dots });
            }
        }
        self.clients[client].1 = session;
    }

    fn down(&self) -> Vec<bool> {
        let network = self.run.network();
        (0..network.len()).map(|index| !network.is_up(index)).collect()
    }

    fn watcher(&mut self, index: usize) -> u64 {
        if self.watchers.len() <= index {
            self.watchers.resize(index + 1, 0);
        }
        if self.watchers[index] == 0 {
            self.sessions += 1;
            self.watchers[index] = self.sessions;
        }
        self.watchers[index]
    }

    fn note(&mut self, session: u64, action: Action<()>) {
        let at = Time::new(Duration::from_nanos(self.history.len() as u64));
        self.history.push(Operation { session, invoked: at, returned: Some(at), action });
    }

    /// What the checker finds. Writes that a crash has undone were never acknowledged.
    fn violations(mut self) -> Vec<SessionViolation> {
        let mut kept = CausalContext::new();
        self.run.edits().iter().for_each(|edited| {
            kept.join(&dots_of(edited));
        });
        for operation in &mut self.history {
            if let Action::Write { dots, .. } = &operation.action
                && !kept.is_superset(dots)
            {
                operation.returned = None;
            }
        }
        check::sessions(&self.history)
    }
}

fn dots_of(edited: &Edited<Set>) -> CausalContext {
    edited.after.context().difference(edited.before.context())
}

#[test]
fn every_guarantee_holds_where_delivery_is_causal() {
    let mut served = 0;
    let explored = explore(seeds(), |seed| {
        let mut recorded =
            Recorded::new(seed, Config::default().with_causal(true), Guarantees::ALL);
        (0..150).for_each(|_| recorded.go_on());
        served += recorded.served;
        recorded.run.judge()?;
        match recorded.violations().first() {
            None => Ok::<(), String>(()),
            Some(violation) => Err(violation.to_string()),
        }
    });
    explored.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(served > 15 * usize::try_from(seeds().end).unwrap(), "{served}");
}

#[test]
fn the_checker_notices_what_is_not_asked_for() {
    let mut found = BTreeMap::new();
    for (causal, guarantees) in [(false, Guarantees::ALL), (true, Guarantees::NONE)] {
        for seed in some(100) {
            let config = Config::default().with_causal(causal);
            let mut recorded = Recorded::new(seed, config, guarantees);
            (0..150).for_each(|_| recorded.go_on());
            for violation in recorded.violations() {
                *found.entry((causal, violation.guarantee)).or_insert(0) += 1;
            }
        }
    }
    // Without causal delivery, sessions keep what they can by waiting.
    assert_eq!(found.get(&(false, Guarantee::ReadYourWrites)), None, "{found:?}");
    assert_eq!(found.get(&(false, Guarantee::MonotonicReads)), None, "{found:?}");
    for expected in [
        (false, Guarantee::CausalVisibility),
        (false, Guarantee::WritesFollowReads),
        (true, Guarantee::ReadYourWrites),
        (true, Guarantee::MonotonicReads),
    ] {
        assert!(found.contains_key(&expected), "{expected:?} not in {found:?}");
    }
}

#[test]
fn causal_replicas_survive_what_others_do() {
    let explored = explore(seeds(), |seed| {
        let config = Config::default().with_causal(true);
        let mut run = Run::<Sets>::with_storage(seed, Faults::harsh(), config, Memory::new);
        run.step_random(120);
        run.judge()
    });
    explored.unwrap_or_else(|failure| panic!("{failure}"));
}
