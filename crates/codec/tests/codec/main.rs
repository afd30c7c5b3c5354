//! What the bytes are, and that nothing else is accepted.

mod size;
