use rejoin_core::{DotStore, WatchStore};
use rejoin_registers::MvRegister;

#[derive(Clone, PartialEq)]
struct Secret;

#[derive(Clone, Default, DotStore, WatchStore)]
struct Account {
    password: MvRegister<Secret>, // wrong
}

#[derive(Clone, Default, DotStore, WatchStore)]
#[crdt(change_derive = "Clone, PartialEq")]
struct Fine {
    password: MvRegister<Secret>,
}

fn main() {}
