use rejoin_core::{Crdt, Decompose, Diff};

#[derive(Clone, Default)]
struct Hottest(i32);

impl Crdt for Hottest {
    fn merge(&mut self, other: Self) -> bool {
        let hotter = other.0 > self.0;
        self.0 = self.0.max(other.0);
        hotter
    }
}

#[derive(Clone, Default, Crdt, Diff, Decompose)]
struct Sensor {
    #[crdt(join)]
    hottest: Hottest, // wrong
}

#[derive(Clone, Default, Crdt, Decompose)]
struct Parts {
    #[crdt(join)]
    hottest: Hottest, // wrong
}

fn main() {
    let sensor = Sensor::default();
    sensor.diff(&sensor.digest());
    sensor.decompose(&mut |part| drop(part));
}
