#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod encoding;
mod refused;
mod replicated;

mod content;
mod value;

pub use self::content::{Content, Difference, Unfit};
pub use self::encoding::{Encoding, delta_codec, fingerprint, hash};
pub use self::refused::RefusedEdit;
pub use self::replicated::Replicated;
pub use self::value::Value;
