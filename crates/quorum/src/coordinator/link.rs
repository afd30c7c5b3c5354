use std::collections::VecDeque;

use rejoin_core::NodeId;

use super::{Answers, CoordinatorConfig, OperationError};
use crate::message::{Ask, RequestId};
use crate::{Outgoing, Quorum, Request, Roll, Voters};
use rejoin_store::Time;

/// What all operations share: whom to ask, how, and when again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Link<S> {
    pub(super) node: NodeId,
    pub(super) voters: Voters,
    /// Which enrolment of each voter counts, according to the answers.
    pub(super) roll: Roll,
    pub(super) config: CoordinatorConfig,
    pub(super) epoch: u64,
    pub(super) outbox: VecDeque<Outgoing<Request<S>>>,
    /// The state of the random numbers.
    random: u64,
}

impl<S> Link<S> {
    pub(super) fn new(node: NodeId, voters: Voters, config: CoordinatorConfig) -> Self {
        let mixed = config.seed ^ u64::from(crc32fast::hash(node.as_bytes()));
        let mut rng = fastrand::Rng::with_seed(mixed);
        let epoch = rng.u64(..);
        let roll = Roll::default();
        Self { node, voters, roll, config, epoch, outbox: VecDeque::new(), random: rng.get_seed() }
    }

    /// Goes by these voters, under another epoch: no answer to what was asked before counts.
    pub(super) fn adopt(&mut self, voters: Voters) {
        self.voters = voters;
        self.epoch = self.epoch.wrapping_add(1);
    }

    pub(super) fn send(&mut self, to: NodeId, number: u64, ask: Ask<S>) {
        let id = RequestId { epoch: self.epoch, number };
        let message = Request { id, voters: self.voters.clone(), ask };
        self.outbox.push_back(Outgoing { to, message });
    }

    /// Takes in what an answer says of enrolments, and returns the voters whose earlier answers are
    /// void.
    pub(super) fn enter(&mut self, from: NodeId, enrolment: u64, roll: &Roll) -> Vec<NodeId> {
        let own = core::iter::once((from, enrolment));
        let told = own.chain(roll.iter().filter(|(voter, _)| *voter != from));
        let Self { voters, roll, .. } = self;
        let news = told
            .filter(|(voter, enrolment)| voters.contains(*voter) && roll.enter(*voter, *enrolment));
        news.map(|(voter, _)| voter).collect()
    }

    /// When to ask again what is asked now.
    pub(super) fn next_retry(&mut self, now: Time) -> Time {
        let interval = self.config.retry_interval;
        if interval.is_zero() {
            return now;
        }
        let jitter = interval.saturating_mul(self.random(0..1024)) / 2048;
        now + (interval - interval / 4) + jitter
    }

    /// When a read that starts now and has this deadline asks more voters.
    pub(super) fn hedge_at(&self, now: Time, deadline: Time) -> Time {
        now + deadline.since(now) / 100 * self.config.hedge_percent.min(100)
    }

    /// The fewest voters that are a quorum, this node first, the others by chance.
    pub(super) fn pick(&mut self, quorum: Quorum) -> Vec<NodeId> {
        let (mut picked, sets) = (Vec::new(), self.voters.clone());
        for set in sets.sets() {
            let mut order: Vec<NodeId> = set.iter().copied().collect();
            let wanted = quorum.of(order.len());
            if wanted < order.len() {
                let mut rng = fastrand::Rng::with_seed(self.random);
                rng.shuffle(&mut order);
                self.random = rng.get_seed();
            }
            // Those that the other set has picked count here too.
            order.sort_by_key(|id| (!picked.contains(id), *id != self.node));
            picked.extend(order.into_iter().take(wanted));
        }
        picked.sort_unstable();
        picked.dedup();
        picked
    }

    /// Whether there are as many voters at all.
    pub(super) fn check(&self, quorum: Quorum) -> Result<(), OperationError> {
        let voters = self.voters.sets().map(|set| set.len()).min().unwrap_or(0);
        match quorum {
            Quorum::Of(wanted) if wanted > voters => {
                Err(OperationError::TooFewVoters { wanted, voters })
            }
            _ => Ok(()),
        }
    }

    /// Who has answered and who has not.
    pub(super) fn answers(&self, has: impl Fn(NodeId) -> bool) -> Answers {
        let (answered, silent) = self.voters.iter().partition(|voter| has(*voter));
        Answers { answered, silent }
    }

    fn random(&mut self, range: core::ops::Range<u32>) -> u32 {
        let mut rng = fastrand::Rng::with_seed(self.random);
        let random = rng.u32(range);
        self.random = rng.get_seed();
        random
    }
}
