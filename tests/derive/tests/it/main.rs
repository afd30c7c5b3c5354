//! What the derives say to those who use them wrongly, and that every crate of Rejoin stands for
//! core.

mod ui;
mod users;
