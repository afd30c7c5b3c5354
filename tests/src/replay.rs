//! Replays a history of concurrent edits on a Rejoin map.
//!
//! A version-control history is what replicas do: people edit a map *path → content* apart from
//! each other, and join again. Every commit becomes the state of a replica: the join of its
//! parents' states, plus its own edits. At a merge commit the join is compared with the tree that
//! the people arrived at, and then corrected to it.

mod git;
mod trace;

use std::collections::{BTreeMap, BinaryHeap, HashMap};

use rejoin_core::{Causal, Crdt, Diff, Edit, ReplicaId};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;

pub use self::git::read_git;
pub use self::trace::{Change, Commit, History, ReadError, read_trace};

/// What is replicated: every path has a multi-value register of its content.
pub type Tree = Causal<OrMap<String, MvRegister<u64>>>;

/// How a commit's state takes in the work of its second and further parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The parents' whole states are merged.
    States,
    /// The deltas that the first parent lacks are merged one by one, in the order of the history.
    Deltas,
    /// The other parent's difference against the first parent's digest is merged.
    Diffs,
}

impl Exchange {
    /// All three: they must lead to the same states.
    pub const ALL: [Self; 3] = [Self::States, Self::Deltas, Self::Diffs];
}

/// What a replay found at the merge commits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Merge commits.
    pub merges: usize,
    /// … where the join has exactly the people's paths.
    pub same_paths: usize,
    /// … and also the people's content at every path, without siblings.
    pub same_content: usize,
    /// … where the join has siblings.
    pub with_siblings: usize,
}

/// The outcome of a replay.
#[derive(Debug)]
pub struct Outcome {
    /// What was found at the merge commits.
    pub figures: Figures,
    /// The state of the last commit.
    pub last: Tree,
    /// A hash over the states of all commits, to compare replays by.
    pub hash: u64,
}

/// Replays `history`. Calls `progress` with the number of commits done, after each.
pub fn replay(history: &History, exchange: Exchange, mut progress: impl FnMut(usize)) -> Outcome {
    let mut replay = Replay::new(history, exchange);
    let mut outcome = Outcome { figures: Figures::default(), last: Tree::default(), hash: 0 };
    for commit in 0..history.commits.len() {
        let state = replay.commit(commit, &mut outcome.figures);
        outcome.hash = hash_of(&(outcome.hash, state));
        if commit + 1 == history.commits.len() {
            outcome.last = state.clone();
        }
        replay.forget_parents(commit);
        progress(commit + 1);
    }
    outcome
}

fn hash_of(value: &impl std::hash::Hash) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The tree that the people had at a commit.
type Files = BTreeMap<String, u64>;

struct Replay<'a> {
    history: &'a History,
    exchange: Exchange,
    /// States and trees of the commits that still have children to come.
    live: HashMap<usize, (Tree, Files)>,
    /// Every commit's own edits.
    deltas: Vec<Tree>,
    /// Children to come.
    awaited: Vec<usize>,
    /// Who wrote the commit: a line of first parents has one id, and a fork in it a new one,
    /// because two commits that do not see each other must not write under the same id.
    writers: Vec<ReplicaId>,
    continued: Vec<bool>,
}

impl<'a> Replay<'a> {
    fn new(history: &'a History, exchange: Exchange) -> Self {
        let mut awaited = vec![0; history.commits.len()];
        for parent in history.commits.iter().flat_map(|commit| &commit.parents) {
            awaited[*parent] += 1;
        }
        Self {
            history,
            exchange,
            live: HashMap::new(),
            deltas: Vec::new(),
            awaited,
            writers: Vec::new(),
            continued: vec![false; history.commits.len()],
        }
    }

    /// Makes the state of a commit whose parents are there.
    fn commit(&mut self, at: usize, figures: &mut Figures) -> &Tree {
        let Commit { parents, changes } = &self.history.commits[at];
        let (mut state, mut files) = match parents.first() {
            Some(first) => self.live[first].clone(),
            None => Default::default(),
        };
        for (known, parent) in parents.iter().enumerate().skip(1) {
            self.take_in(&mut state, &parents[..known], *parent);
        }
        for (path, change) in changes {
            match change {
                Change::Write(content) => files.insert(path.clone(), *content),
                Change::Delete => files.remove(path),
            };
        }
        if parents.len() > 1 {
            compare(&state, &files, figures);
        }
        let writer = self.writer(at, parents.first().copied());
        let delta = match parents.len() {
            0 | 1 => apply(&mut state, writer, changes),
            _ => correct(&mut state, writer, &files),
        };
        self.deltas.push(delta);
        self.writers.push(writer);
        &self.live.entry(at).insert_entry((state, files)).into_mut().0
    }

    /// Merges the work of `parent` into `state`, which has that of the commits `known`.
    fn take_in(&self, state: &mut Tree, known: &[usize], parent: usize) {
        let theirs = &self.live[&parent].0;
        match self.exchange {
            Exchange::States => {
                state.merge(theirs.clone());
            }
            Exchange::Deltas => {
                for commit in self.only_in(parent, known) {
                    state.merge(self.deltas[commit].clone());
                }
            }
            Exchange::Diffs => {
                if let Some(diff) = theirs.diff(&state.digest()) {
                    state.merge(diff);
                }
            }
        }
    }

    /// The ancestors of `parent`, itself included, that are none of `known`: in the order of the
    /// history. Walks back from both until only common ancestors are left.
    fn only_in(&self, parent: usize, known: &[usize]) -> Vec<usize> {
        let mut heap: BinaryHeap<(usize, bool)> = known.iter().map(|at| (*at, true)).collect();
        heap.push((parent, false));
        let mut new_left = 1;
        let mut found = Vec::new();
        while new_left > 0
            && let Some((at, mut is_known)) = heap.pop()
        {
            new_left -= usize::from(!is_known);
            while let Some((next, next_known)) = heap.peek().copied()
                && next == at
            {
                heap.pop();
                new_left -= usize::from(!next_known);
                is_known |= next_known;
            }
            if !is_known {
                found.push(at);
            }
            for before in &self.history.commits[at].parents {
                heap.push((*before, is_known));
                new_left += usize::from(!is_known);
            }
        }
        found.reverse();
        found
    }

    fn writer(&mut self, at: usize, first: Option<usize>) -> ReplicaId {
        match first {
            Some(first) if !std::mem::replace(&mut self.continued[first], true) => {
                self.writers[first]
            }
            _ => ReplicaId::from_u128(at as u128 + 1),
        }
    }

    fn forget_parents(&mut self, at: usize) {
        for parent in &self.history.commits[at].parents {
            self.awaited[*parent] -= 1;
            if self.awaited[*parent] == 0 {
                self.live.remove(parent);
            }
        }
    }
}

fn compare(state: &Tree, files: &Files, figures: &mut Figures) {
    let same_paths =
        state.len() == files.len() && files.keys().all(|path| state.contains_key(path));
    let same_content = same_paths
        && files.iter().all(|(path, content)| {
            state.get(path).is_some_and(|register| register.get() == Some(content))
        });
    let with_siblings = state.values().any(|register| register.values().nth(1).is_some());
    figures.merges += 1;
    figures.same_paths += usize::from(same_paths);
    figures.same_content += usize::from(same_content);
    figures.with_siblings += usize::from(with_siblings);
}

fn apply(state: &mut Tree, writer: ReplicaId, changes: &[(String, Change)]) -> Tree {
    state.edit(writer, |tree| {
        for (path, change) in changes {
            match change {
                Change::Write(content) => tree.entry(path.as_str()).set(*content),
                Change::Delete => {
                    tree.remove(path);
                }
            }
        }
    })
}

/// Makes `state` what the people made of it.
fn correct(state: &mut Tree, writer: ReplicaId, files: &Files) -> Tree {
    state.edit(writer, |tree| {
        tree.retain(|path, _| files.contains_key(path));
        for (path, content) in files {
            if tree.get(path).and_then(MvRegister::get) != Some(content) {
                tree.entry(path.as_str()).set(*content);
            }
        }
    })
}
