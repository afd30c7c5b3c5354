use core::hash::{Hash, Hasher};
use core::time::Duration;

use rejoin_core::Crdt;
use rejoin_quorum::{
    Acceptor, Coordinator, CoordinatorConfig, Fairness, Level, Reply, Request, Roll, Voters,
};
use rejoin_store::{NodeId, Time};

use crate::model::bits::Bits;
use crate::model::history::{History, Kind};
use crate::model::shared::{RENAMINGS, Rename, Shared, hash_of};

/// Time stands still: what is due now is due always, and what is not never is.
pub(crate) const DUE: Time = Time::ZERO;
pub(crate) const NEVER: Time = Time::new(Duration::from_secs(1));

/// What a client does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Task {
    Update(u8),
    /// An update that may be given up at any time.
    HastyUpdate(u8),
    Read(Level),
    /// Changes the voters to those with these numbers.
    Change(Vec<u128>),
}

/// What a small world is made of, and what happens in it.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// The first voters are `1..=voters`.
    pub(crate) voters: u128,
    /// The acceptors beyond those, which may become voters.
    pub(crate) spares: u128,
    /// Each client does its tasks one after the other.
    pub(crate) clients: Vec<Vec<Task>>,
    /// How often what may happen, all over the world.
    pub(crate) limits: Limits,
    /// Whether an acceptor handles further messages before it has made durable what it has, and may
    /// crash in between.
    pub(crate) lazy_disk: bool,
    /// Whether what belongs to an earlier attempt of a read gets lost when the next one begins.
    /// That leaves out some of what can happen, so that larger worlds can be explored.
    pub(crate) no_stragglers: bool,
    /// From which attempt on acceptors hold others' writes back, if they do.
    pub(crate) fair_from: Option<u32>,
    /// Whether answers are differences.
    pub(crate) differences: bool,
    pub(crate) read_repair: bool,
    pub(crate) mistake: Mistake,
}

/// How often what happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Limits {
    /// An acceptor crashes.
    pub(crate) crashes: u8,
    /// A client crashes. What it was doing is never heard of again; it goes on with its next task.
    pub(crate) client_crashes: u8,
    /// A client times out, so that it asks again, and gives hasty updates up.
    pub(crate) timeouts: u8,
    /// A request arrives, and will arrive once more.
    pub(crate) duplicates: u8,
    /// An acceptor's disk is replaced by an older copy of it: the empty one.
    pub(crate) restores: u8,
    /// A copy of an acceptor's disk is started beside it.
    pub(crate) copies: u8,
}

/// What is done wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    None,
    /// A disk says that it has what it has not.
    LyingDisk,
    /// A client that has crashed starts again with the same seed.
    SameSeed,
    /// An acceptor that crashes loses its disk, and votes on under its old id.
    LostDisk,
    /// … and first reads what a majority of the others has.
    LostDiskThenCaughtUp,
    /// What a restored disk or a copy says counts: it goes unnoticed.
    Unnoticed,
    /// A voter that enrols is content with one voter less that has recorded it.
    OneRecorderLess,
    /// The voters are changed without joint majorities: the client just goes by others.
    BareChange,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            voters: 3,
            spares: 0,
            clients: Vec::new(),
            limits: Limits::default(),
            lazy_disk: false,
            no_stragglers: false,
            fair_from: None,
            differences: false,
            read_repair: true,
            mistake: Mistake::None,
        }
    }
}

/// One state of a small world.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct World {
    pub(crate) voters: Vec<Shared<Voter>>,
    pub(crate) clients: Vec<Shared<Client>>,
    /// The messages on their way: each may arrive at any time, or never.
    pub(crate) network: Vec<Shared<Envelope>>,
    pub(crate) history: Shared<History>,
    pub(crate) so_far: Limits,
    /// The acceptor of which the last one is a copy, if it is.
    pub(crate) copied: Option<usize>,
    /// In how many ways voters may be given each other's names, so that nobody sees a difference.
    renamings: usize,
}

/// The same for all worlds that differ in the names of the voters only, if they are treated alike.
impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key(self.renamings).hash(state);
    }
}

impl World {
    /// Whose name this acceptor has: that of another one, if it is a copy.
    pub(crate) fn name(&self, index: usize) -> usize {
        match self.copied {
            Some(original) if index + 1 == self.voters.len() => original,
            _ => index,
        }
    }

    /// The copy of this acceptor, if there is one.
    pub(crate) fn copy_of(&self, index: usize) -> Option<usize> {
        (self.copied == Some(index)).then(|| self.voters.len() - 1)
    }

    /// The least of its hashes under so many renamings.
    pub(crate) fn key(&self, renamings: usize) -> u64 {
        let renamed = |renaming: usize| {
            let mut hash = hash_of((self.history.key(), self.so_far, self.copied));
            for (index, voter) in self.voters.iter().enumerate() {
                let name = RENAMINGS[renaming].get(index).unwrap_or(&index);
                hash = hash.wrapping_add(mix(voter.key() ^ mix(*name as u64)));
            }
            for client in &self.clients {
                hash = hash.wrapping_add(mix(client.renamed_key(renaming)));
            }
            for envelope in &self.network {
                hash = hash.wrapping_add(mix(envelope.renamed_key(renaming)));
            }
            hash
        };
        (0..renamings).map(renamed).min().unwrap_or_default()
    }
}

/// Spreads the bits of a hash, so that sums of them are hashes too (the end of SplitMix64).
fn mix(hash: u64) -> u64 {
    let hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ hash >> 31
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Voter {
    pub(crate) acceptor: Acceptor<Bits>,
    /// What is durable.
    pub(crate) disk: (Bits, Option<Voters>),
    /// The number under which it answers, and those of the others: durable too.
    pub(crate) enrolment: u64,
    pub(crate) roll: Roll,
    /// The next number, and who has recorded it, while it enrols and does not answer.
    pub(crate) enrols: Option<(u64, Vec<usize>)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client {
    /// The coordinator, and what it would be if the voters had other names.
    pub(crate) coordinators: Vec<Coordinator<Bits>>,
    /// How many tasks it has begun, and whether it is at one.
    pub(crate) begun: usize,
    pub(crate) busy: bool,
    pub(crate) lives: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Envelope {
    Request { client: usize, to: NodeId, request: Request<Bits> },
    Reply { voter: NodeId, client: usize, reply: Reply<Bits> },
}

impl Client {
    /// Does the same to all coordinators; who is asked does not depend on names.
    pub(crate) fn each(&mut self, mut change: impl FnMut(&mut Coordinator<Bits>)) {
        self.coordinators.iter_mut().for_each(&mut change);
    }

    /// Takes in an answer.
    pub(crate) fn receive(&mut self, envelope: &Envelope) {
        let Envelope::Reply { voter, reply, .. } = envelope else { return };
        for (renaming, coordinator) in self.coordinators.iter_mut().enumerate() {
            coordinator.handle(DUE, renamed(*voter, renaming), reply.clone());
        }
    }
}

impl Rename for Client {
    fn hash_of_renamed(&self, renaming: usize) -> u64 {
        hash_of((&self.coordinators[renaming], self.begun, self.busy, self.lives))
    }
}

/// A voter does not know its name.
impl Rename for Voter {
    fn hash_of_renamed(&self, _: usize) -> u64 {
        hash_of(self)
    }
}

impl Rename for Envelope {
    fn hash_of_renamed(&self, renaming: usize) -> u64 {
        match self {
            Self::Request { client, to, request } => {
                hash_of((0, client, renamed(*to, renaming), request))
            }
            Self::Reply { voter, client, reply } => {
                hash_of((1, client, renamed(*voter, renaming), reply))
            }
        }
    }
}

impl Rename for History {
    fn hash_of_renamed(&self, _: usize) -> u64 {
        hash_of(self)
    }
}

fn renamed(voter: NodeId, renaming: usize) -> NodeId {
    let name = RENAMINGS[renaming].get(voter_index(voter));
    name.map_or(voter, |name| NodeId::from_u128(*name as u128 + 1))
}

impl Envelope {
    /// The hash of what it says, whoever says it.
    pub(crate) fn content_key(&self) -> u64 {
        match self {
            Self::Request { request, .. } => hash_of(request),
            Self::Reply { reply, .. } => hash_of(reply),
        }
    }

    /// Whose request it is, or is the answer to.
    pub(crate) fn client(&self) -> usize {
        match self {
            Self::Request { client, .. } | Self::Reply { client, .. } => *client,
        }
    }
}

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A client begins its next task.
    Begin(usize),
    /// A request arrives.
    Deliver(usize),
    /// A request arrives, and will arrive once more.
    DeliverTwice(usize),
    /// Answers arrive, of which the last one makes the client do something.
    Collect(usize, Vec<usize>),
    /// An acceptor makes durable what it has.
    Persist(usize),
    /// An acceptor crashes, and starts again from what is durable.
    Crash(usize),
    /// An acceptor goes on from an older copy of its disk.
    Restore(usize),
    /// A copy of an acceptor starts beside it.
    Copy(usize),
    /// A request arrives at the copy of an acceptor.
    DeliverToCopy(usize),
    /// An acceptor that enrols is recorded by another one, and reads what that has.
    Enrol(usize, usize),
    /// An acceptor stops holding writes back.
    Release(usize),
    /// A client times out.
    TimeOut(usize),
    /// A client crashes, and starts again knowing nothing.
    CrashClient(usize),
}

fn kind(task: &Task) -> Kind {
    match task {
        Task::Update(bits) | Task::HastyUpdate(bits) => Kind::Update(Bits(*bits)),
        Task::Read(_) => Kind::Read,
        Task::Change(_) => Kind::Change,
    }
}

pub(crate) fn voter_index(voter: NodeId) -> usize {
    usize::from(voter.as_bytes()[15]) - 1
}

pub(crate) fn client_id(client: usize) -> NodeId {
    NodeId::from_u128(100 + client as u128)
}

impl Setup {
    /// Nothing has happened yet.
    pub(crate) fn start(&self) -> World {
        let disk = (Bits::default(), None);
        let voter = || Voter {
            acceptor: self.acceptor(disk.clone()),
            disk: disk.clone(),
            enrolment: 0,
            roll: Roll::default(),
            enrols: None,
        };
        let clients = 0..self.clients.len();
        World {
            voters: (0..self.voters + self.spares).map(|_| Shared::new(voter())).collect(),
            clients: clients.map(|client| Shared::new(self.client(client, 1, 0))).collect(),
            network: Vec::new(),
            history: Shared::new(History::new(self.clients.iter().flatten().map(kind))),
            so_far: Limits::default(),
            copied: None,
            renamings: if self.asks_all() { RENAMINGS.len() } else { 1 },
        }
    }

    /// All that is ever written.
    pub(crate) fn all_updates(&self) -> Bits {
        let mut all = Bits::default();
        for task in self.clients.iter().flatten() {
            if let Kind::Update(bits) = kind(task) {
                all.merge(bits);
            }
        }
        all
    }

    /// How many acceptors there are, without copies.
    pub(crate) fn acceptors(&self) -> usize {
        usize::try_from(self.voters + self.spares).unwrap_or(usize::MAX)
    }

    /// Whether there are three voters, which are treated alike.
    fn asks_all(&self) -> bool {
        let mut tasks = self.clients.iter().flatten();
        self.voters == 3
            && (self.limits.restores, self.limits.copies) == (0, 0)
            && !tasks.any(|task| matches!(task, Task::Read(Level::Quorum(_))))
            && !self.has_changes()
    }

    /// Whether the voters are changed.
    pub(crate) fn has_changes(&self) -> bool {
        self.clients.iter().flatten().any(|task| matches!(task, Task::Change(_)))
    }

    /// An acceptor that goes on from what is durable.
    pub(crate) fn acceptor(&self, (state, voters): (Bits, Option<Voters>)) -> Acceptor<Bits> {
        let hold = if self.fair_from.is_some() { NEVER.since_start() } else { Duration::ZERO };
        let from = self.fair_from.unwrap_or(0);
        let fairness = Fairness::default().with_from_attempt(from).with_hold(hold);
        let acceptor = Acceptor::recovered(state, voters, fairness);
        if self.differences { acceptor.with_differences() } else { acceptor }
    }

    pub(crate) fn client(&self, client: usize, lives: u64, begun: usize) -> Client {
        let seed = if self.mistake == Mistake::SameSeed { 0 } else { lives };
        let config = CoordinatorConfig::new(seed)
            .with_retry_interval(Duration::ZERO)
            .with_hedge_percent(0)
            .with_read_repair(self.read_repair);
        let voters = Voters::declare((1..=self.voters).map(NodeId::from_u128)).unwrap();
        let coordinator = Coordinator::new(client_id(client), voters, config);
        let coordinators = vec![coordinator; RENAMINGS.len()];
        Client { coordinators, begun, busy: false, lives }
    }

    /// The index in the history of the task that this client has begun last.
    pub(crate) fn operation(&self, client: usize, begun: usize) -> usize {
        self.clients[..client].iter().map(Vec::len).sum::<usize>() + begun - 1
    }
}
