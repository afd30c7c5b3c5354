mod hlc_error;
mod invalid_clock;
mod invalid_context;
mod parse_replica_id_error;

pub use self::hlc_error::HlcError;
pub use self::invalid_clock::InvalidClock;
pub use self::invalid_context::InvalidContext;
pub use self::parse_replica_id_error::ParseReplicaIdError;
