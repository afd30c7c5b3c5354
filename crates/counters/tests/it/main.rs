//! What is particular to one counter. Laws and oracles are read from the catalogue of
//! `rejoin-tests`.

mod reset_counter;
