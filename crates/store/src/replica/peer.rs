use std::collections::VecDeque;

use rejoin_core::CausalContext;
use rejoin_fragments::Fragmenter;
use rejoin_gossip::Time;

use crate::message::Fingerprints;
use crate::stats::Kind;

/// How many acknowledgements may wait for a peer. Those that are left out are asked for again.
const MAX_WAITING: usize = 256;

/// A message that goes in fragments.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Long {
    /// A part of a difference.
    Part,
    /// A delta, with its dots.
    Delta(CausalContext),
    /// Something of which a later one says all that an earlier one has said.
    Latest(Kind),
}

/// A connected peer.
#[derive(Debug, Default)]
pub(super) struct Peer {
    /// When to ask it whether it has the same, unless it asks before.
    pub(super) next_compare: Option<Time>,
    /// When to compare values with it.
    pub(super) next_scrub: Option<Time>,
    /// What it was last asked to compare, with the fingerprint of the value.
    pub(super) scrubbed: Option<(Fingerprints, u64)>,
    /// Whether it has seen the same and has something else.
    pub(super) diverged: bool,
    /// Not to begin another sync with it before.
    pub(super) next_sync: Time,
    /// Since when it has been behind.
    pub(super) behind_since: Option<Time>,
    /// The latest message of each kind of an exchange: it says what an older one said, and more.
    pub(super) latest: [Option<Vec<u8>>; 4],
    /// Acknowledgements, and what is said among neighbours.
    pub(super) others: VecDeque<(Kind, Vec<u8>)>,
    /// Longer ones.
    pub(super) fragments: Fragmenter<Long>,
    /// The last messages of a difference, each to be sent when all before it have arrived.
    pub(super) after: VecDeque<Vec<u8>>,
}

impl Peer {
    pub(super) fn queue(&mut self, kind: Kind, payload: Vec<u8>) {
        let latest = match kind {
            Kind::Compare => 0,
            Kind::Sync => 1,
            Kind::Reply => 2,
            Kind::Part => 3,
            Kind::Gossip | Kind::Fragment | Kind::Receipt => {
                if self.others.len() < MAX_WAITING {
                    self.others.push_back((kind, payload));
                }
                return;
            }
        };
        self.latest[latest] = Some(payload);
    }

    /// The bytes of all that waits for it.
    pub(super) fn waiting(&self) -> usize {
        let latest = self.latest.iter().flatten().map(Vec::len).sum::<usize>();
        let others = self.others.iter().map(|(_, payload)| payload.len()).sum::<usize>();
        latest + others + self.fragments.bytes()
    }

    pub(super) fn next(&mut self) -> Option<(Kind, Vec<u8>)> {
        let kinds = [Kind::Compare, Kind::Sync, Kind::Reply, Kind::Part];
        let latest = kinds.into_iter().zip(&mut self.latest);
        let latest = latest.filter_map(|(kind, slot)| Some((kind, slot.take()?))).next();
        latest.or_else(|| self.others.pop_front())
    }
}
