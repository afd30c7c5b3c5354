//! What is not in the data: replica ids, sole dots in runs, and how many dots a store has.

mod counts;
mod prefix;
mod replicas;
mod runs;

pub(crate) use self::counts::{CountReader, CountWriter};
pub(crate) use self::prefix::Prefix;
pub(crate) use self::replicas::{Id, ReplicaReader, ReplicaWriter};
pub(crate) use self::runs::{RunReader, RunWriter};
