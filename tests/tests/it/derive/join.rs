//! Fields that have only a `merge`.

use quickcheck::Arbitrary;
use rejoin_core::laws;
use rejoin_core::{Crdt, Edit};
use rejoin_counters::GCounter;

use super::{ALICE, edited};

/// A lattice that has nothing but its merge: the highest temperature seen.
#[derive(Clone, Debug, Default, PartialEq)]
struct Hottest(i32);

impl Crdt for Hottest {
    fn merge(&mut self, other: Self) -> bool {
        let hotter = other.0 > self.0;
        self.0 = self.0.max(other.0);
        hotter
    }
}

#[derive(Clone, Debug, Default, PartialEq, Crdt)]
struct Sensor<T> {
    reports: GCounter,
    #[crdt(join)]
    hottest: Hottest,
    #[crdt(join)]
    other: T,
    #[crdt(join)]
    boxed: Box<Hottest>,
}

#[derive(Clone, Debug, Default, PartialEq, Crdt)]
struct Pair(#[crdt(join)] Hottest, GCounter);

#[test]
fn a_field_without_a_cursor_is_joined() {
    let sensor = edited(&Sensor::<Hottest>::default(), ALICE, |sensor| {
        sensor.reports().increment(1);
        assert!(sensor.hottest().join(Hottest(31)));
        assert!(!sensor.hottest().join(Hottest(12)));
        sensor.other().join(Hottest(7));
        sensor.boxed().join(Box::new(Hottest(8)));
        assert_eq!(*sensor.hottest(), Hottest(31), "a cursor reads as its value");
    });
    assert_eq!((sensor.hottest, sensor.other), (Hottest(31), Hottest(7)));

    let pair = edited(&Pair::default(), ALICE, |pair| {
        pair._0().join(Hottest(1));
        pair._1().increment(1);
    });
    assert_eq!((pair.0, pair.1.value()), (Hottest(1), 1));
}

#[test]
fn a_join_that_changes_nothing_leaves_no_delta() {
    let mut pair = Pair(Hottest(5), GCounter::default());
    assert_eq!(pair.edit(ALICE, |pair| pair._0().join(Hottest(4))), Pair::default());
    assert_eq!(pair.edit(ALICE, |pair| pair._0().join(Hottest(6))).0, Hottest(6));
}

#[test]
fn joined_fields_obey_the_laws() {
    laws::check_merge::<Sensor<Hottest>>(|sensor, g| {
        let hot = Hottest(i32::from(u8::arbitrary(g)));
        match u8::arbitrary(g) % 4 {
            0 => sensor.reports().increment(1).is_some(),
            1 => sensor.hottest().join(hot),
            2 => sensor.other().join(hot),
            _ => sensor.boxed().join(Box::new(hot)),
        };
    });
}
