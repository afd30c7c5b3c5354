#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod shape;

mod asked;
mod check;
mod encoding;
mod minimal;
mod trace;
mod walk;

pub use self::check::ShapeMismatch;
pub use self::encoding::ShapeError;
pub use self::shape::{Scalar, Shape};
