use rejoin_core::{Crdt, Decompose, Diff, DotStore, Edit, ReplicaId, Watch};

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, Watch)]
struct Profile {
    name: String, // wrong
}

#[derive(Clone, Debug, Default, PartialEq, DotStore)]
struct Line {
    count: u64, // wrong
}

fn main() {
    let mut profile = Profile::default();
    profile.edit(ReplicaId::random(), |profile| profile.name().push_str("Zoe"));
}
