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

#[derive(Default, Crdt, Diff, Decompose)]
struct Sensor {
    #[crdt(join)]
    hottest: Hottest,
}

fn main() {}
