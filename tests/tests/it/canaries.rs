//! A checker that has never failed proves nothing: faults are planted here, and each must be found.

mod laws;
mod oracle;
