mod hlc_error;
mod invalid_clock;
mod invalid_context;

pub use self::hlc_error::HlcError;
pub use self::invalid_clock::InvalidClock;
pub use self::invalid_context::InvalidContext;
