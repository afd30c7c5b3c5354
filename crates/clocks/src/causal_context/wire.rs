//! In human-readable formats a map from replica to `[start, end]` pairs, otherwise a sequence of
//! (replica, sequence of (gap, length)), where `gap` is the start less the end of the run before
//! (less 0 for the first): small numbers, so few bytes. Either way it must be canonical, so that
//! equal contexts have equal bytes.

use core::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::builder::Builder;
use crate::run::Runs;
use crate::{CausalContext, InvalidContext, ReplicaId};

impl Serialize for CausalContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let len = Some(self.entries().count());
        if serializer.is_human_readable() {
            let mut map = serializer.serialize_map(len)?;
            for (replica, runs) in self.entries() {
                map.serialize_entry(&replica, &Pairs(runs))?;
            }
            map.end()
        } else {
            let mut seq = serializer.serialize_seq(len)?;
            for (replica, runs) in self.entries() {
                seq.serialize_element(&(replica, Deltas(runs)))?;
            }
            seq.end()
        }
    }
}

pub(super) struct Pairs<'a>(pub(super) Runs<'a>);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone().map(|run| (run.start, run.end)))
    }
}

pub(super) struct Deltas<'a>(pub(super) Runs<'a>);

impl Serialize for Deltas<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut end = 0;
        serializer.collect_seq(self.0.clone().map(|run| {
            let gap = run.start - end;
            end = run.end;
            (gap, run.len())
        }))
    }
}

impl<'de> Deserialize<'de> for CausalContext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_map(Context)
        } else {
            deserializer.deserialize_seq(Context)
        }
    }
}

/// Reads runs one by one: announced lengths are not believed, so nothing is allocated for them.
struct Context;

impl<'de> Visitor<'de> for Context {
    type Value = CausalContext;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a causal context, sorted by replica")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CausalContext, A::Error> {
        let mut builder = Builder::default();
        while let Some(replica) = map.next_key()? {
            let builder = &mut builder;
            if map.next_value_seed(RunList { builder, replica, deltas: false })? {
                return Err(invalid(InvalidContext::Empty { replica }));
            }
        }
        Ok(builder.finish())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<CausalContext, A::Error> {
        let mut builder = Builder::default();
        while let Some(without) = seq.next_element_seed(Entry { builder: &mut builder })? {
            if let Some(replica) = without {
                return Err(invalid(InvalidContext::Empty { replica }));
            }
        }
        Ok(builder.finish())
    }
}

/// One (replica, runs) of the binary form; gives the replica if it has no runs.
pub(super) struct Entry<'a> {
    pub(super) builder: &'a mut Builder,
}

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = Option<ReplicaId>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_tuple(2, self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = Option<ReplicaId>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a replica with its runs")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let replica = seq.next_element()?.ok_or_else(|| Error::invalid_length(0, &self))?;
        let runs = RunList { builder: &mut *self.builder, replica, deltas: true };
        match seq.next_element_seed(runs)? {
            Some(is_empty) => Ok(is_empty.then_some(replica)),
            None => Err(Error::invalid_length(1, &"a replica with its runs")),
        }
    }
}

/// The runs of one replica, in either form; gives whether there are none.
pub(super) struct RunList<'a> {
    pub(super) builder: &'a mut Builder,
    pub(super) replica: ReplicaId,
    pub(super) deltas: bool,
}

impl<'de> DeserializeSeed<'de> for RunList<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RunList<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the runs of a replica, as pairs")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        let Self { builder, replica, deltas } = self;
        let is_unsorted = builder.last_replica().is_some_and(|last| last >= replica);
        let mut last_end = 0;
        while let Some((first, second)) = seq.next_element::<(u64, u64)>()? {
            if is_unsorted {
                return Err(invalid(InvalidContext::Unsorted { replica }));
            }
            let (start, end) = if deltas {
                run_after(last_end, first, second)
                    .ok_or_else(|| invalid(InvalidContext::Overflow { replica }))?
            } else {
                (first, second)
            };
            builder.push(replica, start, end).map_err(invalid)?;
            last_end = end;
        }
        Ok(last_end == 0)
    }
}

/// The start and the end of a run, or `None` if it goes beyond `u64::MAX`.
fn run_after(last_end: u64, gap: u64, len: u64) -> Option<(u64, u64)> {
    let start = last_end.checked_add(gap)?;
    let end = match len {
        0 => 0, // before the start: an empty run
        _ => start.checked_add(len - 1)?,
    };
    Some((start, end))
}

fn invalid<E: Error>(error: InvalidContext) -> E {
    E::custom(format_args!("invalid causal context: {error}"))
}
