//! Shapes of types that serde derives or a person has written, and what fits what.

#![allow(dead_code, reason = "types are asked for their shape, and have no values here")]

mod check;
mod encoding;
mod shapes;
