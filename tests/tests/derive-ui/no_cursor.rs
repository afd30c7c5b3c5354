use rejoin_core::Crdt;

#[derive(Default)]
struct Hottest(i32);

impl Crdt for Hottest {
    fn merge(&mut self, other: Self) -> bool {
        let hotter = other.0 > self.0;
        self.0 = self.0.max(other.0);
        hotter
    }
}

#[derive(Default, Crdt)]
struct Sensor {
    hottest: Hottest,
}

fn main() {}
