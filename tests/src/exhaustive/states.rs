use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use rejoin_core::{Crdt, Decompose, Diff, Edit};

use crate::oracle::{Subject, id};

/// The state before any edit.
pub(super) const BOTTOM: u32 = 0;

/// All states met so far, each once, and what comes of two.
pub(super) struct States<S: Subject> {
    numbers: HashMap<Vec<u8>, u32>,
    states: Vec<State<S>>,
    joins: HashMap<u64, u32, BuildHasherDefault<Mix>>,
    edits: HashMap<u64, (u32, u32), BuildHasherDefault<Mix>>,
    cuts: HashMap<u64, (Vec<u32>, Vec<u32>), BuildHasherDefault<Mix>>,
    checks: u64,
}

struct State<S: Subject> {
    real: S::Real,
    digest: <S::Real as Diff>::Digest,
    value: S::Value,
}

impl<S: Subject> States<S> {
    pub(super) fn new() -> Result<Self, String> {
        let mut states = Self {
            numbers: HashMap::new(),
            states: Vec::new(),
            joins: HashMap::default(),
            edits: HashMap::default(),
            cuts: HashMap::default(),
            checks: 0,
        };
        states.number(S::Real::default())?;
        Ok(states)
    }

    pub(super) fn len(&self) -> u64 {
        self.states.len() as u64
    }

    pub(super) fn pairs(&self) -> u64 {
        self.joins.len() as u64
    }

    pub(super) fn checks(&self) -> u64 {
        self.checks
    }

    pub(super) fn get(&self, state: u32) -> &S::Real {
        &self.states[state as usize].real
    }

    pub(super) fn read(&self, state: u32) -> &S::Value {
        &self.states[state as usize].value
    }

    /// What `op` makes of a state, and its delta.
    pub(super) fn edit(
        &mut self,
        state: u32,
        replica: usize,
        number: usize,
        op: &S::Op,
    ) -> Result<(u32, u32), String> {
        let key = u64::from(state) << 32 | (replica as u64) << 16 | number as u64;
        if let Some(known) = self.edits.get(&key) {
            return Ok(*known);
        }
        let mut after = self.get(state).clone();
        let delta = after.edit(id(replica), |cursor| S::apply(cursor, op));
        let result = (self.number(after)?, self.number(delta)?);
        self.edits.insert(key, result);
        Ok(result)
    }

    /// The join of two states, however they come together; it is quicker when `guess` is right.
    pub(super) fn join(&mut self, a: u32, b: u32, guess: u32) -> Result<u32, String> {
        let key = u64::from(a) << 32 | u64::from(b);
        if let Some(known) = self.joins.get(&key) {
            return Ok(*known);
        }
        let mut merged = self.get(a).clone();
        let changed = merged.merge(self.get(b).clone());
        let joined = if merged == *self.get(guess) { guess } else { self.number(merged)? };
        let wrong = |what: &str| {
            let (a, b) = (self.get(a), self.get(b));
            Err(format!("{what}: {a:?}\n  ⊔ {b:?}\n  is {:?}\n", self.get(joined)))
        };
        if changed != (joined != a) {
            return wrong(&format!("merge says {changed}"));
        }
        match self.get(b).diff(&self.states[a as usize].digest) {
            None if joined != a => return wrong("there is no difference"),
            None => {}
            Some(difference) if joined == a => {
                return wrong(&format!("there is the difference {difference:?}"));
            }
            Some(difference) => {
                let mut merged = self.get(a).clone();
                if !merged.merge(difference) || merged != *self.get(joined) {
                    return wrong(&format!("by the difference it is {merged:?}"));
                }
            }
        }
        self.checks += 3;
        self.joins.insert(key, joined);
        Ok(joined)
    }

    /// The joins of the first parts of a state, from one part up, and of the last ones; not of all.
    pub(super) fn cuts(&mut self, state: u32) -> Result<(Vec<u32>, Vec<u32>), String> {
        if let Some(known) = self.cuts.get(&u64::from(state)) {
            return Ok(known.clone());
        }
        let mut parts = Vec::new();
        self.get(state).decompose(&mut |part| parts.push(part));
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        for at in 1..parts.len() {
            starts.push(self.number(joined(&parts[..at]))?);
            ends.push(self.number(joined(&parts[at..]))?);
        }
        self.cuts.insert(state.into(), (starts.clone(), ends.clone()));
        Ok((starts, ends))
    }

    /// The number of a state: of the equal one that was met before, or a new one.
    fn number(&mut self, real: S::Real) -> Result<u32, String> {
        let bytes = postcard::to_stdvec(&real).map_err(|error| format!("{error}: {real:?}"))?;
        if let Some(number) = self.numbers.get(&bytes) {
            self.checks += 1;
            let known = self.get(*number);
            return if real == *known {
                Ok(*number)
            } else {
                Err(format!("equal bytes of {real:?}\n  and of {known:?}\n"))
            };
        }
        let number = u32::try_from(self.states.len()).map_err(|error| error.to_string())?;
        let (digest, value) = (real.digest(), S::read(&real));
        self.states.push(State { real, digest, value });
        self.numbers.insert(bytes, number);
        Ok(number)
    }
}

fn joined<T: Crdt + Clone>(parts: &[T]) -> T {
    let mut joined = T::default();
    for part in parts {
        joined.merge(part.clone());
    }
    joined
}

/// A hash of one number, for speed.
#[derive(Clone, Copy, Debug, Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ mixed >> 32;
    }

    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0xFF51_AFD7_ED55_8CCD)
    }
}
