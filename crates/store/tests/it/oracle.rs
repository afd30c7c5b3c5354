//! The value that replicas have to agree on, computed from their edits instead of their messages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::hash::Hash;
use std::time::Duration;

use rejoin_core::{Causal, Dot, DotStore};
use rejoin_store::sim::{Faults, Network};
use rejoin_store::{Config, Replicated, Storage};

/// What a run needs to know of a type.
pub(crate) trait Subject: DotStore + Clone + PartialEq + Debug + 'static {
    /// Edits at random; whatever it writes is `unique`, so that reading shows which writes are live.
    fn scribble(cursor: &mut Self::Cursor<'_>, rng: &mut fastrand::Rng, unique: u64);

    /// What can be read.
    fn read(&self) -> BTreeSet<u64>;
}

/// What one edit did, as seen where it was made.
#[derive(Debug)]
struct Effect {
    wrote: BTreeMap<Dot, BTreeSet<u64>>,
    took: BTreeSet<Dot>,
}

/// One run: random edits and faults from `seed`, then quiet, and then the judgement.
pub(crate) struct Run<T: Subject, D: Storage>
where
    Causal<T>: Replicated,
{
    pub(crate) network: Network<Causal<T>, D>,
    rng: fastrand::Rng,
    unique: u64,
    /// What each replica has edited, in order, without what it has lost in crashes.
    edits: Vec<Vec<Effect>>,
    pub(crate) crashes: u64,
    pub(crate) lost_edits: usize,
}

impl<T: Subject, D: Storage> Run<T, D>
where
    Causal<T>: Replicated,
{
    pub(crate) fn new(
        seed: u64,
        faults: Faults,
        config: Config,
        mut storage: impl FnMut(u128) -> D,
    ) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed ^ 0x0c1e);
        let replicas = rng.usize(2..=5);
        let mut network = Network::empty(seed, faults, config);
        for number in 1..=replicas as u128 {
            network.join(storage(number)).unwrap();
        }
        let edits = (0..replicas).map(|_| Vec::new()).collect();
        Self { network, rng, unique: 0, edits, crashes: 0, lost_edits: 0 }
    }

    /// Edits, waits, cuts, heals, crashes and restarts at random, this many times.
    pub(crate) fn stir(&mut self, actions: usize) {
        for _ in 0..actions {
            let index = self.rng.usize(0..self.network.len());
            match self.rng.u8(0..100) {
                0..50 if self.network.is_up(index) => self.edit(index),
                0..50 => {}
                50..75 => {
                    let wait = Duration::from_millis(self.rng.u64(0..400));
                    self.network.run_for(wait);
                }
                75..82 => {
                    self.network.commit(index);
                }
                82..88 => self.crash(index),
                88..94 => self.network.restart(index).unwrap(),
                94..97 => {
                    let cut = self.rng.usize(0..self.network.len());
                    let part: Vec<usize> = (0..cut).collect();
                    self.network.partition(&[&part]);
                }
                _ => self.network.heal(),
            }
        }
    }

    pub(crate) fn edit(&mut self, index: usize) {
        let before = live(self.network.state(index));
        self.unique += 1;
        let (unique, rng) = (self.unique, &mut self.rng);
        self.network.edit(index, |cursor| T::scribble(cursor, rng, unique));
        let after = live(self.network.state(index));
        let is_in = |map: &BTreeMap<Dot, _>, dot: &Dot| map.contains_key(dot);
        self.edits[index].push(Effect {
            wrote: after.iter().filter(|(dot, _)| !is_in(&before, dot)).map(own).collect(),
            took: before.keys().filter(|dot| !is_in(&after, dot)).copied().collect(),
        });
    }

    pub(crate) fn crash(&mut self, index: usize) {
        let lost = self.network.unsaved(index);
        let kept = self.edits[index].len() - lost;
        self.edits[index].truncate(kept);
        self.lost_edits += lost;
        self.crashes += u64::from(self.network.is_up(index));
        self.network.crash(index);
    }

    /// Restarts and heals everything, waits until it is quiet, and compares.
    pub(crate) fn judge(&mut self) -> Result<(), String> {
        self.network.heal();
        for index in 0..self.network.len() {
            self.network.restart(index).map_err(|error| error.to_string())?;
        }
        let quiet = self.network.run_until_quiet(Duration::from_secs(600));
        quiet.map_err(|error| error.to_string())?;
        let expected = self.expected()?;
        for (index, state) in self.network.states().enumerate() {
            let found = live(state);
            if found != expected {
                return Err(format!("replica {index} has {found:?}, expected {expected:?}"));
            }
            let readable: BTreeSet<u64> = expected.values().flatten().copied().collect();
            if state.read() != readable {
                return Err(format!("replica {index} reads {:?}, not {readable:?}", state.read()));
            }
        }
        Ok(())
    }

    /// Every acknowledged write that no acknowledged edit took away.
    fn expected(&self) -> Result<BTreeMap<Dot, BTreeSet<u64>>, String> {
        let mut expected = BTreeMap::new();
        for (dot, reading) in self.edits.iter().flatten().flat_map(|effect| effect.wrote.iter()) {
            if expected.insert(*dot, reading.clone()).is_some() {
                return Err(format!("dot {dot} was used for two acknowledged edits"));
            }
        }
        for dot in self.edits.iter().flatten().flat_map(|effect| effect.took.iter()) {
            expected.remove(dot);
        }
        Ok(expected)
    }
}

/// The live dots, each with what can be read of the piece under it.
fn live<T: Subject>(value: &Causal<T>) -> BTreeMap<Dot, BTreeSet<u64>> {
    let mut live = BTreeMap::new();
    value.pieces(&mut |dot, piece: T| {
        live.insert(dot, piece.read());
    });
    live
}

fn own<K: Copy, V: Clone>((key, value): (&K, &V)) -> (K, V) {
    (*key, value.clone())
}

/// One of a non-empty collection's members.
pub(crate) fn pick<E: Copy + Hash>(
    rng: &mut fastrand::Rng,
    all: impl Iterator<Item = E>,
) -> Option<E> {
    let all: Vec<E> = all.collect();
    (!all.is_empty()).then(|| all[rng.usize(0..all.len())])
}
