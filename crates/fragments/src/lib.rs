#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod fragment;

mod assembler;
mod fragmenter;
mod transfers;

pub use self::assembler::Assembler;
pub use self::fragment::{Fragment, Receipt};
pub use self::fragmenter::Fragmenter;
pub use self::transfers::{Question, Transfers};
