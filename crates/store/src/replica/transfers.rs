//! Differences that come in pieces, of which the last one has not come.

use std::collections::BTreeMap;

use bytes::Bytes;
use rejoin_content::Encoding;
use rejoin_core::ReplicaId;
use rejoin_fragments::{Assembler, Question};

use super::HandleError;
use super::inner::Erased;
use crate::message::Known;
use crate::record::Step;

impl Erased<'_> {
    /// Whether pieces are kept out of the value until all have come.
    fn keeps_pieces(&self) -> bool {
        self.delivery.is_some() || !self.content.hides_parts()
    }

    /// What a peer need not send.
    pub(super) fn known(&mut self, to: ReplicaId) -> Known {
        if !self.keeps_pieces() {
            let (digest, question) = (self.content.digest().into(), Question::default());
            return Known { digest, question, has_pieces: false };
        }
        let question = self.transfers.ask(to, self.rng.u64(1..));
        let mut pieces = self.transfers.messages(&to).peekable();
        let has_pieces = pieces.peek().is_some();
        let digest = if has_pieces {
            self.content.digest_with(&mut pieces.map(AsRef::as_ref))
        } else {
            self.content.digest()
        };
        Known { digest: digest.into(), question, has_pieces }
    }

    /// The fragments of which some have come from a peer: those of a delta may come from any.
    pub(super) fn arrivals(&mut self, of_delta: bool, from: ReplicaId) -> &mut Assembler {
        if self.keeps_pieces() && !of_delta {
            self.transfers.fragments(from, self.rng.u64(1..))
        } else {
            &mut self.arrivals
        }
    }

    /// Joins a piece of a difference that was read, or keeps it until the last one has come.
    ///
    /// # Errors
    ///
    /// When there is no room for so long a difference. What has come of it is dropped.
    pub(super) fn take_piece(
        &mut self,
        from: ReplicaId,
        answer: u64,
        bytes: Bytes,
    ) -> Result<bool, HandleError> {
        if !self.keeps_pieces() {
            return Ok(self.learn(0));
        }
        let limit = self.config.max_incoming;
        self.transfers.add(from, answer, bytes.clone(), self.rng.u64(1..));
        self.received.transfers.push(Step::Piece { from, answer, bytes });
        let bytes = self.transfers.bytes();
        let dropped = self.transfers.shrink(limit);
        let is_refused = dropped.contains(&from);
        self.note_dropped(dropped);
        if is_refused { Err(HandleError::TooLarge { bytes, limit }) } else { Ok(false) }
    }

    /// Drops pieces that will not be completed, or need not be.
    pub(super) fn drop_pieces(&mut self, is_over: impl FnMut(&ReplicaId) -> bool) {
        let dropped = self.transfers.drop_if(is_over);
        self.note_dropped(dropped);
    }

    fn note_dropped(&mut self, dropped: Vec<ReplicaId>) {
        let steps = dropped.into_iter().map(|from| Step::Dropped { from });
        self.received.transfers.extend(steps);
    }

    /// Joins the pieces of a difference, of which the last one has come; `None` if pieces are
    /// missing that the peer has counted on.
    pub(super) fn finish_transfer(
        &mut self,
        from: ReplicaId,
        question: Question,
        answer: u64,
    ) -> Option<bool> {
        if !self.keeps_pieces() {
            return Some(false);
        }
        let taken = self.transfers.take(&from, question, answer)?;
        let (mut pieces, mut changed) = (BTreeMap::new(), false);
        for (answer, piece) in taken {
            *pieces.entry(answer).or_default() += 1;
            let merged = self.content.merge(Encoding::Part(&piece));
            changed |= self.count_merge(merged);
        }
        if !pieces.is_empty() {
            self.received.transfers.push(Step::Whole { from, pieces });
        }
        Some(changed)
    }

    /// Does again what is durable, and returns whether nothing is missing.
    pub(super) fn restore_transfer(&mut self, step: Step) -> bool {
        match step {
            Step::Piece { from, answer, bytes } => {
                self.transfers.add(from, answer, bytes, self.rng.u64(1..));
            }
            Step::Dropped { from } => {
                self.transfers.drop_if(|other| *other == from);
            }
            Step::Whole { from, pieces } => {
                let mut taken = Vec::new();
                for (answer, count) in &pieces {
                    let first = usize::try_from(*count).unwrap_or(usize::MAX);
                    let found = self.transfers.take_first(&from, *answer, first);
                    if found.len() < first {
                        return false;
                    }
                    taken.extend(found);
                }
                for piece in &taken {
                    self.content.merge(Encoding::Part(piece));
                }
            }
        }
        true
    }
}
