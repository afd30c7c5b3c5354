#[cfg(feature = "serde")]
mod wire;

use alloc::boxed::Box;
use alloc::vec::Vec;

use rejoin_clocks::{Dot, ReplicaId};

/// A key or a value of a type that is not known here: what its `Serialize` says.
///
/// It serializes as the value does, so the bytes are those that came. Fields of structs that are
/// not dot stores have no names, as in the bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Leaf {
    Bool(bool),
    U8(u8),
    I8(i8),
    /// Of 16 to 64 bits, which are written alike.
    Number(u64),
    Signed(i64),
    Wide(u128),
    SignedWide(i128),
    /// By its bits, as is the next.
    F32(u32),
    F64(u64),
    Char(char),
    Text(Box<str>),
    Bytes(Box<[u8]>),
    Unit,
    Replica(ReplicaId),
    Dot(Dot),
    Option(Option<Box<Self>>),
    List(Vec<Self>),
    /// In the order in which the entries came.
    Map(Vec<(Self, Self)>),
    Tuple(Vec<Self>),
    Variant(Box<str>, Box<Self>),
}
