//! Exhaustive small worlds: every execution of three replicas with a few operations, and every
//! order in which its deltas can arrive. Nothing is sampled.
//!
//! An execution is a sequence of events. Each is an operation from a small alphabet, who does it,
//! and which deltas this replica has merged by then: its own, those that it had merged before, and
//! **any subset** of the others, gaps included. For every subset X of the deltas of an execution,
//! let real(X) be their join. Then it is checked that
//!
//! * real(X) reads as the specification says of those who have seen the events of X;
//! * real(X ∖ e) ⊔ δₑ = real(X) for every e in X, so that by induction every order of delivery
//!   ends there;
//! * real(X) ⊔ real(Y) = real(X ∪ Y) for all X and Y, `merge` tells whether that is more than
//!   real(X), the difference that Y makes for the digest of X does the same as Y, and there is none
//!   exactly when X lacks nothing;
//! * an edit leaves its replica at before ⊔ δ, and an operation without effect has no delta;
//! * in executions of up to three events, for the join p of the first or of the last parts of
//!   real(X): real(Y) ⊔ p obeys the same equations with all real(Z), it is what real(Y) is to a
//!   reader if the type [hides](rejoin_core::Decompose::HIDES_PARTS) its first parts, and real(X)
//!   completes it.
//!
//! Depth first: an execution extends another one by an event, and shares its states. What only
//! differs in names is visited once: replicas and keys are numbered in the order of their first use
//! (the ids of the replicas are put in every order that is asked for), and of two events next to
//! each other that do not depend on each other the one of the lower replica comes first.
//!
//! Equal states are one state, with a number, and what is known of a pair of states is remembered:
//! most of the work is looking that up. The price: when two ways lead to equal states (which is
//! compared, and their bytes), one of them stands for both from there on.

mod states;

use std::fmt::{self, Write as _};

use self::states::{BOTTOM, States};
use crate::oracle::{Log, Numbered, Numbers, Operation, Seen, Subject};

/// What to explore.
#[derive(Clone, Debug)]
pub struct World<Op> {
    /// The operations, and for each how many names of keys or elements it takes for given: 0 if it
    /// names none, otherwise the highest number of one plus 1. Names must be interchangeable.
    pub alphabet: Vec<(Op, usize)>,
    /// How many events an execution has at most.
    pub depth: usize,
    /// The ids of the replicas in the order of their first use; each order is explored.
    pub orders: Vec<[usize; 3]>,
    /// Whether to visit only once what differs in names, or in the order of events that do not
    /// depend on each other.
    pub is_reduced: bool,
}

/// The ids of replicas in ascending order of first use, which is every execution of a type for
/// which the order of ids makes no difference.
pub const ASCENDING: [[usize; 3]; 1] = [[0, 1, 2]];

/// All orders of the ids.
pub const ANY_ORDER: [[usize; 3]; 6] =
    [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// How much was explored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Executions, of each length.
    pub executions: u64,
    /// Different states that they lead to.
    pub states: u64,
    /// Different pairs of states that were merged.
    pub merges: u64,
    /// Equations checked.
    pub checks: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { executions, states, merges, checks } = self;
        write!(f, "{executions} executions, {states} states, {merges} merges, {checks} checks")
    }
}

/// Explores the world.
///
/// # Errors
///
/// The first execution found in which `S` is not what its specification says.
pub fn explore<S: Subject>(world: &World<S::Op>) -> Result<Report, String> {
    let mut subject = Numbers::<S>::new();
    let mut names = Vec::new();
    for (op, takes) in &world.alphabet {
        subject.add(op.clone());
        names.push(*takes);
    }
    let World { depth, ref orders, is_reduced, .. } = *world;
    search(&mut subject, &names, depth, orders, is_reduced)
}

fn search(
    subject: &mut dyn Numbered,
    names: &[usize],
    depth: usize,
    orders: &[[usize; 3]],
    is_reduced: bool,
) -> Result<Report, String> {
    let alphabet = names.iter().enumerate();
    let alphabet = alphabet.map(|(op, names)| (Operation::new(op, subject), *names)).collect();
    let world = World { alphabet, depth, orders: orders.to_vec(), is_reduced };
    let mut search = Search {
        world: &world,
        order: [0; 3],
        log: Log::new(),
        events: Vec::new(),
        states: States::new(subject)?,
        executions: 0,
        checks: 0,
    };
    let root = Node { table: vec![BOTTOM], seen: vec![Seen::default()] };
    for order in &world.orders {
        search.order = *order;
        let result = search.extend(&root, 0, [0; 3], 0);
        result.map_err(|why| format!("{}{why}", search.describe()))?;
    }
    Ok(Report {
        executions: search.executions,
        states: search.states.len(),
        merges: search.states.pairs(),
        checks: search.checks + search.states.checks(),
    })
}

/// Up to how many events parts of states are looked at.
const CUT_DEPTH: usize = 3;

/// A set of deltas: the bit of each.
type Deltas = usize;

/// One event of the execution.
#[derive(Clone, Copy)]
struct Event {
    replica: usize,
    op: usize,
    merged: Deltas,
    delta: u32,
}

/// The states of an execution, and what was seen of it, for each set of its deltas.
struct Node {
    table: Vec<u32>,
    seen: Vec<Seen>,
}

struct Search<'a> {
    world: &'a World<Operation>,
    order: [usize; 3],
    log: Log,
    events: Vec<Event>,
    states: States<'a>,
    executions: u64,
    checks: u64,
}

impl Search<'_> {
    /// Visits all executions that extend this one, in which `used` replicas have merged `local`,
    /// and operations have taken `names`.
    fn extend(
        &mut self,
        node: &Node,
        used: usize,
        local: [Deltas; 3],
        names: usize,
    ) -> Result<(), String> {
        let count = self.events.len();
        if count == self.world.depth {
            return Ok(());
        }
        let (all, events) = ((1 << count) - 1, self.log.events().len());
        let used = if self.world.is_reduced { used } else { 2 };
        for replica in 0..3.min(used + 1) {
            let others = all & !local[replica];
            let mut some = others;
            loop {
                let merged = local[replica] | some;
                if !self.is_swapped(replica, merged) && is_closed(node, merged, count) {
                    for op in 0..self.world.alphabet.len() {
                        let takes = self.world.alphabet[op].1;
                        if self.world.is_reduced && takes > names + 1 {
                            continue;
                        }
                        let event = Event { replica, op, merged, delta: BOTTOM };
                        if let Some(next) = self.step(node, event)? {
                            let mut local = local;
                            local[replica] = merged | 1 << count;
                            self.extend(&next, used.max(replica + 1), local, names.max(takes))?;
                        }
                        self.events.truncate(count);
                        self.log.truncate(self.states.subject, events);
                    }
                }
                if some == 0 {
                    break;
                }
                some = (some - 1) & others;
            }
        }
        Ok(())
    }

    /// Whether the last event could as well come after this one, which is then visited there.
    fn is_swapped(&self, replica: usize, merged: Deltas) -> bool {
        let count = self.events.len();
        let Some(last) = self.events.last() else { return false };
        self.world.is_reduced && replica < last.replica && merged >> (count - 1) & 1 == 0
    }

    /// Adds an event and checks all that is new with it; nothing, if it has no effect.
    fn step(&mut self, node: &Node, event: Event) -> Result<Option<Node>, String> {
        let (count, id) = (self.events.len(), self.order[event.replica]);
        self.events.push(event);
        let op = &self.world.alphabet[event.op].0;
        let before = node.table[event.merged];
        let (after, delta) = self.states.edit(before, id, op)?;

        let (mut said, mut visible) = (Seen::default(), node.seen[event.merged].clone());
        self.log.record(self.states.subject, id, op, &mut visible, &mut said);
        if said == Seen::default() {
            self.checks += 1;
            return if (after, delta) == (before, BOTTOM) {
                Ok(None)
            } else {
                Err(format!("has an effect: {:?}", self.states.get(delta)))
            };
        }
        if let Some(last) = self.events.last_mut() {
            last.delta = delta;
        }
        self.executions += 1;

        let (new, size) = (1 << count, 2 << count);
        let mut next = Node { table: Vec::with_capacity(size), seen: Vec::with_capacity(size) };
        next.table.extend_from_slice(&node.table);
        next.seen.extend_from_slice(&node.seen);
        for deltas in 0..new {
            let mut seen = node.seen[deltas].clone();
            seen.union(&said);
            let state = self.states.join(node.table[deltas], delta, after)?;
            if let Some(expected) = self.states.should_read(state, &self.log.live(&seen)) {
                let (read, deltas) = (self.states.read(state), Set(deltas | new));
                return Err(format!(
                    "who has merged {deltas} reads\n    {read:?}\n  but should read\n    \
                     {expected}\n"
                ));
            }
            next.table.push(state);
            next.seen.push(seen);
        }
        if next.table[event.merged | new] != after {
            let (after, delta) = (self.states.get(after), self.states.get(delta));
            return Err(format!("has made {after:?},\n  but its delta is {delta:?}\n"));
        }
        self.check_orders(&next.table, new)?;
        self.check_pairs(&next.table, new)?;
        if count < CUT_DEPTH {
            self.check_parts(&next.table, new)?;
        }
        self.checks += 1 + new as u64;
        Ok(Some(next))
    }

    /// Whichever of the deltas comes last, the state is the same.
    fn check_orders(&mut self, table: &[u32], new: Deltas) -> Result<(), String> {
        for deltas in new..2 * new {
            for last in (0..self.events.len()).filter(|last| deltas >> last & 1 == 1) {
                let state = self.states.join(
                    table[deltas & !(1 << last)],
                    self.events[last].delta,
                    table[deltas],
                )?;
                if state != table[deltas] {
                    let (a, b) = (self.states.get(state), self.states.get(table[deltas]));
                    let deltas = Set(deltas);
                    return Err(format!("of {deltas}, if {last} comes last: {a:?}\n  not {b:?}\n"));
                }
                self.checks += 1;
            }
        }
        Ok(())
    }

    /// Any two states join to that of all their deltas.
    fn check_pairs(&mut self, table: &[u32], new: Deltas) -> Result<(), String> {
        for a in 0..2 * new {
            for b in if a < new { new } else { 0 }..2 * new {
                let joined = self.states.join(table[a], table[b], table[a | b])?;
                if joined != table[a | b] {
                    let (got, want) = (self.states.get(joined), self.states.get(table[a | b]));
                    let (a, b) = (Set(a), Set(b));
                    return Err(format!("{a} ⊔ {b} is {got:?}\n  but should be {want:?}\n"));
                }
                self.checks += 1;
            }
        }
        Ok(())
    }

    /// Whichever parts of a state are all that comes of it, a state that has them is as good as
    /// any.
    fn check_parts(&mut self, table: &[u32], new: Deltas) -> Result<(), String> {
        for whole in new..2 * new {
            let (starts, ends) = self.states.cuts(table[whole])?;
            for (at, cut) in starts.iter().chain(&ends).enumerate() {
                let hides = self.states.subject.hides_parts() && at < starts.len();
                for held in 0..2 * new {
                    self.check_part(table, whole, held, *cut, hides)?;
                }
            }
        }
        Ok(())
    }

    /// What comes of a state that has got a part of another one.
    fn check_part(
        &mut self,
        table: &[u32],
        whole: Deltas,
        held: Deltas,
        cut: u32,
        hides: bool,
    ) -> Result<(), String> {
        let state = self.states.join(table[held], cut, table[held])?;
        let about = || format!("{}, with a part of {}", Set(held), Set(whole));
        if hides && !self.states.reads_as(state, table[held]) {
            let (part, read) = (self.states.get(cut), self.states.read(state));
            return Err(format!("{} reads {read:?}\n  the part is {part:?}\n", about()));
        }
        let both = table[held | whole];
        for completed in
            [self.states.join(state, table[whole], both)?, self.states.join(both, state, both)?]
        {
            if completed != both {
                let (got, want) = (self.states.get(completed), self.states.get(both));
                return Err(format!("{} ends as {got:?}\n  not {want:?}\n", about()));
            }
        }
        for (other, third) in table.iter().enumerate() {
            let there = self.states.join(*third, state, state)?;
            let here = self.states.join(state, *third, there)?;
            if here != there {
                let (a, b) = (self.states.get(here), self.states.get(there));
                let other = Set(other);
                return Err(format!("{} and {other}: {a:?}\n  is not {b:?}\n", about()));
            }
            self.checks += 1;
        }
        Ok(())
    }

    fn describe(&self) -> String {
        let mut text = String::new();
        for (number, event) in self.events.iter().enumerate() {
            let op = self.states.subject.op(self.world.alphabet[event.op].0.number);
            let merged = Set(event.merged);
            let replica = self.order[event.replica];
            let _ = writeln!(text, "  {number}. replica {replica}, with {merged}: {op:?}");
        }
        text
    }
}

/// Says where a panic of the type under test happened.
impl Drop for Search<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}panics", self.describe());
        }
    }
}

/// Whether no other delta tells only what these tell: counters say totals.
fn is_closed(node: &Node, merged: Deltas, count: usize) -> bool {
    (0..count).filter(|at| merged >> at & 1 == 0).all(|at| {
        let mut seen = node.seen[merged].clone();
        seen.union(&node.seen[1 << at]);
        seen != node.seen[merged]
    })
}

/// Shows a set of deltas.
struct Set(Deltas);

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries((0..usize::BITS).filter(|at| self.0 >> at & 1 == 1)).finish()
    }
}
