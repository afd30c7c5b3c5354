use rejoin_core::CausalContext;
use rejoin_store::Time;

/// One operation of a recorded history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation<K> {
    /// Who did it. A session does one thing after the other, in the order of `invoked`.
    pub session: u64,
    /// When it began.
    pub invoked: Time,
    /// When its result was there. `None`: never. What was to be written may have been written then.
    pub returned: Option<Time>,
    /// What was done.
    pub action: Action<K>,
}

/// What an operation did, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action<K> {
    /// Something was written.
    Write {
        /// Where.
        key: K,
        /// The dots of this write, which no other has.
        dots: CausalContext,
    },
    /// Something was read.
    Read {
        /// Where. `None`: everywhere.
        key: Option<K>,
        /// The dots of the writes that the result was made of, overwritten ones included; others
        /// may be among them.
        seen: CausalContext,
    },
}
