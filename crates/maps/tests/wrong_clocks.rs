//! One wrong clock makes stamps from the future, and no key becomes unwritable by that.

use core::time::Duration;

use rejoin_maps::{Crdt, Edit, Hlc, HlcClock, HlcError, LwwMap, ReplicaId, WallTime};

type Limits = LwwMap<u8, u32>;

const ALICE: ReplicaId = ReplicaId::from_u128(1);
const BOB: ReplicaId = ReplicaId::from_u128(2);
const NOW: u64 = 1_700_000_000_000;
const YEAR_2100: u64 = 4_102_444_800_000;

fn at(millis: u64) -> WallTime {
    WallTime::from_unix_millis(millis)
}

fn clock() -> HlcClock {
    HlcClock::new(Duration::from_secs(60))
}

fn put(limits: &mut Limits, clock: &mut HlcClock, wall: u64, value: u32) -> Result<(), HlcError> {
    let mut result = Ok(());
    limits.edit(ALICE, |limits| result = limits.insert_now(clock, at(wall), 7, value));
    result
}

#[test]
fn what_has_a_stamp_from_the_future_is_written_over_and_removed() {
    let (mut of_alice, mut of_bob) = (clock(), clock());
    let mut here = Limits::new();
    assert_eq!(put(&mut here, &mut of_alice, YEAR_2100, 1), Ok(()));
    let mut there = Limits::new();
    there.merge(here.clone());

    let update = there.edit(BOB, |limits| limits.insert_now(&mut of_bob, at(NOW), 7, 2_u32));
    assert_eq!(there.get(&7), Some(&2));
    here.merge(update);
    assert_eq!(here.get(&7), Some(&2));
    let removal = there.edit(BOB, |limits| limits.remove_now(&mut of_bob, at(NOW + 1), 7));
    here.merge(removal);
    assert_eq!((here.get(&7), there.get(&7)), (None, None));

    // Other keys are written at the time of a clock that was right.
    there.edit(BOB, |limits| limits.insert_now(&mut of_bob, at(NOW + 2), 8, 3_u32));
    assert_eq!(there.stamp(&8).map(|(time, _)| time.wall_time()), Some(at(NOW + 2)));
}

#[test]
fn a_clock_that_is_set_back_goes_on_writing() {
    let (mut clock, mut limits) = (clock(), Limits::new());
    assert_eq!(put(&mut limits, &mut clock, NOW, 1), Ok(()));
    for second in 0..300 {
        assert_eq!(put(&mut limits, &mut clock, NOW - 300_000 + second * 1_000, 2), Ok(()));
    }
    limits.edit(ALICE, |limits| limits.remove_now(&mut clock, at(NOW - 1), 7));
    assert_eq!(limits.get(&7), None);
}

#[test]
fn a_refused_reading_writes_nothing() {
    let mut clock = clock().with_max_jump(Duration::from_secs(3_600));
    let mut limits = Limits::new();
    assert_eq!(put(&mut limits, &mut clock, NOW, 1), Ok(()));
    let before = (limits.clone(), clock.clone());
    let refused = put(&mut limits, &mut clock, YEAR_2100, 2);
    assert!(matches!(refused, Err(HlcError::Jump { .. })), "{refused:?}");
    assert_eq!((&limits, &clock), (&before.0, &before.1));
    assert_eq!(put(&mut limits, &mut clock, NOW + 1, 3), Ok(()));
    assert_eq!(limits.get(&7), Some(&3));
}

/// The last of all stamps has no successor; all replicas put it at another time.
#[test]
fn a_key_without_a_later_stamp_is_repaired() {
    let (mut clock, mut limits) = (clock(), Limits::new());
    limits.edit(BOB, |limits| limits.insert(Hlc::MAX, 7, 1_u32));
    assert_eq!(put(&mut limits, &mut clock, NOW, 2), Err(HlcError::Exhausted));
    let now = Hlc::new(at(NOW), 0).expect("48 bits");
    limits.restamp(|time| *time.min(&now));
    assert_eq!((limits.get(&7), limits.stamp(&7)), (Some(&1), Some((&now, BOB))));
    assert_eq!(put(&mut limits, &mut clock, NOW + 1, 2), Ok(()));
    assert_eq!(limits.get(&7), Some(&2));
}
