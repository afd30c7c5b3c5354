//! What is written once and referred to, or not in the data at all: replica ids, names of variants,
//! sole dots in runs, and how many dots a store has.

mod counts;
mod names;
mod prefix;
mod replicas;
mod runs;
mod table;

pub(crate) use self::counts::{CountReader, CountWriter};
pub(crate) use self::names::{MAX_NAME, NameReader, NameWriter};
pub(crate) use self::prefix::Prefix;
pub(crate) use self::replicas::{Id, ReplicaReader};
pub(crate) use self::runs::{RunReader, RunWriter};
pub(crate) use self::table::{Table, is_unique};
