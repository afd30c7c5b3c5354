//! A version with a mistake, which the runs have to find.

use rejoin_core::{DotStore, Unknown};
use rejoin_maps::OrMap;
use rejoin_registers::{EwFlag, MvRegister};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::upgrades::types::{Board1, Task1};

/// Version 1, with a mistake: it drops the fields of a board that it does not know.
#[derive(Clone, Debug, Default, PartialEq, DotStore)]
pub(crate) struct Forgetful {
    pub(crate) title: MvRegister<String>,
    pub(crate) tasks: OrMap<String, Task1>,
    pub(crate) archived: EwFlag,
}

impl Serialize for Forgetful {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { title, tasks, archived } = self.clone();
        Board1 { title, tasks, archived, unknown: Unknown::default() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Forgetful {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Board1 { title, tasks, archived, .. } = Board1::deserialize(deserializer)?;
        Ok(Self { title, tasks, archived })
    }
}
