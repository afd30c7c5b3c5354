//! Planted faults, each of which the rig must notice.

use rejoin_core::{Crdt, Decompose, Diff};
use serde::{Deserialize, Deserializer, Serialize};

use rejoin_tests::samples::Visitor;

use super::mutants::Mutants;

/// Believes a length.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Greedy(u64);

impl<'de> Deserialize<'de> for Greedy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let length = u64::deserialize(deserializer)?;
        let room = Vec::<u64>::with_capacity(length.min(1 << 20) as usize);
        Ok(Self(length + room.len() as u64))
    }
}

/// Reads two forms of a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Lax(u8);

impl<'de> Deserialize<'de> for Lax {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u8::deserialize(deserializer).map(|byte| Self(byte & 0x7f))
    }
}

/// Panics at something rare.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Trap(u64);

impl<'de> Deserialize<'de> for Trap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = u64::deserialize(deserializer)?;
        assert!(value < u64::MAX / 3, "the trap");
        Ok(Self(value))
    }
}

/// Is no lattice, from a hundred on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sum(u8);

impl Crdt for Sum {
    fn merge(&mut self, other: Self) -> bool {
        let before = self.0;
        self.0 = self.0.max(other.0);
        if other.0 >= 100 {
            self.0 = self.0.wrapping_add(other.0);
        }
        self.0 != before
    }
}

impl Diff for Sum {
    type Digest = u8;

    fn digest(&self) -> u8 {
        self.0
    }

    fn diff(&self, peer: &u8) -> Option<Self> {
        (self.0 > *peer).then(|| self.clone())
    }
}

impl Decompose for Sum {
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        if self.0 > 0 {
            visit(self.clone());
        }
    }
}

#[test]
fn every_canary_is_noticed() {
    let mut mutants = Mutants::new(2_000, 0);
    mutants.value("greedy", Greedy(3));
    mutants.value("lax", Lax(3));
    mutants.value("trap", Trap(3));
    mutants.crdt("sum", Sum(3));
    assert_eq!(mutants.broken, ["greedy", "lax", "trap", "sum"]);
}
