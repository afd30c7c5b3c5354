//! One node, of whatever version.

use std::collections::HashMap;
use std::time::Duration;

use rejoin_codec::to_vec;
use rejoin_core::{Causal, CausalContext, ReplicaId};
use rejoin_durable::{Config, Durable, Memory};
use rejoin_maps::GMap;
use rejoin_quorum::{
    ByKey, CoordinatorConfig, Level, QuorumConfig, Quorums, Standing, Success, Ticket, Voters,
};
use rejoin_store::{NodeId, Time, Transmit};

use crate::upgrades::edits::{Board, Change};
use crate::upgrades::forgetful::Forgetful;
use crate::upgrades::types::{Board0, Board1, Board2, Board3};

/// What has ended well: the number of the operation, and what a read has seen, with its bytes.
pub(super) type Ended = (usize, Option<(CausalContext, Vec<u8>)>);

/// A node of some version.
pub(super) trait Machine {
    fn id(&self) -> ReplicaId;
    fn is_connected(&self, peer: ReplicaId) -> bool;
    fn connected(&mut self, now: Time, peer: ReplicaId);
    fn disconnected(&mut self, peer: ReplicaId);
    fn standing(&self) -> Standing;
    fn greeted(&mut self, now: Time, peer: ReplicaId, standing: &Standing) -> bool;
    fn handle(&mut self, now: Time, from: ReplicaId, payload: &[u8]);
    fn poll_timeout(&self) -> Option<Time>;
    /// Does what is due and commits, and gives what is to be sent.
    fn drive(&mut self, now: Time) -> Vec<Transmit>;
    fn ended(&mut self) -> Vec<Ended>;
    /// Edits an object, as an operation of this number, and gives the dots of the edit.
    fn edit(&mut self, at: At, change: &Change) -> CausalContext;
    fn read(&mut self, at: At);
    fn crash(self: Box<Self>) -> Memory;
    fn state(&self) -> Vec<u8>;
    fn context(&self, key: u8) -> CausalContext;
}

/// An operation: its number, its object, its level and its deadline.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) number: usize,
    pub(super) key: u8,
    pub(super) level: Level,
    pub(super) deadline: Time,
}

type Objects<B> = GMap<u8, Causal<B>>;

struct Node<B: Board> {
    durable: Durable<Objects<B>, Memory>,
    quorums: Quorums<Objects<B>, ByKey>,
    tickets: HashMap<Ticket, usize>,
}

/// Starts a node of this version from its disk.
pub(super) fn start(version: u8, disk: Memory, run: u64, max_message: usize) -> Box<dyn Machine> {
    match version {
        0 => Node::<Board0>::start(disk, run, max_message),
        1 => Node::<Board1>::start(disk, run, max_message),
        2 => Node::<Board2>::start(disk, run, max_message),
        3 => Node::<Board3>::start(disk, run, max_message),
        _ => Node::<Forgetful>::start(disk, run, max_message),
    }
}

impl<B: Board> Node<B> {
    fn start(disk: Memory, run: u64, max_message: usize) -> Box<dyn Machine> {
        let config = Config::default().with_seed(run);
        let durable = Durable::<Objects<B>, _>::open_as(disk, run, config).expect("it fits");
        let coordinator = CoordinatorConfig::new(0).with_retry_interval(Duration::from_millis(20));
        let config = QuorumConfig::default()
            .with_coordinator(coordinator)
            .with_max_message(max_message)
            .with_run_timeout(Duration::from_millis(30));
        let voters = Voters::declare((1..=3).map(NodeId::from_u128)).expect("three voters");
        let quorums = Quorums::new(durable.replica(), voters, config).expect("the same voters");
        Box::new(Self { durable, quorums, tickets: HashMap::new() })
    }
}

impl<B: Board> Machine for Node<B> {
    fn id(&self) -> ReplicaId {
        self.durable.id()
    }

    fn is_connected(&self, peer: ReplicaId) -> bool {
        self.durable.replica().peers().any(|other| other == peer)
    }

    fn connected(&mut self, now: Time, peer: ReplicaId) {
        self.durable.replica_mut().connected(now, peer);
    }

    fn disconnected(&mut self, peer: ReplicaId) {
        self.durable.replica_mut().disconnected(peer);
    }

    fn standing(&self) -> Standing {
        self.quorums.standing()
    }

    fn greeted(&mut self, now: Time, peer: ReplicaId, standing: &Standing) -> bool {
        let Self { durable, quorums, .. } = self;
        let is_connected = |run| durable.replica().peers().any(|peer| peer == run);
        quorums.greeted(now, peer, standing, is_connected).is_ok()
    }

    fn handle(&mut self, now: Time, from: ReplicaId, payload: &[u8]) {
        let replica = self.durable.replica_mut();
        if Quorums::<Objects<B>, ByKey>::is_message(payload) {
            self.quorums.handle(now, from, payload, replica).expect("a sound message");
        } else {
            // It may come from an earlier run of a peer.
            let _ = replica.handle(now, from, payload);
        }
    }

    fn poll_timeout(&self) -> Option<Time> {
        let quorums = self.quorums.poll_timeout();
        self.durable.replica().poll_timeout().into_iter().chain(quorums).min()
    }

    fn drive(&mut self, now: Time) -> Vec<Transmit> {
        self.durable.replica_mut().handle_timeout(now);
        self.quorums.handle_timeout(now);
        loop {
            self.quorums.prepare(self.durable.replica_mut());
            self.durable.commit().expect("a disk in memory");
            if !self.quorums.release(now, self.durable.replica_mut()) {
                break;
            }
        }
        while self.quorums.poll_refused().is_some() {}
        let mut out = Vec::new();
        while let Some(transmit) = self.durable.replica_mut().poll_transmit(now) {
            out.push(transmit);
        }
        while let Some(transmit) = self.quorums.poll_transmit(self.durable.replica()) {
            out.push(transmit);
        }
        out
    }

    fn ended(&mut self) -> Vec<Ended> {
        let mut all = Vec::new();
        while let Some(ended) = self.quorums.poll_ended() {
            let Some(number) = self.tickets.remove(&ended.ticket) else { continue };
            match ended.result {
                Ok(Success::Read(value)) => {
                    let bytes = to_vec(&value).expect("it can be written");
                    all.push((number, Some((value.context().clone(), bytes))));
                }
                Ok(_) => all.push((number, None)),
                Err(_) => {}
            }
        }
        all
    }

    fn edit(&mut self, at: At, change: &Change) -> CausalContext {
        let own = self.id();
        let last = |node: &Self| {
            node.durable.state().get(&at.key).map_or(0, |object| object.context().max(own))
        };
        let before = last(self);
        let replica = self.durable.replica_mut();
        let staged = self.quorums.stage(replica, at.level, at.deadline, |map| {
            B::apply(&mut map.entry(at.key), change);
        });
        let ((), ticket) = staged.expect("it can be encoded");
        self.tickets.insert(ticket, at.number);
        let mut dots = CausalContext::new();
        dots.insert_run(own, before + 1..=last(self));
        dots
    }

    fn read(&mut self, at: At) {
        let ticket = self.quorums.read(at.key, at.level, at.deadline);
        self.tickets.insert(ticket, at.number);
    }

    fn crash(self: Box<Self>) -> Memory {
        self.durable.into_storage()
    }

    fn state(&self) -> Vec<u8> {
        to_vec(self.durable.state()).expect("it can be written")
    }

    fn context(&self, key: u8) -> CausalContext {
        self.durable
            .state()
            .get(&key)
            .map_or_else(CausalContext::new, |object| object.context().clone())
    }
}
