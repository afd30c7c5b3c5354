use core::time::Duration;

use rejoin_core::Crdt;
use rejoin_store::consistency::{
    Acceptor, Coordinator, CoordinatorConfig, Fairness, Level, Outgoing, Reply, Request, Success,
    Voters,
};
use rejoin_store::{ReplicaId, Time};

use super::bits::Bits;
use super::history::{History, Kind};
use super::shared::Shared;

/// Time stands still: what is due now is due always, and what is not never is.
const DUE: Time = Time::ZERO;
const NEVER: Time = Time::new(Duration::from_secs(1));

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
            fair_from: None,
            differences: false,
            read_repair: true,
            mistake: Mistake::None,
        }
    }
}

/// One state of a small world.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(crate) struct World {
    pub(crate) voters: Vec<Shared<Voter>>,
    pub(crate) clients: Vec<Shared<Client>>,
    /// The messages on their way: each may arrive at any time, or never.
    pub(crate) network: Vec<Shared<Envelope>>,
    pub(crate) history: Shared<History>,
    pub(crate) so_far: Limits,
    /// How many voters have been asked something, if all are asked alike.
    touched: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Voter {
    pub(crate) acceptor: Acceptor<Bits>,
    /// What is durable.
    disk: (Bits, Option<Voters>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client {
    coordinator: Coordinator<Bits>,
    /// How many tasks it has begun, and whether it is at one.
    begun: usize,
    busy: bool,
    lives: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Envelope {
    Request { client: usize, to: ReplicaId, request: Request<Bits> },
    Reply { voter: ReplicaId, client: usize, reply: Reply<Bits> },
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

fn client_id(client: usize) -> ReplicaId {
    ReplicaId::from_u128(100 + client as u128)
}

impl Setup {
    /// Nothing has happened yet.
    pub(crate) fn start(&self) -> World {
        let fairness = self.fairness();
        let voter = || Voter {
            acceptor: self.acceptor(Bits::default(), None, fairness),
            disk: (Bits::default(), None),
        };
        let clients = 0..self.clients.len();
        World {
            voters: (0..self.voters + self.spares).map(|_| Shared::new(voter())).collect(),
            clients: clients.map(|client| Shared::new(self.client(client, 1, 0))).collect(),
            network: Vec::new(),
            history: Shared::new(History::new(self.clients.iter().flatten().map(kind))),
            so_far: Limits::default(),
            touched: 0,
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

    /// Whether the voters are all alike, as long as nobody has been asked anything.
    fn asks_all(&self) -> bool {
        let mut tasks = self.clients.iter().flatten();
        !tasks.any(|task| matches!(task, Task::Change(_) | Task::Read(Level::Quorum(_))))
    }

    fn fairness(&self) -> Fairness {
        let hold = if self.fair_from.is_some() { NEVER.since_start() } else { Duration::ZERO };
        Fairness::default().with_from_attempt(self.fair_from.unwrap_or(0)).with_hold(hold)
    }

    fn acceptor(&self, state: Bits, voters: Option<Voters>, fair: Fairness) -> Acceptor<Bits> {
        let acceptor = Acceptor::recovered(state, voters, fair);
        if self.differences { acceptor.with_differences() } else { acceptor }
    }

    fn client(&self, client: usize, lives: u64, begun: usize) -> Client {
        let seed = if self.mistake == Mistake::SameSeed { 0 } else { lives };
        let config = CoordinatorConfig::new(seed)
            .with_retry_interval(Duration::ZERO)
            .with_hedge_percent(0)
            .with_read_repair(self.read_repair);
        let voters = Voters::declare((1..=self.voters).map(ReplicaId::from_u128)).unwrap();
        let coordinator = Coordinator::new(client_id(client), voters, config);
        Client { coordinator, begun, busy: false, lives }
    }

    /// The index in the history of the task that this client has begun last.
    fn operation(&self, client: usize, begun: usize) -> usize {
        self.clients[..client].iter().map(Vec::len).sum::<usize>() + begun - 1
    }

    /// All that can happen next.
    pub(crate) fn steps(&self, world: &World, steps: &mut Vec<Step>) {
        let (limits, so_far) = (&self.limits, &world.so_far);
        for (index, client) in world.clients.iter().enumerate() {
            if !client.busy && client.begun < self.clients[index].len() {
                if !self.is_mirrored(world, index) {
                    steps.push(Step::Begin(index));
                }
            } else if client.busy {
                if so_far.timeouts < limits.timeouts {
                    steps.push(Step::TimeOut(index));
                }
                if so_far.client_crashes < limits.client_crashes {
                    steps.push(Step::CrashClient(index));
                }
                let replies = world.network.iter().enumerate();
                let replies = replies.filter_map(|(at, envelope)| match &**envelope {
                    Envelope::Reply { client, .. } if *client == index => Some(at),
                    _ => None,
                });
                let replies: Vec<usize> = replies.collect();
                collect(world, index, &replies, &mut Vec::new(), steps);
            }
        }
        for (at, envelope) in world.network.iter().enumerate() {
            let Envelope::Request { to, .. } = &**envelope else { continue };
            // Voters that have not been asked anything may change names.
            if !self.asks_all() || voter_index(*to) <= world.touched {
                steps.push(Step::Deliver(at));
                if so_far.duplicates < limits.duplicates {
                    steps.push(Step::DeliverTwice(at));
                }
            }
        }
        for (index, voter) in world.voters.iter().enumerate() {
            if !voter.acceptor.is_durable() {
                steps.push(Step::Persist(index));
            }
            if so_far.crashes < limits.crashes {
                steps.push(Step::Crash(index));
            }
            if voter.acceptor.poll_timeout().is_some() {
                steps.push(Step::Release(index));
            }
        }
    }

    /// Whether an earlier client with a like task has not begun: then the two may change names.
    fn is_mirrored(&self, world: &World, index: usize) -> bool {
        let like = |a: &[Task], b: &[Task]| match (a, b) {
            ([Task::Update(_)], [Task::Update(_)]) => true,
            ([_], [_]) => a == b,
            _ => false,
        };
        (0..index).any(|earlier| {
            like(&self.clients[earlier], &self.clients[index]) && world.clients[earlier].begun == 0
        })
    }

    /// The state after a step, or `None` if it changes nothing.
    pub(crate) fn next(&self, world: &World, step: Step) -> Option<World> {
        let mut next = world.clone();
        match step {
            Step::Begin(client) => self.begin(&mut next, client),
            Step::Deliver(at) => {
                next.network.remove(at);
                self.request(&mut next, &world.network[at]);
            }
            Step::DeliverTwice(at) => {
                next.so_far.duplicates += 1;
                self.request(&mut next, &world.network[at]);
            }
            Step::Collect(client, replies) => {
                next.clients[client].change(|client| {
                    replies.iter().for_each(|at| receive(client, &world.network[*at]));
                });
                let mut at = 0..;
                next.network.retain(|_| at.next().is_none_or(|at| !replies.contains(&at)));
                self.settle_client(&mut next, client);
            }
            Step::Persist(voter) => persist(&mut next, voter),
            Step::Crash(voter) => self.crash(&mut next, voter),
            Step::Release(voter) => {
                next.voters[voter].change(|voter| voter.acceptor.handle_timeout(NEVER));
                self.settle_voter(&mut next, voter);
            }
            Step::TimeOut(client) => {
                next.so_far.timeouts += 1;
                next.clients[client].change(|client| client.coordinator.handle_timeout(DUE));
                self.settle_client(&mut next, client);
            }
            Step::CrashClient(client) => {
                next.so_far.client_crashes += 1;
                let (lives, begun) = (world.clients[client].lives, world.clients[client].begun);
                next.clients[client] = Shared::new(self.client(client, lives + 1, begun));
                self.tidy(&mut next);
            }
        }
        (next != *world).then_some(next)
    }

    /// A voter handles a request.
    fn request(&self, world: &mut World, envelope: &Envelope) {
        let Envelope::Request { client, to, request } = envelope else { return };
        let voter = voter_index(*to);
        world.touched = world.touched.max(voter + 1);
        world.voters[voter].change(|voter| {
            voter.acceptor.handle(DUE, client_id(*client), request.clone());
        });
        self.settle_voter(world, voter);
    }

    fn begin(&self, world: &mut World, index: usize) {
        let begun = world.clients[index].begun;
        let task = self.clients[index][begun].clone();
        let bare = self.mistake == Mistake::BareChange;
        world.clients[index].change(|client| {
            (client.begun, client.busy) = (begun + 1, true);
            let coordinator = &mut client.coordinator;
            match task {
                Task::Update(bits) => {
                    coordinator.update(DUE, Bits(bits), Level::Strong, NEVER);
                }
                Task::HastyUpdate(bits) => {
                    coordinator.update(DUE, Bits(bits), Level::Strong, DUE);
                }
                Task::Read(level) => {
                    coordinator.read(DUE, Bits::default(), level, NEVER);
                }
                Task::Change(to) => {
                    let to = to.into_iter().map(ReplicaId::from_u128);
                    if bare {
                        // The client goes by other voters, and by nothing else.
                        let old = coordinator.voters().clone();
                        let seed = CoordinatorConfig::new(9).with_retry_interval(Duration::ZERO);
                        let declared = Voters::declare(to).unwrap();
                        assert_eq!(old.version(), declared.version());
                        *coordinator = Coordinator::new(client_id(index), declared, seed);
                        client.busy = false;
                    } else {
                        coordinator.change_voters(DUE, to, NEVER).unwrap();
                    }
                }
            }
        });
        let operation = self.operation(index, begun + 1);
        world.history.change(|history| history.start(operation));
        self.settle_client(world, index);
    }

    fn settle_voter(&self, world: &mut World, index: usize) {
        if !self.lazy_disk || self.mistake == Mistake::LyingDisk {
            let disk = world.voters[index].disk.clone();
            persist(world, index);
            if self.lazy_disk {
                world.voters[index].change(|voter| voter.disk = disk); // it was a lie
            }
        }
        post_replies(world, index);
        self.tidy(world);
    }

    fn settle_client(&self, world: &mut World, index: usize) {
        let (mut requests, mut done) = (Vec::new(), None);
        world.clients[index].change(|client| {
            while let Some(outgoing) = client.coordinator.poll_transmit() {
                requests.push(outgoing);
            }
            done = client.coordinator.poll_done();
            client.busy &= done.is_none();
        });
        for Outgoing { to, message: request } in requests {
            post(world, Envelope::Request { client: index, to, request });
        }
        let operation = self.operation(index, world.clients[index].begun);
        if let Some(Ok(success)) = done.map(|done| done.result) {
            let returned = if let Success::Read(value) = success { value } else { Bits::default() };
            world.history.change(|history| history.end(operation, returned));
        }
        self.tidy(world);
    }

    /// Drops messages that cannot change anything any more.
    fn tidy(&self, world: &mut World) {
        if self.mistake == Mistake::SameSeed {
            return; // what is too late is just what that mistake is about
        }
        let World { clients, voters, .. } = world;
        world.network.retain(|envelope| match &**envelope {
            Envelope::Reply { client, .. } => clients[*client].busy,
            Envelope::Request { client, to, request } => {
                // The answer goes to nobody, so only what it would change at the voter counts.
                clients[*client].busy
                    || self.fair_from.is_some()
                    || would_change(&voters[voter_index(*to)].acceptor, request)
            }
        });
    }

    fn crash(&self, world: &mut World, index: usize) {
        world.so_far.crashes += 1;
        let others = world.voters.iter().enumerate().filter(|(other, _)| *other != index);
        // Any majority will do; the first ones are one.
        let majority = others.take(world.voters.len() / 2 + 1);
        let caught_up = majority.fold(0, |all, (_, voter)| all | voter.acceptor.state().0);
        let fairness = self.fairness();
        world.voters[index].change(|voter| {
            match self.mistake {
                Mistake::LostDisk => voter.disk = (Bits(0), None),
                Mistake::LostDiskThenCaughtUp => voter.disk = (Bits(caught_up), None),
                _ => {}
            }
            let (state, voters) = voter.disk.clone();
            voter.acceptor = self.acceptor(state, voters, fairness);
        });
    }
}

/// Finds the ways in which answers can arrive until the client does something: ends, or asks.
///
/// Those before the last one only make it remember them, which nobody else can see. So it is enough
/// to let them arrive right before that one, in any one order.
fn collect(
    world: &World,
    index: usize,
    replies: &[usize],
    taken: &mut Vec<usize>,
    steps: &mut Vec<Step>,
) {
    for (place, reply) in replies.iter().enumerate() {
        taken.push(*reply);
        let mut client = (*world.clients[index]).clone();
        taken.iter().for_each(|at| receive(&mut client, &world.network[*at]));
        let acts = client.coordinator.poll_transmit().is_some()
            || client.coordinator.poll_done().is_some();
        if acts {
            steps.push(Step::Collect(index, taken.clone()));
        } else {
            collect(world, index, &replies[place + 1..], taken, steps);
        }
        taken.pop();
    }
}

fn receive(client: &mut Client, envelope: &Envelope) {
    if let Envelope::Reply { voter, reply, .. } = envelope {
        client.coordinator.handle(DUE, *voter, reply.clone());
    }
}

/// Whether a request brings anything that is not durable at this acceptor.
fn would_change(acceptor: &Acceptor<Bits>, request: &Request<Bits>) -> bool {
    let mut after = acceptor.clone();
    after.handle(DUE, client_id(0), request.clone());
    !acceptor.is_durable() || !after.is_durable()
}

fn voter_index(voter: ReplicaId) -> usize {
    usize::from(voter.as_bytes()[15]) - 1
}

fn persist(world: &mut World, index: usize) {
    world.voters[index].change(|voter| {
        if let Some(record) = voter.acceptor.pending() {
            voter.disk.0.0 |= record.delta.0;
            if record.voters.is_some() {
                voter.disk.1 = record.voters;
            }
            voter.acceptor.persisted(record.number);
        }
    });
    post_replies(world, index);
}

fn post_replies(world: &mut World, index: usize) {
    let mut replies = Vec::new();
    world.voters[index].change(|voter| {
        while let Some(outgoing) = voter.acceptor.poll_transmit() {
            replies.push(outgoing);
        }
    });
    let voter = ReplicaId::from_u128(index as u128 + 1);
    for Outgoing { to, message: reply } in replies {
        post(world, Envelope::Reply { voter, client: usize::from(to.as_bytes()[15]) - 100, reply });
    }
}

fn post(world: &mut World, envelope: Envelope) {
    let envelope = Shared::new(envelope);
    let place = world.network.binary_search_by_key(&envelope.key(), Shared::key);
    if let Err(at) = place {
        world.network.insert(at, envelope);
    }
}
