//! What each step does to a world.

use core::time::Duration;

use rejoin_core::NodeId;
use rejoin_quorum::{Coordinator, CoordinatorConfig, Level, Outgoing, Success, Voters};

use crate::model::bits::Bits;
use crate::model::memo;
use crate::model::shared::Shared;
use crate::model::world::{
    Client, DUE, Envelope, Mistake, NEVER, Setup, Step, Task, Voter, World, client_id, voter_index,
};

/// What a voter has become, and what it has answered.
pub(crate) type VoterStep = (Shared<Voter>, Vec<Shared<Envelope>>);

/// What a client has become, what it asks, and what it has got, if it has ended well.
pub(crate) type ClientStep = (Shared<Client>, Vec<Shared<Envelope>>, Option<Bits>);

impl Setup {
    /// The state after a step, or `None` if it changes nothing.
    pub(crate) fn next(&self, world: &World, step: Step) -> Option<World> {
        let mut next = world.clone();
        match step {
            Step::Begin(client) => self.begin(&mut next, client),
            Step::Deliver(at) => {
                let request = next.network.remove(at);
                self.request(&mut next, &request);
            }
            Step::DeliverTwice(at) => {
                next.so_far.duplicates += 1;
                self.request(&mut next, &world.network[at]);
            }
            Step::Collect(index, places) => {
                let replies: Vec<&Shared<Envelope>> =
                    places.iter().map(|at| &world.network[*at]).collect();
                let client = &world.clients[index];
                let step = memo::client(client, &replies, || {
                    let mut client = (**client).clone();
                    replies.iter().for_each(|reply| client.receive(reply));
                    settle_client(client, index)
                });
                let mut at = 0..;
                next.network.retain(|_| at.next().is_none_or(|at| !places.contains(&at)));
                if self.no_stragglers && step.0.busy {
                    next.network.retain(|envelope| envelope.client() != index);
                }
                self.apply_client(&mut next, index, step);
            }
            Step::Persist(index) => {
                let mut voter = (*world.voters[index]).clone();
                persist(&mut voter);
                apply_voter(&mut next, index, settle_voter(voter, world.name(index)));
            }
            Step::Crash(index) => self.crash(&mut next, index),
            Step::Restore(index) => {
                next.so_far.restores += 1;
                self.restore(&mut next, index);
            }
            Step::Copy(index) => {
                next.so_far.copies += 1;
                self.copy(&mut next, index);
            }
            Step::DeliverToCopy(at) => {
                let request = next.network.remove(at);
                if let Envelope::Request { to, .. } = &*request
                    && let Some(copy) = world.copy_of(voter_index(*to))
                {
                    self.request_at(&mut next, copy, &request);
                }
            }
            Step::Enrol(index, other) => self.enrol(&mut next, index, other),
            Step::Release(index) => {
                let mut voter = (*world.voters[index]).clone();
                voter.acceptor.handle_timeout(NEVER);
                let step = self.save_and_settle_voter(voter, world.name(index));
                apply_voter(&mut next, index, step);
            }
            Step::TimeOut(index) => {
                next.so_far.timeouts += 1;
                let mut client = (*world.clients[index]).clone();
                client.each(|coordinator| coordinator.handle_timeout(DUE));
                self.apply_client(&mut next, index, settle_client(client, index));
            }
            Step::CrashClient(index) => {
                next.so_far.client_crashes += 1;
                let (lives, begun) = (world.clients[index].lives, world.clients[index].begun);
                next.clients[index] = Shared::new(self.client(index, lives + 1, begun));
            }
        }
        self.tidy(&mut next);
        (next != *world).then_some(next)
    }

    /// A voter handles a request.
    fn request(&self, world: &mut World, envelope: &Shared<Envelope>) {
        let Envelope::Request { to, .. } = &**envelope else { return };
        self.request_at(world, voter_index(*to), envelope);
    }

    fn request_at(&self, world: &mut World, index: usize, envelope: &Shared<Envelope>) {
        let Envelope::Request { client, request, .. } = &**envelope else { return };
        let name = world.name(index);
        let step = memo::voter(&world.voters[index], envelope, || {
            let mut voter = (*world.voters[index]).clone();
            voter.acceptor.handle(DUE, client_id(*client), request.clone());
            self.save_and_settle_voter(voter, name)
        });
        apply_voter(world, index, step);
    }

    fn begin(&self, world: &mut World, index: usize) {
        let mut client = (*world.clients[index]).clone();
        let task = self.clients[index][client.begun].clone();
        client.begun += 1;
        client.busy = self.mistake != Mistake::BareChange || !matches!(task, Task::Change(_));
        client.each(|coordinator| match &task {
            Task::Update(bits) => {
                coordinator.update(DUE, Bits(*bits), Level::Strong, NEVER);
            }
            Task::HastyUpdate(bits) => {
                coordinator.update(DUE, Bits(*bits), Level::Strong, DUE);
            }
            Task::Read(level) => {
                coordinator.read(DUE, Bits::default(), *level, NEVER);
            }
            Task::Change(to) => {
                let to = to.iter().copied().map(NodeId::from_u128);
                if self.mistake == Mistake::BareChange {
                    // The client goes by others of the same version, and nobody else knows.
                    let config = CoordinatorConfig::new(9).with_retry_interval(Duration::ZERO);
                    let declared = Voters::declare(to).unwrap();
                    *coordinator = Coordinator::new(client_id(index), declared, config);
                } else {
                    coordinator.change_voters(DUE, to, NEVER).unwrap();
                }
            }
        });
        let operation = self.operation(index, client.begun);
        world.history.change(|history| history.start(operation));
        self.apply_client(world, index, settle_client(client, index));
    }

    fn apply_client(&self, world: &mut World, index: usize, step: ClientStep) {
        let (client, requests, returned) = step;
        if let Some(value) = returned {
            let operation = self.operation(index, client.begun);
            world.history.change(|history| history.end(operation, value));
        }
        world.clients[index] = client;
        requests.into_iter().for_each(|request| post(world, request));
    }

    /// Makes durable what a voter has, if its disk is not lazy.
    fn save_and_settle_voter(&self, mut voter: Voter, index: usize) -> VoterStep {
        if self.mistake == Mistake::LyingDisk {
            let disk = voter.disk.clone();
            persist(&mut voter);
            voter.disk = disk;
        } else if !self.lazy_disk {
            persist(&mut voter);
        }
        settle_voter(voter, index)
    }

    /// Drops messages that cannot change anything any more.
    fn tidy(&self, world: &mut World) {
        if self.mistake == Mistake::SameSeed {
            return; // what is too late is just what that mistake is about
        }
        let World { clients, voters, network, .. } = world;
        network.retain(|envelope| match &**envelope {
            // An answer can still tell who the voters are.
            Envelope::Reply { client, .. } => clients[*client].busy || self.has_changes(),
            Envelope::Request { client, to, request } => {
                if clients[*client].busy || self.has_changes() || self.fair_from.is_some() {
                    return true;
                }
                // The answer goes to nobody, so only what it would change at the voter counts.
                let voter = &voters[voter_index(*to)];
                memo::is_news(voter, envelope, || {
                    let mut after = voter.acceptor.clone();
                    after.handle(DUE, client_id(0), request.clone());
                    !voter.acceptor.is_durable() || !after.is_durable()
                })
            }
        });
    }

    fn crash(&self, world: &mut World, index: usize) {
        world.so_far.crashes += 1;
        let others = world.voters.iter().enumerate().filter(|(other, _)| *other != index);
        // Any majority will do; the first ones are one.
        let majority = others.take(world.voters.len() / 2 + 1);
        let caught_up = majority.fold(0, |all, (_, voter)| all | voter.acceptor.state().0);
        world.voters[index].change(|voter| {
            match self.mistake {
                Mistake::LostDisk => voter.disk = (Bits(0), None),
                Mistake::LostDiskThenCaughtUp => voter.disk = (Bits(caught_up), None),
                _ => {}
            }
            voter.acceptor = self.acceptor(voter.disk.clone());
            voter.acceptor.enrol(voter.enrolment, voter.roll.clone());
        });
    }
}

/// Finds the ways in which answers can arrive until the client does something: ends, or asks.
///
/// Those before the last one only make it remember them, which nobody else can see. So it is enough
/// to let them arrive right before that one, in any one order.
pub(crate) fn collect(world: &World, index: usize) -> Vec<Vec<usize>> {
    let places = world.network.iter().enumerate();
    let places = places.filter_map(|(at, envelope)| match &**envelope {
        Envelope::Reply { client, .. } if *client == index => Some(at),
        _ => None,
    });
    let mut places: Vec<usize> = places.collect();
    // In an order that does not depend on the voters' names.
    places.sort_by_key(|at| world.network[*at].content_key());
    let replies: Vec<&Shared<Envelope>> = places.iter().map(|at| &world.network[*at]).collect();
    let client = &world.clients[index];
    let ways = memo::ways(client, &replies, || {
        let mut ways = Vec::new();
        find_ways(client, &replies, 0, &mut Vec::new(), &mut ways);
        ways
    });
    ways.into_iter().map(|way| way.into_iter().map(|reply| places[reply]).collect()).collect()
}

fn find_ways(
    client: &Client,
    replies: &[&Shared<Envelope>],
    from: usize,
    taken: &mut Vec<usize>,
    ways: &mut Vec<Vec<usize>>,
) {
    for at in from..replies.len() {
        let mut after = client.clone();
        after.receive(replies[at]);
        taken.push(at);
        let mut look = after.coordinators[0].clone();
        if look.poll_transmit().is_some() || look.poll_done().is_some() {
            ways.push(taken.clone());
        } else {
            find_ways(&after, replies, at + 1, taken, ways);
        }
        taken.pop();
    }
}

fn settle_client(mut client: Client, index: usize) -> ClientStep {
    let mut requests = Vec::new();
    let mut done = None;
    for (renaming, coordinator) in client.coordinators.iter_mut().enumerate() {
        while let Some(Outgoing { to, message: request }) = coordinator.poll_transmit() {
            if renaming == 0 {
                requests.push(Shared::new(Envelope::Request { client: index, to, request }));
            }
        }
        let ended = coordinator.poll_done();
        done = if renaming == 0 { ended } else { done };
    }
    client.busy &= done.is_none();
    let returned = done.and_then(|done| done.result.ok()).map(|success| match success {
        Success::Read(value) => value,
        _ => Bits::default(),
    });
    (Shared::new(client), requests, returned)
}

pub(crate) fn persist(voter: &mut Voter) {
    if let Some(record) = voter.acceptor.pending() {
        voter.disk.0.0 |= record.delta.0;
        if record.voters.is_some() {
            voter.disk.1 = record.voters;
        }
        voter.acceptor.persisted(record.number);
    }
}

fn settle_voter(mut voter: Voter, index: usize) -> VoterStep {
    let id = NodeId::from_u128(index as u128 + 1);
    let mut replies = Vec::new();
    while let Some(Outgoing { to, message: reply }) = voter.acceptor.poll_transmit() {
        let client = usize::from(to.as_bytes()[15]) - 100;
        replies.push(Shared::new(Envelope::Reply { voter: id, client, reply }));
    }
    (Shared::new(voter), replies)
}

fn apply_voter(world: &mut World, index: usize, (voter, replies): VoterStep) {
    world.voters[index] = voter;
    replies.into_iter().for_each(|reply| post(world, reply));
}

fn post(world: &mut World, envelope: Shared<Envelope>) {
    let place = world.network.binary_search_by_key(&envelope.key(), Shared::key);
    if let Err(at) = place {
        world.network.insert(at, envelope);
    }
}
