//! Records that cannot be read: they cost no others, are kept, and come back from peers.

use std::cell::Cell;
use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;

use rejoin_core::{Causal, Crdt};
use rejoin_durable::{
    CommitError, Durable, EpochError, LoadError, Memory, RecordError, Snapshot, Storage, Stored,
};
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;
use rejoin_store::{Config, Replicated, SealError};
use serde::{Deserialize, Serialize};

use crate::support::{Doc, Fault, Faulty, connect, disconnect, id, open, records, talk, wait};

type Tags = Causal<AwSet<u64>>;

/// Memory that holds these records.
fn holding(number: u128, records: &[Vec<u8>]) -> Memory {
    let mut memory = Memory::new(id(number).node());
    records.iter().for_each(|record| memory.append(record).unwrap_or_else(|never| match never {}));
    memory
}

fn damage(record: &mut [u8], bit: usize) {
    record[bit / 8 % record.len()] ^= 1 << (bit % 8);
}

fn reopen<S: Replicated, D: Storage>(node: Durable<S, D>) -> Durable<S, D> {
    Durable::open(node.into_storage(), Config::default()).unwrap()
}

/// Ten tags, one a record.
fn ten() -> Vec<Vec<u8>> {
    let mut node = open::<Tags>(1, &Config::default());
    (0..10_u64).for_each(|n| {
        node.edit(|tags| tags.insert(n)).unwrap();
    });
    records(&node.into_storage())
}

#[test]
fn one_unreadable_record_costs_no_other() {
    let records = ten();
    for at in 1..11 {
        // the first says of which type the others are
        for bit in 0..records[at].len() * 8 {
            let mut damaged = records.clone();
            damage(&mut damaged[at], bit);
            let storage = holding(1, &damaged);
            let node = Durable::<Tags, _>::open(storage, Config::default()).unwrap();
            let there: Vec<u64> = node.state().iter().copied().collect();
            let expected: Vec<u64> = (0..10).filter(|n| *n != at as u64 - 1).collect();
            assert_eq!(there, expected, "bit {bit} of record {at}");

            let [record] = node.unreadable() else { panic!("{:?}", node.unreadable()) };
            assert_eq!((record.position(), record.records()), (at as u64, 1));
            assert_eq!(record.bytes(), damaged[at]);
            assert!(matches!(record.error(), RecordError::Sealed(_)), "{record}");
            assert!(record.error().source().is_some());
        }
    }
}

#[test]
fn its_bytes_are_kept_until_they_are_discarded() {
    let mut damaged = ten();
    damage(&mut damaged[4], 40);
    let mut node = Durable::<Tags, _>::open(holding(1, &damaged), Config::default()).unwrap();
    let found = node.unreadable().to_vec();
    assert_eq!(
        found[0].to_string(),
        format!("record 4, {} bytes: it cannot be decoded", damaged[4].len())
    );
    for round in 0..4 {
        node = reopen(node);
        assert_eq!(node.unreadable(), found, "opened again, without a commit");
        node.edit(|tags| tags.insert(100 + round)).unwrap();
        assert_eq!(node.storage().log_bytes() == 0, round == 0, "the first commit compacts");
        node.compact().unwrap();
        node = reopen(node);
        assert_eq!(node.unreadable(), found);
    }
    assert_eq!(node.state().len(), 13);

    let refused = node.begin_epoch(|_| Ok::<_, Infallible>(()));
    assert!(matches!(refused, Err(EpochError::Unreadable)));
    node.discard_unreadable().unwrap();
    assert!(node.unreadable().is_empty());
    let mut node = reopen(node);
    assert!(node.unreadable().is_empty());
    assert_eq!(node.state().len(), 13);
    node.begin_epoch(|_| Ok::<_, Infallible>(())).unwrap();
}

#[test]
fn what_could_not_be_discarded_is_still_there() {
    let disk = Faulty::new(1);
    disk.clone().append(&[1, 2, 3]).unwrap();
    let mut storage = disk.clone();
    storage.append(&[1, 2, 3]).unwrap();
    disk.compact.set(Fault::Fail);
    let mut node = Durable::<Tags, _>::open(storage, Config::default()).unwrap();
    assert!(matches!(node.discard_unreadable(), Err(CommitError::Storage(_))));
    assert_eq!(node.unreadable().len(), 1);
}

#[test]
fn a_run_under_a_given_id_refuses_them() {
    // The dots in it may have been minted in the incarnation that is asked for.
    let mut damaged = ten();
    damage(&mut damaged[9], 50);
    let opened = Durable::<Tags, _>::open_as(holding(1, &damaged), 0, Config::default());
    let error = opened.unwrap_err();
    assert_eq!(error.to_string(), "a stored record cannot be read");
    assert!(matches!(error, LoadError::Record(RecordError::Sealed(SealError::Checksum))));

    let mut node = Durable::<Tags, _>::open(holding(1, &damaged), Config::default()).unwrap();
    node.compact().unwrap();
    assert!(Durable::<Tags, _>::open_as(node.into_storage(), 0, Config::default()).is_err());
}

/// A value of records of all kinds: own and received deltas, differences, and a snapshot.
fn well_travelled() -> [Durable<Doc, Memory>; 3] {
    let config = Config::default().with_max_log(0); // what is not sent at once is a difference
    let mut nodes = [1, 2, 3].map(|number| open::<Doc>(number, &config));
    let write = |nodes: &mut [Durable<Doc, Memory>], round: u8| {
        for (at, node) in nodes.iter_mut().enumerate() {
            let key = round * 3 + at as u8;
            node.edit(|doc| doc.entry(key).tags().insert(u64::from(key))).unwrap();
            node.edit(|doc| doc.entry(key % 5).title().set(format!("{key}"))).unwrap();
        }
    };
    for round in 0..6 {
        connect(&mut nodes);
        write(&mut nodes, 2 * round);
        talk(&mut nodes);
        disconnect(&mut nodes);
        write(&mut nodes, 2 * round + 1);
        if round == 2 {
            nodes[0].compact().unwrap();
        }
    }
    connect(&mut nodes);
    talk(&mut nodes);
    disconnect(&mut nodes);
    nodes
}

/// Connects the nodes for some seconds.
fn exchange(nodes: &mut [Durable<Doc, Memory>]) {
    connect(nodes);
    for _ in 0..5 {
        talk(nodes);
        wait(nodes, Duration::from_secs(1));
    }
    talk(nodes);
}

/// The first write of a round that it says it has seen of each writer, and does not have.
fn false_claims(node: &Durable<Doc, Memory>) -> usize {
    let seen = node.replica().seen();
    let is_missing = |round: &u8, at: u8| {
        let key = round * 3 + at;
        let entry = node.state().get(&key);
        seen.get(id(u128::from(at) + 1)) > u64::from(2 * round)
            && !entry.is_some_and(|item| item.tags.contains(&u64::from(key)))
    };
    (0..3).map(|at| (0..12).filter(|round| is_missing(round, at)).count()).sum()
}

/// No record says that what was in a missing one is there: a difference or a snapshot does, and
/// peers that believe it never send it again.
#[test]
fn what_was_in_them_comes_back_from_peers() {
    let [first, second, third] = well_travelled();
    let expected = first.state().clone();
    assert!(second.state() == &expected && third.state() == &expected);
    let stored = records(first.storage());
    assert!(stored.len() > 10, "{}", stored.len());
    let mut lacking = 0;
    for at in 0..stored.len() {
        for compacts in [false, true] {
            let mut damaged = stored.clone();
            damage(&mut damaged[at], 77);
            let config = Config::default();
            let open = |number, records: &[Vec<u8>]| {
                Durable::<Doc, _>::open(holding(number, records), config.clone()).unwrap()
            };
            let mut one = open(1, &damaged);
            assert_eq!(one.unreadable().len(), 1);
            lacking += u32::from(*one.state() != expected);
            assert_eq!(false_claims(&one), 0, "without record {at}");
            if compacts {
                one.compact().unwrap();
                one = reopen(one);
                assert_eq!(false_claims(&one), 0, "compacted without record {at}");
            }
            let mut nodes = [one, open(2, &records(second.storage()))];
            exchange(&mut nodes);
            assert_eq!(nodes[0].state(), &expected, "without record {at}");
            assert_eq!(nodes[0].replica().seen(), nodes[1].replica().seen());

            disconnect(&mut nodes);
            let [one, two] = nodes;
            let mut nodes = [reopen(one), two];
            assert_eq!(nodes[0].state(), &expected, "opened again without record {at}");
            assert_eq!(nodes[0].unreadable().len(), 1);
            exchange(&mut nodes);
            assert_eq!(nodes[0].replica().seen(), nodes[1].replica().seen());
        }
    }
    assert!(lacking > 10, "the canary: most records have something of their own: {lacking}");
}

/// A storage that knows which of its records it has lost.
struct Lossy(Memory, u64);

impl Storage for Lossy {
    type Error = Infallible;

    fn node(&self) -> rejoin_durable::NodeId {
        self.0.node()
    }

    fn renew(&mut self, node: rejoin_durable::NodeId) -> Result<(), Infallible> {
        self.0.renew(node)
    }

    fn load(&mut self, visit: &mut dyn FnMut(Stored<'_>)) -> Result<(), Infallible> {
        if self.1 > 0 {
            visit(Stored::Lost { records: self.1 });
        }
        self.0.load(visit)
    }

    fn append(&mut self, delta: &[u8]) -> Result<(), Infallible> {
        self.0.append(delta)
    }

    fn compact(&mut self, snapshot: &mut Snapshot<'_>) -> Result<(), CommitError<Infallible>> {
        self.1 = 0;
        self.0.compact(snapshot)
    }

    fn log_bytes(&self) -> u64 {
        self.0.log_bytes()
    }

    fn snapshot_bytes(&self) -> u64 {
        self.0.snapshot_bytes()
    }
}

#[test]
fn what_a_storage_has_lost_is_remembered_after_it_has_forgotten_it() {
    let mut node =
        Durable::<Tags, _>::open(Lossy(holding(1, &ten()), 3), Config::default()).unwrap();
    for _ in 0..2 {
        let [lost] = node.unreadable() else { panic!("{:?}", node.unreadable()) };
        assert_eq!((lost.position(), lost.records(), lost.bytes()), (0, 3, [].as_slice()));
        assert_eq!(lost.error(), &RecordError::Lost);
        assert_eq!(lost.to_string(), "3 records from 0 on: the storage has lost it");
        assert!(lost.error().source().is_none());
        node.compact().unwrap();
        node = reopen(node);
    }
}

thread_local! {
    /// Whether [`Picky`] can be read.
    static IS_MENDED: Cell<bool> = const { Cell::new(true) };
}

/// A type whose author has made a mistake for a while.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64")]
struct Picky(u64);

impl TryFrom<u64> for Picky {
    type Error = &'static str;

    fn try_from(n: u64) -> Result<Self, &'static str> {
        if n == 13 && !IS_MENDED.get() { Err("bad luck") } else { Ok(Self(n)) }
    }
}

impl From<Picky> for u64 {
    fn from(Picky(n): Picky) -> Self {
        n
    }
}

#[test]
fn what_can_be_read_again_is_taken_in() {
    type Picks = Causal<AwSet<Picky>>;
    for compacts in [false, true] {
        IS_MENDED.set(true);
        let mut node = open::<Picks>(1, &Config::default());
        for n in [12, 13, 14] {
            node.edit(|set| set.insert(Picky(n))).unwrap();
        }
        IS_MENDED.set(false);
        node = reopen(node);
        assert_eq!((node.state().len(), node.unreadable().len()), (2, 1));
        if compacts {
            node.compact().unwrap();
            node = reopen(node);
            assert_eq!((node.state().len(), node.unreadable().len()), (2, 1));
        }
        IS_MENDED.set(true);
        node = reopen(node);
        assert_eq!((node.state().len(), node.unreadable().len()), (3, 0));
        node.edit(|set| set.insert(Picky(15))).unwrap();
        IS_MENDED.set(false);
        node = reopen(node);
        assert_eq!(node.unreadable().len(), 1, "it is in the snapshot now");
    }
}

/// A snapshot whose value cannot be read still says which epoch it is of, and what layers above
/// want remembered.
#[test]
fn the_epoch_and_notes_do_not_depend_on_the_value() {
    type Title = Causal<MvRegister<String>>;
    let mut node = open::<Title>(1, &Config::default());
    node.edit(|title| title.set("a".to_owned())).unwrap();
    node.replica_mut().set_note("voters", 7, b"three of them".to_vec());
    node.begin_epoch(|_| Ok::<_, Infallible>(())).unwrap();
    let mut damaged = records(node.storage());
    damage(&mut damaged[1], 90);
    let node = Durable::<Title, _>::open(holding(1, &damaged), Config::default()).unwrap();
    assert_eq!(node.unreadable().len(), 1);
    assert!(node.state().is_bottom());
    assert_eq!(node.replica().epoch(), 1);
    assert_eq!(node.replica().note("voters"), Some((7, b"three of them".as_slice())));

    // So does each record of the log.
    let mut node = reopen(node);
    node.edit(|title| title.set("b".to_owned())).unwrap();
    node.compact().unwrap();
    node.edit(|title| title.set("c".to_owned())).unwrap();
    let last = records(node.storage()).pop().unwrap();
    let node = Durable::<Title, _>::open(holding(1, &[last]), Config::default()).unwrap();
    assert_eq!(node.replica().epoch(), 1);
}
