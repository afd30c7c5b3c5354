#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod chunks;
mod codec;
mod error;

mod ser;

mod de;

mod sealed;

mod columns;
mod head;
mod sketch;
mod varint;

pub use self::chunks::chunks;
#[cfg(feature = "std")]
pub use self::codec::to_writer;
pub use self::codec::{Codec, encode_into, encoded_len, from_slice, to_vec, to_vec_checked};
pub use self::error::{DecodeError, EncodeError, Reason};
pub use self::head::VERSION;
pub use self::sealed::{SealError, open, open_bytes, seal, seal_bytes, sealed_len};
