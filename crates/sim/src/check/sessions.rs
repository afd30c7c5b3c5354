use core::fmt;
use std::collections::{BTreeMap, HashMap, VecDeque};

use rejoin_core::{CausalContext, Dot};

use super::linearizable::all_dots;
use super::operation::{Action, Operation};

/// A promise to sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Guarantee {
    /// A read sees what its session has written before.
    ReadYourWrites,
    /// A read sees what earlier reads of its session have seen.
    MonotonicReads,
    /// Who sees a write sees those that its session had written before.
    MonotonicWrites,
    /// Who sees a write sees what its session had read before.
    WritesFollowReads,
    /// Who sees a write sees all that it depends on, through any number of sessions and keys. It is
    /// told where the other four, between two operations each, have nothing to tell.
    CausalVisibility,
}

/// A read that has not seen what it should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionViolation {
    /// What was broken.
    pub guarantee: Guarantee,
    /// The read, by its place in the history.
    pub read: usize,
    /// A write that it has not seen.
    pub missing: Dot,
    /// Why it should have: an earlier operation of the session, or a write that it has seen.
    pub because: usize,
}

impl fmt::Display for SessionViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { guarantee, read, missing, because } = self;
        let name = match guarantee {
            Guarantee::ReadYourWrites => "read your writes",
            Guarantee::MonotonicReads => "monotonic reads",
            Guarantee::MonotonicWrites => "monotonic writes",
            Guarantee::WritesFollowReads => "writes follow reads",
            Guarantee::CausalVisibility => "causal visibility",
        };
        write!(f, "{name}: read {read} has not seen {missing:?}, in spite of operation {because}")
    }
}

/// Finds the reads that break a session guarantee, or causal visibility: for each read and
/// guarantee at most one write that is missing.
///
/// Times are compared within a session only. Writes that never returned are not asked for. Reads of
/// one key are asked only for writes to that key, and those of everything for all.
///
/// Computes in O(n) operations on contexts for n operations and newly seen dots.
#[must_use]
pub fn sessions<K: Ord>(history: &[Operation<K>]) -> Vec<SessionViolation> {
    let mut checker = Checker::new(history);
    checker.run();
    checker.violations.sort_by_key(|violation| (violation.read, violation.guarantee));
    checker.violations
}

/// What a session has done so far.
#[derive(Clone, Default)]
struct Past {
    read: CausalContext,
    written: CausalContext,
    /// All that is before its next operation, through other sessions too.
    all: CausalContext,
    operations: Vec<usize>,
}

struct Checker<'a, K> {
    history: &'a [Operation<K>],
    /// The operations of each session that are still to be looked at.
    rest: BTreeMap<u64, VecDeque<usize>>,
    pasts: BTreeMap<u64, Past>,
    /// For each write that was looked at, what its session had done before.
    before: HashMap<usize, Past>,
    /// Whether some of that has become more than it was.
    grown: bool,
    write_of: HashMap<Dot, usize>,
    dots_of: BTreeMap<&'a K, CausalContext>,
    /// What each session has seen of each key, to look at each dot once.
    looked_at: BTreeMap<(u64, Option<&'a K>), CausalContext>,
    violations: Vec<SessionViolation>,
}

impl<'a, K: Ord> Checker<'a, K> {
    fn new(history: &'a [Operation<K>]) -> Self {
        let (mut write_of, mut dots_of) = (HashMap::new(), BTreeMap::new());
        for (index, operation) in history.iter().enumerate() {
            if let Action::Write { key, dots } = &operation.action {
                write_of.extend(all_dots(dots).map(|dot| (dot, index)));
                dots_of.entry(key).or_insert_with(CausalContext::new).join(dots);
            }
        }
        Self {
            history,
            rest: BTreeMap::new(),
            pasts: BTreeMap::new(),
            before: HashMap::new(),
            grown: false,
            write_of,
            dots_of,
            looked_at: BTreeMap::new(),
            violations: Vec::new(),
        }
    }

    /// Looks at each operation after those that it has seen.
    ///
    /// In a history that goes round in a circle there is no such order. Then it is gone through
    /// again, until nothing more is found out about what is before what.
    fn run(&mut self) {
        while self.pass() && core::mem::take(&mut self.grown) {}
    }

    /// Goes through the history once, and says whether it goes round in a circle.
    fn pass(&mut self) -> bool {
        let mut order: Vec<usize> = (0..self.history.len()).collect();
        order.sort_by_key(|index| self.history[*index].invoked);
        for index in order {
            self.rest.entry(self.history[index].session).or_default().push_back(index);
        }
        self.pasts.clear();
        self.looked_at.clear();
        self.violations.clear();
        let sessions: Vec<u64> = self.rest.keys().copied().collect();
        let mut circle = false;
        loop {
            let (mut moved, mut stuck) = (false, None);
            for session in &sessions {
                while let Some(index) = self.rest.get(session).and_then(|rest| rest.front()) {
                    if self.has_unknown(*index) {
                        stuck = Some(*session);
                        break;
                    }
                    self.look_at_next(*session);
                    moved = true;
                }
            }
            match stuck {
                None => return circle,
                Some(session) if !moved => {
                    self.look_at_next(session);
                    circle = true;
                }
                Some(_) => {}
            }
        }
    }

    /// Whether this operation has seen a write that has not been looked at.
    fn has_unknown(&self, index: usize) -> bool {
        let operation = &self.history[index];
        let Action::Read { key, seen } = &operation.action else { return false };
        let seen = self.seen_of(key.as_ref(), seen);
        let known = self.looked_at.get(&(operation.session, key.as_ref()));
        let news = known.map_or_else(|| seen.clone(), |known| seen.difference(known));
        let mut writes = all_dots(&news).filter_map(|dot| self.write_of.get(&dot));
        writes.any(|write| !self.before.contains_key(write))
    }

    fn look_at_next(&mut self, session: u64) {
        let Some(index) = self.rest.get_mut(&session).and_then(VecDeque::pop_front) else { return };
        let operation = &self.history[index];
        let mut past = self.pasts.remove(&session).unwrap_or_default();
        match &operation.action {
            Action::Write { dots, .. } => {
                let known = self.before.insert(index, past.clone());
                self.grown |= known.is_none_or(|known| known.all != past.all);
                if operation.returned.is_some() {
                    past.written.join(dots);
                    past.all.join(dots);
                }
            }
            Action::Read { .. } if operation.returned.is_none() => {}
            Action::Read { key, seen } => {
                let seen = self.seen_of(key.as_ref(), seen);
                let seen_before = self.looked_at.entry((session, key.as_ref())).or_default();
                let news = seen.difference(seen_before);
                seen_before.join(&seen);
                self.check_read(index, (key.as_ref(), &seen), &news, &past);
                for write in all_dots(&news).filter_map(|dot| self.write_of.get(&dot)) {
                    if let Some(before) = self.before.get(write) {
                        past.all.join(&before.all);
                    }
                }
                past.read.join(&seen);
                past.all.join(&seen);
            }
        }
        past.operations.push(index);
        self.pasts.insert(session, past);
    }

    fn check_read(
        &mut self,
        read: usize,
        (key, seen): (Option<&K>, &CausalContext),
        news: &CausalContext,
        past: &Past,
    ) {
        let missing = |wanted: &CausalContext| self.missing(wanted, key, seen);
        let mut found: BTreeMap<Guarantee, (Dot, usize)> = BTreeMap::new();
        for (guarantee, wanted) in
            [(Guarantee::ReadYourWrites, &past.written), (Guarantee::MonotonicReads, &past.read)]
        {
            if let Some(dot) = missing(wanted) {
                let because = past.operations.iter().find(|index| self.tells_of(**index, dot));
                found.insert(guarantee, (dot, because.copied().unwrap_or(read)));
            }
        }
        let writes = || all_dots(news).filter_map(|dot| self.write_of.get(&dot));
        for write in writes() {
            let Some(before) = self.before.get(write) else { continue };
            for (guarantee, wanted) in [
                (Guarantee::MonotonicWrites, &before.written),
                (Guarantee::WritesFollowReads, &before.read),
            ] {
                if let Some(dot) = missing(wanted) {
                    found.entry(guarantee).or_insert((dot, *write));
                }
            }
        }
        if found.is_empty() {
            let own = past.operations.last().map(|last| (&past.all, *last));
            let of_writes = writes().filter_map(|w| Some((&self.before.get(w)?.all, *w)));
            let broken = own
                .into_iter()
                .chain(of_writes)
                .find_map(|(wanted, because)| Some((missing(wanted)?, because)));
            found.extend(broken.map(|broken| (Guarantee::CausalVisibility, broken)));
        }
        let found = found.into_iter();
        self.violations.extend(found.map(|(guarantee, (missing, because))| SessionViolation {
            guarantee,
            read,
            missing,
            because,
        }));
    }

    /// What a read of this key has seen of it, whatever else its context holds.
    fn seen_of(&self, key: Option<&K>, seen: &CausalContext) -> CausalContext {
        match key {
            Some(key) => self
                .dots_of
                .get(key)
                .map_or_else(CausalContext::new, |dots| dots.intersection(seen)),
            None => seen.clone(),
        }
    }

    /// A dot that is wanted, was written to this key, and was not seen.
    fn missing(
        &self,
        wanted: &CausalContext,
        key: Option<&K>,
        seen: &CausalContext,
    ) -> Option<Dot> {
        let unseen = wanted.difference(seen);
        if unseen.is_empty() {
            return None;
        }
        match key {
            Some(key) => all_dots(&unseen.intersection(self.dots_of.get(key)?)).next(),
            None => all_dots(&unseen).next(),
        }
    }

    /// Whether this operation has written or read the dot.
    fn tells_of(&self, index: usize, dot: Dot) -> bool {
        match &self.history[index].action {
            Action::Write { dots, .. } => dots.contains(dot),
            Action::Read { seen, .. } => seen.contains(dot),
        }
    }
}
