use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use quickcheck::{Arbitrary, Gen, QuickCheck, Testable};
use rejoin_clocks::{CausalContext, Dot, ReplicaId};

/// Runs a property on some thousands of cases.
pub(crate) fn check<P: Testable>(property: P) {
    let tests = std::env::var("QUICKCHECK_TESTS").ok().and_then(|tests| tests.parse().ok());
    let tests = tests.unwrap_or(4_000);
    QuickCheck::new().tests(tests).max_tests(tests * 100).quickcheck(property);
}

pub(crate) fn id(id: u128) -> ReplicaId {
    ReplicaId::from_u128(id)
}

pub(crate) fn dot(replica: u128, seq: u64) -> Dot {
    Dot::new(id(replica), seq).expect("tests number from 1")
}

pub(crate) fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The model of a context: its dots, one by one.
pub(crate) type Model = BTreeSet<(ReplicaId, u64)>;

/// Dots that collide often, in one of four shapes, in random order and with repetitions.
#[derive(Clone, Debug)]
pub(crate) struct Dots(pub(crate) Vec<Dot>);

impl Dots {
    pub(crate) fn context(&self) -> CausalContext {
        self.0.iter().copied().collect()
    }

    pub(crate) fn model(&self) -> Model {
        self.0.iter().map(|dot| (dot.replica(), dot.seq())).collect()
    }
}

impl Arbitrary for Dots {
    fn arbitrary(g: &mut Gen) -> Self {
        let (replicas, seqs, most) = *g
            .choose(&[
                (3, 8, 24_u64), // gaps that close
                (2, 90, 80),    // many runs of a replica
                (60, 4, 160),   // many replicas
                (200, 3, 5),    // a small part of many
            ])
            .expect("not empty");
        let count = u64::arbitrary(g) % (most + 1);
        let high = u8::arbitrary(g) < 16; // now and then at the end of the range
        let mut dot = |_| {
            let replica = u128::arbitrary(g) % replicas;
            let seq = u64::arbitrary(g) % seqs;
            dot(replica, if high && bool::arbitrary(g) { u64::MAX - seq } else { seq + 1 })
        };
        Self((0..count).map(&mut dot).collect())
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let dots = self.0.clone();
        let without = move |at| {
            let mut fewer = dots.clone();
            fewer.remove(at);
            Self(fewer)
        };
        let (front, back) = self.0.split_at(self.0.len() / 2);
        let halves = [Self(front.to_vec()), Self(back.to_vec())];
        let all = self.0.len();
        let halves = halves.into_iter().filter(move |half| half.0.len() < all); // or it never ends
        Box::new(halves.chain((0..self.0.len()).map(without)))
    }
}
