use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::{BuildHasherDefault, Hasher};

use crate::oracle::{Numbered, Operation, Write};

/// The state before any edit.
pub(super) const BOTTOM: u32 = 0;

/// All states met so far, each once, and what comes of two. The number of a state is that of its
/// value.
pub(super) struct States<'a> {
    pub(super) subject: &'a mut dyn Numbered,
    numbers: HashMap<Vec<u8>, u32>,
    joins: HashMap<u64, u32, BuildHasherDefault<Mix>>,
    edits: HashMap<u64, (u32, u32), BuildHasherDefault<Mix>>,
    cuts: HashMap<u64, (Vec<u32>, Vec<u32>), BuildHasherDefault<Mix>>,
    checks: u64,
}

impl<'a> States<'a> {
    pub(super) fn new(subject: &'a mut dyn Numbered) -> Result<Self, String> {
        let mut states = Self {
            subject,
            numbers: HashMap::new(),
            joins: HashMap::default(),
            edits: HashMap::default(),
            cuts: HashMap::default(),
            checks: 0,
        };
        let bottom = states.subject.bottom();
        states.number(bottom)?;
        Ok(states)
    }

    pub(super) fn len(&self) -> u64 {
        self.numbers.len() as u64
    }

    pub(super) fn pairs(&self) -> u64 {
        self.joins.len() as u64
    }

    pub(super) fn checks(&self) -> u64 {
        self.checks
    }

    pub(super) fn get(&self, state: u32) -> &dyn Debug {
        self.subject.value(state as usize)
    }

    pub(super) fn read(&self, state: u32) -> &dyn Debug {
        self.subject.as_read(state as usize)
    }

    /// What a state should read where `live` is, if it reads anything else.
    pub(super) fn should_read(&mut self, state: u32, live: &[Write]) -> Option<String> {
        self.subject.should_read(state as usize, live)
    }

    pub(super) fn reads_as(&self, state: u32, other: u32) -> bool {
        self.subject.reads_as(state as usize, other as usize)
    }

    /// What `op` makes of a state, and its delta.
    pub(super) fn edit(
        &mut self,
        state: u32,
        replica: usize,
        op: &Operation,
    ) -> Result<(u32, u32), String> {
        let key = u64::from(state) << 32 | (replica as u64) << 16 | op.number as u64;
        if let Some(known) = self.edits.get(&key) {
            return Ok(*known);
        }
        let after = self.subject.copy(state as usize);
        let delta = self.subject.edit(after, replica, &[op.number]);
        let result = (self.number(after)?, self.number(delta)?);
        self.forget(after, result.0.max(result.1));
        self.edits.insert(key, result);
        Ok(result)
    }

    /// The join of two states, however they come together; it is quicker when `guess` is right.
    pub(super) fn join(&mut self, a: u32, b: u32, guess: u32) -> Result<u32, String> {
        let key = u64::from(a) << 32 | u64::from(b);
        if let Some(known) = self.joins.get(&key) {
            return Ok(*known);
        }
        let merged = self.subject.copy(a as usize);
        let changed = self.subject.merge(merged, b as usize);
        let is_guessed = self.subject.is_equal(merged, guess as usize);
        let joined = if is_guessed { guess } else { self.number(merged)? };
        self.forget(merged, joined);
        if changed != (joined != a) {
            return self.wrong(a, b, joined, &format!("merge says {changed}"));
        }
        match self.subject.diff(b as usize, a as usize) {
            None if joined != a => return self.wrong(a, b, joined, "there is no difference"),
            None => {}
            Some(difference) if joined == a => {
                let difference = self.subject.value(difference);
                let what = format!("there is the difference {difference:?}");
                return self.wrong(a, b, joined, &what);
            }
            Some(difference) => {
                let merged = self.subject.copy(a as usize);
                let changed = self.subject.absorb(merged, difference);
                if !changed || !self.subject.is_equal(merged, joined as usize) {
                    let merged = self.subject.value(merged);
                    let what = format!("by the difference it is {merged:?}");
                    return self.wrong(a, b, joined, &what);
                }
                self.forget(difference, joined);
            }
        }
        self.checks += 3;
        self.joins.insert(key, joined);
        Ok(joined)
    }

    fn wrong(&self, a: u32, b: u32, joined: u32, what: &str) -> Result<u32, String> {
        let (a, b, joined) = (self.get(a), self.get(b), self.get(joined));
        Err(format!("{what}: {a:?}\n  ⊔ {b:?}\n  is {joined:?}\n"))
    }

    /// The joins of the first parts of a state, from one part up, and of the last ones; not of all.
    pub(super) fn cuts(&mut self, state: u32) -> Result<(Vec<u32>, Vec<u32>), String> {
        if let Some(known) = self.cuts.get(&u64::from(state)) {
            return Ok(known.clone());
        }
        let parts: Vec<usize> = self.subject.parts(state as usize).collect();
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        for at in 1..parts.len() {
            starts.push(self.joined(&parts[..at])?);
            ends.push(self.joined(&parts[at..])?);
        }
        self.cuts.insert(state.into(), (starts.clone(), ends.clone()));
        Ok((starts, ends))
    }

    fn joined(&mut self, parts: &[usize]) -> Result<u32, String> {
        let joined = self.subject.bottom();
        for part in parts {
            self.subject.merge(joined, *part);
        }
        let number = self.number(joined)?;
        self.forget(joined, number);
        Ok(number)
    }

    /// The number of a state: of the equal one that was met before, or a new one.
    fn number(&mut self, at: usize) -> Result<u32, String> {
        let bytes = self.subject.encode(at);
        let bytes = bytes.map_err(|error| format!("{error}: {:?}", self.subject.value(at)))?;
        if let Some(number) = self.numbers.get(&bytes) {
            self.checks += 1;
            let known = *number as usize;
            if self.subject.is_equal(at, known) {
                return Ok(*number);
            }
            let (real, known) = (self.subject.value(at), self.subject.value(known));
            return Err(format!("equal bytes of {real:?}\n  and of {known:?}\n"));
        }
        let number = u32::try_from(at).map_err(|error| error.to_string())?;
        self.subject.digest(at);
        self.subject.read(at);
        self.numbers.insert(bytes, number);
        Ok(number)
    }

    /// Forgets values from `first` on, which are not states after `last`.
    fn forget(&mut self, first: usize, last: u32) {
        self.subject.keep(usize::MAX, usize::MAX, first.max(last as usize + 1));
    }
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
