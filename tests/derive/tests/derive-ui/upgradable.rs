use rejoin_core::{Crdt, DotSet, DotStore, Unknown, Upgradable};

#[derive(Clone, Default, DotStore, Upgradable)]
struct NoPlace { // wrong
    on: DotSet,
}

#[derive(Clone, Default, DotStore, Upgradable)]
struct TwoPlaces {
    #[crdt(unknown)]
    one: Unknown,
    #[crdt(unknown)]
    other: Unknown, // wrong
}

#[derive(Clone, Default, DotStore, Upgradable)]
struct OneNameTwice {
    on: DotSet,
    #[crdt(rename = "on")]
    lit: DotSet, // wrong
    #[crdt(unknown)]
    unknown: Unknown,
}

#[derive(Clone, Default, DotStore, Upgradable)]
#[crdt(reserved("on", "off"))] // wrong
struct Reserved {
    on: DotSet,
    #[crdt(unknown)]
    unknown: Unknown,
}

#[derive(Clone, Default, DotStore, Upgradable)]
struct NoName(DotSet, #[crdt(unknown)] Unknown); // wrong

#[derive(Clone, Default, Crdt)]
struct Lattice {
    #[crdt(unknown)]
    unknown: Unknown, // wrong
}

#[derive(Clone, Upgradable)]
enum Choice { // wrong
    One,
}

fn main() {}
