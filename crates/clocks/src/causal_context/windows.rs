use alloc::vec::Vec;

use crate::run::Run;
use crate::{CausalContext, ReplicaId};

/// Dots on their way into a [`CausalContext`], 64 at a time, in any order, repeated or not.
///
/// Full windows that come one after the other take the room of one, 40 bytes: the live dots of a
/// replica that removed nothing are one piece.
///
/// ```
/// use rejoin_clocks::{CausalContext, ReplicaId, Windows};
///
/// let alice = ReplicaId::from_u128(1);
/// let mut windows = Windows::default();
/// windows.push(alice, 64, 0b1011);
/// windows.push(alice, 0, !0); // there is no dot 0, so its bit is left out
/// let context = CausalContext::from(windows);
/// assert_eq!(context.runs_of(alice).collect::<Vec<_>>(), [1..=65, 67..=67]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Windows {
    pieces: Vec<Piece>,
}

/// So many windows on end, which are all full if there are several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    replica: ReplicaId,
    first: u64,
    bits: u64,
    count: u64,
}

const WIDTH: u64 = u64::BITS as u64;

impl Windows {
    /// Adds the dots of `replica` from sequence number `first` on that have a bit, the lowest for
    /// `first`. Computes in O(1) time.
    #[inline]
    pub fn push(&mut self, replica: ReplicaId, first: u64, bits: u64) {
        if bits == u64::MAX
            && let Some(last) = self.pieces.last_mut()
            && last.bits == bits
            && last.replica == replica
            && first.checked_sub(last.first) == last.count.checked_mul(WIDTH)
        {
            last.count += 1;
        } else if bits != 0 {
            self.pieces.push(Piece { replica, first, bits, count: 1 });
        }
    }
}

/// Computes in O(n log n) time for n pieces, or O(n) if they are sorted, and the runs that they
/// have.
impl From<Windows> for CausalContext {
    fn from(Windows { mut pieces }: Windows) -> Self {
        if !pieces.is_sorted() {
            pieces.sort_unstable();
        }
        let mut context = Self::new();
        let mut open: Option<(ReplicaId, Run)> = None;
        for piece in &pieces {
            piece.runs(|new| match &mut open {
                Some((replica, run)) if *replica == piece.replica && run.joins(new) => {
                    run.end = run.end.max(new.end);
                }
                open => {
                    if let Some((replica, run)) = open.replace((piece.replica, new)) {
                        context.insert_run(replica, run.into());
                    }
                }
            });
        }
        if let Some((replica, run)) = open {
            context.insert_run(replica, run.into());
        }
        context
    }
}

impl Piece {
    /// Calls `visit` with its runs, in ascending order.
    fn runs(&self, mut visit: impl FnMut(Run)) {
        if self.bits == u64::MAX {
            let len = self.count.saturating_mul(WIDTH);
            return visit(Run { start: self.first, end: self.first.saturating_add(len - 1) });
        }
        let mut bits = self.bits;
        while bits != 0 {
            let low = bits.trailing_zeros();
            let len = (bits >> low).trailing_ones();
            bits &= u64::MAX.checked_shl(low + len).unwrap_or(0);
            let start = self.first.saturating_add(low.into());
            visit(Run { start, end: start.saturating_add(u64::from(len - 1)) });
        }
    }
}
