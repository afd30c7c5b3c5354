//! The side that answers.

use crate::bloom::{Bloom, MAX_HASHES};
use crate::buckets::DEPTH;
use crate::config::HARD_CAP;
use crate::message::{Body, Header, is_newer};
use crate::plan::Plan;
use crate::side::{Side, prefix, prefix_width, salt};
use crate::sketch;
use crate::{Config, Ids, InvalidMessage};

/// The side of a session that answers; one for each peer.
///
/// It keeps its last answer and sends it again if it is asked again, so lost and repeated messages
/// do no harm. A message of a session that it does not know, such as after a restart, makes the
/// peer begin anew. [`found`](Self::found) grows with each message.
///
/// Room is for what was found, for one message, and for as much as the summary takes; if more than
/// 20 000 ids differ or some collide, also for about as much as the ids of the set take, until the
/// next session begins. A message of b bytes takes O(b · log n) time, 1.5 µs a byte at worst, and
/// O(n) more in those cases.
#[derive(Clone, Debug, Default)]
pub struct Responder {
    config: Config,
    session: Option<Header>,
    reply: Vec<u8>,
    side: Side,
    /// The initiator's ids, and the partition that it sketched.
    asked: Option<(u64, u32)>,
    failed: Vec<Failed>,
}

/// A group that could not be decoded.
#[derive(Clone, Debug)]
struct Failed {
    group: usize,
    /// The sum of both sides' syndromes.
    syndromes: Vec<u32>,
}

impl Responder {
    /// A side that knows no session yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, ..Self::default() }
    }

    /// Answers a message of an [`Initiator`](crate::Initiator).
    ///
    /// # Errors
    ///
    /// A message that no initiator sends is refused, and changes nothing.
    pub fn handle<S: Ids + ?Sized>(
        &mut self,
        set: &S,
        message: &[u8],
    ) -> Result<Vec<u8>, InvalidMessage> {
        let (header, body) = Body::decode(message)?;
        if self.session == Some(header) {
            return Ok(self.reply.clone());
        }
        let next = self.session.map(|last| Header { step: last.step.wrapping_add(1), ..last });
        // An old greeting may be under way for long.
        let is_newer = self.session.is_none_or(|last| is_newer(header.session, last.session));
        let begins =
            is_newer && header.step == 0 && matches!(body, Body::Hello { salted: false, .. });
        if next == Some(header) {
            // As expected.
        } else if begins {
            *self = Self::new(self.config.clone());
        } else {
            return Ok(self.refuse().encode(header));
        }
        let answer = self.answer(set, header, body)?;
        self.session = Some(header);
        self.reply = answer.encode(header);
        Ok(self.reply.clone())
    }

    /// The ids that the initiator lacks, as far as they are known, in ascending order.
    pub fn found(&self) -> impl Iterator<Item = u64> {
        self.side.found().iter().copied()
    }

    fn answer<S: Ids + ?Sized>(
        &mut self,
        set: &S,
        header: Header,
        body: Body,
    ) -> Result<Body, InvalidMessage> {
        match body {
            Body::Hello { salted, fingerprint, parity } => {
                (self.asked, self.failed) = (None, Vec::new());
                self.side.begin(set, salted.then(|| salt(header.session, header.step)));
                Ok(self.greet(set, fingerprint, parity))
            }
            Body::Ask => Ok(self.estimate(set)),
            Body::Sketch { len, level, depth, first, syndromes } => {
                (self.asked, self.failed) = (Some((len, level)), Vec::new());
                if level > Plan::level_limit(self.side.summary(set).len()) {
                    return Ok(self.refuse());
                }
                let here = self.side.syndromes(set, level);
                let differences = syndromes
                    .chunks(depth)
                    .zip(first..)
                    .map(|(there, group)| Failed { group, syndromes: sums(there, here.of(group)) });
                Ok(self.decode(set, len, level, differences.collect()))
            }
            Body::More { depth, syndromes } => {
                let (len, level) = self.asked.ok_or(InvalidMessage)?;
                let known = self.failed.first().map_or(DEPTH, |failed| failed.syndromes.len());
                if depth <= known || syndromes.len() != (depth - known) * self.failed.len() {
                    return Err(InvalidMessage);
                }
                let here = self.side.syndromes(set, level);
                let mut failed = core::mem::take(&mut self.failed);
                for (failed, there) in failed.iter_mut().zip(syndromes.chunks(depth - known)) {
                    failed.syndromes.extend(sums(there, &here.of(failed.group)[known..]));
                }
                Ok(self.decode(set, len, level, failed))
            }
            Body::Split { syndromes } => {
                let (len, level) = self.asked.ok_or(InvalidMessage)?;
                let complete = self.failed.iter().all(|failed| failed.syndromes.len() == DEPTH);
                if syndromes.len() != DEPTH * self.failed.len() || syndromes.is_empty() || !complete
                {
                    return Err(InvalidMessage);
                }
                let level = level + 1;
                if level > Plan::level_limit(self.side.summary(set).len()) {
                    return Ok(self.refuse());
                }
                self.asked = Some((len, level));
                let here = self.side.syndromes(set, level);
                let mut halves = Vec::with_capacity(2 * self.failed.len());
                for (whole, there) in
                    core::mem::take(&mut self.failed).into_iter().zip(syndromes.chunks(DEPTH))
                {
                    let first = sums(there, here.of(2 * whole.group));
                    let second = sums(&first, &whole.syndromes);
                    halves.push(Failed { group: 2 * whole.group, syndromes: first });
                    halves.push(Failed { group: 2 * whole.group + 1, syndromes: second });
                }
                Ok(self.decode(set, len, level, halves))
            }
            Body::Filter { from, to, wanted, bloom } => {
                Ok(self.filter(set, from, to, wanted, bloom))
            }
            _ => Err(InvalidMessage),
        }
    }

    fn refuse(&self) -> Body {
        Body::Restart { session: self.session.map_or(0, |last| last.session) }
    }

    fn greet<S: Ids + ?Sized>(&mut self, set: &S, fingerprint: u64, parity: u8) -> Body {
        let (here, len) = (self.side.rest(set), self.side.summary(set).len() as u8);
        let difference = here ^ fingerprint;
        if difference == 0 && len == parity {
            Body::Equal
        } else if self.side.take_one(set, difference) {
            Body::One
        } else if parity == len.wrapping_add(1) {
            Body::Near { fingerprint: here }
        } else {
            self.estimate(set)
        }
    }

    fn estimate<S: Ids + ?Sized>(&self, set: &S) -> Body {
        let summary = self.side.summary(set);
        let (fingerprint, len) = (summary.fingerprint(), summary.len());
        Body::Estimate { fingerprint, len, tug: Box::new(summary.tug().clone()) }
    }

    /// Decodes groups: finds what is here, wants what is not, and keeps what failed.
    fn decode<S: Ids + ?Sized>(
        &mut self,
        set: &S,
        len: u64,
        level: u32,
        groups: Vec<Failed>,
    ) -> Body {
        let mut wanted = Vec::new();
        for group in groups {
            let depth = group.syndromes.len();
            // Short sketches hold wrong elements too often if they are full.
            match sketch::decode(&group.syndromes).filter(|e| e.len() < depth || depth >= 8) {
                Some(elements) => {
                    for element in elements {
                        let all = prefix(element, group.group, level, 32 + level);
                        match *self.side.matching(set, all, 32 + level, level) {
                            [] => wanted.push((element, group.group)),
                            [id] => self.side.take(id),
                            // Not to be told apart under this salt.
                            [..] => {}
                        }
                    }
                }
                None => self.failed.push(group),
            }
        }
        let mut width = prefix_width(len, wanted.len(), level);
        let wanted = loop {
            let mut short = Vec::from_iter(
                wanted.iter().map(|&(element, group)| prefix(element, group, level, width)),
            );
            short.sort_unstable();
            if width == 32 + level {
                short.dedup();
            }
            if short.windows(2).all(|pair| pair[0] != pair[1]) {
                break short;
            }
            width += 1;
        };
        let failed = self.failed.iter().map(|failed| failed.group as u64).collect();
        Body::Found { rest: self.side.rest(set), width, wanted, failed, level }
    }

    /// Finds what is not in the filter, and filters the rest.
    fn filter<S: Ids + ?Sized>(
        &mut self,
        set: &S,
        from: u64,
        to: u64,
        hashes: u32,
        bloom: Option<Bloom>,
    ) -> Body {
        let Some(bloom) = bloom else {
            let (ids, _) = self.side.slice(set, from..=to, usize::MAX);
            let dropped = ids.len() as u64;
            ids.into_iter().for_each(|id| self.side.take(id));
            return Body::Filtered { to, kept: 0, dropped, bloom: None };
        };
        let hashes = hashes.clamp(1, MAX_HASHES);
        let most = Bloom::ids_in(self.config.cap.min(HARD_CAP) - 64, hashes);
        let (ids, to) = self.side.slice(set, from..=to, most);
        let (kept, dropped): (Vec<u64>, Vec<u64>) =
            ids.into_iter().partition(|&id| bloom.contains(id));
        let mut answer = Bloom::new(kept.len(), hashes);
        kept.iter().for_each(|&id| answer.insert(id));
        let (kept, count) = (kept.len() as u64, dropped.len() as u64);
        dropped.into_iter().for_each(|id| self.side.take(id));
        Body::Filtered { to, kept, dropped: count, bloom: Some(answer) }
    }
}

fn sums(here: &[u32], there: &[u32]) -> Vec<u32> {
    here.iter().zip(there).map(|(a, b)| a ^ b).collect()
}
