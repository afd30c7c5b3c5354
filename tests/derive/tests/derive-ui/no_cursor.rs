use rejoin_core::{Crdt, Decompose, Diff, Edit, ReplicaId};

#[derive(Clone, Default)]
struct Hottest(i32);

impl Crdt for Hottest {
    fn merge(&mut self, other: Self) -> bool {
        let hotter = other.0 > self.0;
        self.0 = self.0.max(other.0);
        hotter
    }
}

#[derive(Clone, Default, Crdt)]
struct Sensor {
    hottest: Hottest, // wrong
}

#[derive(Clone, Default, Crdt, Diff, Decompose)]
struct Reported {
    hottest: Hottest, // wrong
}

fn main() {
    let mut sensor = Sensor::default();
    sensor.edit(ReplicaId::random(), |sensor| sensor.hottest().join(Hottest(20)));
    let reported = Reported::default();
    reported.diff(&reported.digest());
}
