mod decode_error;
mod encode_error;

pub use self::decode_error::{DecodeError, Reason};
pub use self::encode_error::EncodeError;
