#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod shape;

mod asked;
mod encoding;
mod graph;
mod minimal;
mod mismatch;
mod trace;
mod walk;

mod check;
mod union;

pub use self::encoding::ShapeError;
pub use self::mismatch::ShapeMismatch;
pub use self::shape::{Scalar, Shape};
