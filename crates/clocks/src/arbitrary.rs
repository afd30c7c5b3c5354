//! Every clock as an `Arbitrary` value: of few replicas and small numbers, so that they compare in
//! every way.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use quickcheck::{Arbitrary, Gen};

use crate::{
    CausalContext, Dot, DottedVersionVector, Hlc, HlcClock, Lamport, NodeId, ReplicaId,
    VersionVector, WallTime,
};

/// Mostly one of four.
impl Arbitrary for ReplicaId {
    fn arbitrary(g: &mut Gen) -> Self {
        match u8::arbitrary(g) % 16 {
            0 => Self::from_u128(u128::arbitrary(g)),
            other => Self::from_u128(u128::from(other % 4) + 1),
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let number = u128::from_be_bytes(*self.as_bytes());
        Box::new((1..number.min(5)).map(Self::from_u128))
    }
}

/// The node of an arbitrary replica.
impl Arbitrary for NodeId {
    fn arbitrary(g: &mut Gen) -> Self {
        ReplicaId::arbitrary(g).node()
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.run(0).shrink().map(ReplicaId::node))
    }
}

impl Arbitrary for Dot {
    fn arbitrary(g: &mut Gen) -> Self {
        let (replica, seq) = (ReplicaId::arbitrary(g), 1 + u64::from(u8::arbitrary(g) % 8));
        Self::new(replica, seq).expect("seq is at least 1")
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let parts = (self.replica(), self.seq());
        Box::new(parts.shrink().filter_map(|(replica, seq)| Self::new(replica, seq)))
    }
}

impl Arbitrary for VersionVector {
    fn arbitrary(g: &mut Gen) -> Self {
        Vec::<Dot>::arbitrary(g).into_iter().collect()
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let last = self.iter().filter_map(|(replica, seq)| Dot::new(replica, seq));
        let last: Vec<Dot> = last.collect();
        Box::new(last.shrink().map(|last| last.into_iter().collect()))
    }
}

impl Arbitrary for CausalContext {
    fn arbitrary(g: &mut Gen) -> Self {
        Vec::<Dot>::arbitrary(g).into_iter().collect()
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let dots: Vec<Dot> = self
            .runs()
            .flat_map(|(replica, run)| run.filter_map(move |seq| Dot::new(replica, seq)))
            .collect();
        Box::new(dots.shrink().map(|dots| dots.into_iter().collect()))
    }
}

impl Arbitrary for DottedVersionVector {
    fn arbitrary(g: &mut Gen) -> Self {
        Self::new(Option::<Dot>::arbitrary(g), VersionVector::arbitrary(g))
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let parts = (self.dot(), self.past().clone());
        Box::new(parts.shrink().map(|(dot, past)| Self::new(dot, past)))
    }
}

impl Arbitrary for WallTime {
    fn arbitrary(g: &mut Gen) -> Self {
        Self::from_unix_millis(u64::arbitrary(g))
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.as_unix_millis().shrink().map(Self::from_unix_millis))
    }
}

impl Arbitrary for Hlc {
    fn arbitrary(g: &mut Gen) -> Self {
        Self::from_bits(u64::arbitrary(g))
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.to_bits().shrink().map(Self::from_bits))
    }
}

/// Mostly with stamps left to make, and drifts of up to a minute.
impl Arbitrary for HlcClock {
    fn arbitrary(g: &mut Gen) -> Self {
        let mut duration = || Duration::from_millis(u64::from(u16::arbitrary(g)));
        let (max_drift, max_jump) = (duration(), duration());
        let clock = Self::resume(Hlc::arbitrary(g), max_drift);
        if bool::arbitrary(g) { clock.with_max_jump(max_jump) } else { clock }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let parts = (self.last(), self.max_drift(), self.max_jump());
        Box::new(parts.shrink().map(|(last, max_drift, max_jump)| {
            let clock = Self::resume(last, max_drift);
            max_jump.map_or(clock.clone(), |max_jump| clock.with_max_jump(max_jump))
        }))
    }
}

impl Arbitrary for Lamport {
    fn arbitrary(g: &mut Gen) -> Self {
        let mut clock = Self::new();
        clock.observe(u64::arbitrary(g));
        clock
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.time().shrink().map(|time| {
            let mut clock = Self::new();
            clock.observe(time);
            clock
        }))
    }
}
