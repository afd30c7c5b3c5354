#![doc = include_str!("../README.md")]

mod bits;
mod bloom;
mod buckets;
mod config;
mod error;
mod field;
mod ids;
mod initiator;
mod message;
mod mix;
mod plan;
mod polynomial;
pub mod rateless;
mod responder;
mod side;
mod sketch;
mod summary;
mod tug_of_war;

pub use config::Config;
pub use error::InvalidMessage;
pub use ids::{IdSet, Ids};
pub use initiator::{Initiator, Outcome};
pub use responder::Responder;
pub use summary::Summary;
