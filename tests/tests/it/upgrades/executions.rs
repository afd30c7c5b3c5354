//! Replicas of three versions edit, exchange and are upgraded, beside ones that know every field:
//! after each step they have the same bytes.

use quickcheck::{Arbitrary, Gen};
use rejoin_codec::{from_slice, to_vec};
use rejoin_core::{Causal, Crdt, Decompose, Diff, Edit, ReplicaId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::upgrades::edits::{Board, Change};
use crate::upgrades::types::{Board0, Board1, Board2, Board3};

/// A replica of some version.
trait AnyBoard {
    fn change(&mut self, replica: ReplicaId, change: &Change) -> Vec<u8>;
    fn merge(&mut self, bytes: &[u8]);
    fn bytes(&self) -> Vec<u8>;
    fn digest(&self) -> Vec<u8>;
    fn diff(&self, digest: &[u8]) -> Option<Vec<u8>>;
    fn parts(&self) -> Vec<Vec<u8>>;
}

impl<B: Board> AnyBoard for Causal<B> {
    fn change(&mut self, replica: ReplicaId, change: &Change) -> Vec<u8> {
        write(&self.edit(replica, |board| B::apply(board, change)))
    }

    fn merge(&mut self, bytes: &[u8]) {
        Crdt::merge(self, read(bytes));
    }

    fn bytes(&self) -> Vec<u8> {
        write(self)
    }

    fn digest(&self) -> Vec<u8> {
        write(&Diff::digest(self))
    }

    fn diff(&self, digest: &[u8]) -> Option<Vec<u8>> {
        Diff::diff(self, &read(digest)).map(|news| write(&news))
    }

    fn parts(&self) -> Vec<Vec<u8>> {
        let mut parts = Vec::new();
        self.decompose(&mut |part| parts.push(write(&part)));
        parts.sort();
        parts
    }
}

fn write(value: &impl Serialize) -> Vec<u8> {
    to_vec(value).expect("it can be written")
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> T {
    from_slice(bytes).expect("it can be read")
}

fn open(version: u8, bytes: &[u8]) -> Box<dyn AnyBoard> {
    match version {
        0 => Box::new(read::<Causal<Board0>>(bytes)),
        1 => Box::new(read::<Causal<Board1>>(bytes)),
        2 => Box::new(read::<Causal<Board2>>(bytes)),
        _ => Box::new(read::<Causal<Board3>>(bytes)),
    }
}

const REPLICAS: usize = 4;

fn run(seed: u64, steps: usize) {
    let g = &mut Gen::from_size_and_seed(4, seed);
    let empty = write(&Causal::<Board0>::default());
    let mut versions: Vec<_> = (0..REPLICAS as u8).map(|at| at % 3 + 1).collect();
    let mut boards: Vec<_> = versions.iter().map(|version| open(*version, &empty)).collect();
    let mut mirrors: Vec<_> = (0..REPLICAS).map(|_| open(0, &empty)).collect();
    let mut sent = vec![empty];
    for number in 0..steps {
        let at = usize::arbitrary(g) % REPLICAS;
        match u8::arbitrary(g) % 16 {
            0 => {
                versions[at] = u8::arbitrary(g) % 3 + 1;
                boards[at] = open(versions[at], &boards[at].bytes());
            }
            1 => sent.push(boards[at].bytes()),
            2 => {
                let from = usize::arbitrary(g) % REPLICAS;
                let (digest, expected) = (boards[at].digest(), mirrors[at].digest());
                assert_eq!(digest, expected, "seed {seed}, step {number}");
                let news = boards[from].diff(&digest);
                let expected = mirrors[from].diff(&digest);
                assert_eq!(news, expected, "seed {seed}, step {number}");
                if let Some(news) = news {
                    boards[at].merge(&news);
                    mirrors[at].merge(&news);
                }
            }
            3 => {
                let parts = boards[at].parts();
                assert_eq!(parts, mirrors[at].parts(), "seed {seed}, step {number}");
                sent.extend(g.choose(&parts).cloned());
            }
            4..8 => {
                let bytes = g.choose(&sent).expect("the empty one");
                boards[at].merge(bytes);
                mirrors[at].merge(bytes);
            }
            _ => {
                let change = Change::arbitrary(g);
                let replica = ReplicaId::from_u128(at as u128 + 1);
                if change.is_known(versions[at]) {
                    let delta = boards[at].change(replica, &change);
                    let expected = mirrors[at].change(replica, &change);
                    assert_eq!(delta, expected, "seed {seed}, step {number}: {change:?}");
                    sent.push(delta);
                }
            }
        }
        assert_eq!(boards[at].bytes(), mirrors[at].bytes(), "seed {seed}, step {number}");
    }
}

#[test]
fn every_version_has_the_bytes_of_one_that_knows_all_fields() {
    for seed in crate::upgrades::seeds(100) {
        run(seed, 120);
    }
}
