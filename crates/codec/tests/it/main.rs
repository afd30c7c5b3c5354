//! What the bytes cost. That nothing else is accepted, and what the bytes of every data type are,
//! is tested in `rejoin-tests`.

mod enclosed;
mod size;
