//! Replicas of three versions edit, exchange and are upgraded, beside ones that know every field:
//! after each step they have the same bytes.

use quickcheck::{Arbitrary, Gen};
use rejoin_codec::{from_slice, to_vec};
use rejoin_core::{Causal, Crdt, Decompose, Diff, ReplicaId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::edits::{Board, Step};
use crate::types::{Board0, Board1, Board2, Board3};

/// A replica of some version.
trait AnyBoard {
    fn step(&mut self, replica: ReplicaId, step: &Step) -> Option<Vec<u8>>;
    fn merge(&mut self, bytes: &[u8]);
    fn bytes(&self) -> Vec<u8>;
    fn digest(&self) -> Vec<u8>;
    fn diff(&self, digest: &[u8]) -> Option<Vec<u8>>;
    fn parts(&self) -> Vec<Vec<u8>>;
}

impl<B> AnyBoard for B
where
    B: Board + Crdt + Diff + Decompose + Serialize + DeserializeOwned,
    B::Digest: Serialize + DeserializeOwned,
{
    fn step(&mut self, replica: ReplicaId, step: &Step) -> Option<Vec<u8>> {
        Board::step(self, replica, step).map(|delta| to_vec(&delta).unwrap())
    }

    fn merge(&mut self, bytes: &[u8]) {
        Crdt::merge(self, from_slice(bytes).unwrap());
    }

    fn bytes(&self) -> Vec<u8> {
        to_vec(self).unwrap()
    }

    fn digest(&self) -> Vec<u8> {
        to_vec(&Diff::digest(self)).unwrap()
    }

    fn diff(&self, digest: &[u8]) -> Option<Vec<u8>> {
        Diff::diff(self, &from_slice(digest).unwrap()).map(|news| to_vec(&news).unwrap())
    }

    fn parts(&self) -> Vec<Vec<u8>> {
        let mut parts = Vec::new();
        self.decompose(&mut |part| parts.push(to_vec(&part).unwrap()));
        parts.sort();
        parts
    }
}

fn open(version: usize, bytes: &[u8]) -> Box<dyn AnyBoard> {
    match version {
        0 => Box::new(from_slice::<Causal<Board0>>(bytes).unwrap()),
        1 => Box::new(from_slice::<Causal<Board1>>(bytes).unwrap()),
        2 => Box::new(from_slice::<Causal<Board2>>(bytes).unwrap()),
        _ => Box::new(from_slice::<Causal<Board3>>(bytes).unwrap()),
    }
}

const REPLICAS: usize = 4;

fn run(seed: u64, steps: usize) {
    let g = &mut Gen::from_size_and_seed(4, seed);
    let empty = to_vec(&Causal::<Board0>::default()).unwrap();
    let mut boards: Vec<_> = (0..REPLICAS).map(|at| open(at % 3 + 1, &empty)).collect();
    let mut mirrors: Vec<_> = (0..REPLICAS).map(|_| open(0, &empty)).collect();
    let mut sent = vec![empty];
    for number in 0..steps {
        let at = usize::arbitrary(g) % REPLICAS;
        match u8::arbitrary(g) % 16 {
            0 => {
                let version = usize::arbitrary(g) % 3 + 1;
                boards[at] = open(version, &boards[at].bytes());
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
                let bytes = g.choose(&sent).unwrap();
                boards[at].merge(bytes);
                mirrors[at].merge(bytes);
            }
            _ => {
                let step = Step::arbitrary(g);
                let replica = ReplicaId::from_u128(at as u128 + 1);
                if let Some(delta) = boards[at].step(replica, &step) {
                    let expected = mirrors[at].step(replica, &step).unwrap();
                    assert_eq!(delta, expected, "seed {seed}, step {number}: {step:?}");
                    sent.push(delta);
                }
            }
        }
        assert_eq!(boards[at].bytes(), mirrors[at].bytes(), "seed {seed}, step {number}");
    }
}

#[test]
fn every_version_has_the_bytes_of_one_that_knows_all_fields() {
    for seed in 0..300 {
        run(seed, 120);
    }
}
