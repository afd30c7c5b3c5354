use std::time::Duration;

use quickcheck::{Arbitrary, Gen};
use rejoin_clocks::{Hlc, HlcClock, HlcError, WallTime};

use crate::support::check;

const LAST_MILLIS: u64 = (1 << 48) - 1;

fn at(millis: u64) -> WallTime {
    WallTime::from_unix_millis(millis)
}

fn stamp(millis: u64, counter: u16) -> Hlc {
    Hlc::new(at(millis), counter).expect("48 bits")
}

fn clock() -> HlcClock {
    HlcClock::new(Duration::from_millis(100))
}

#[test]
fn parts_and_bits_round_trip() {
    check::<fn(u64) -> bool>(|bits| {
        let stamp = Hlc::from_bits(bits);
        stamp.to_bits() == bits && Hlc::new(stamp.wall_time(), stamp.counter()) == Some(stamp)
    });
}

#[test]
fn stamps_are_ordered_as_their_parts_and_bits() {
    check::<fn((u64, u16), (u64, u16)) -> bool>(|a, b| {
        let (a, b) = ((a.0 & LAST_MILLIS, a.1), (b.0 & LAST_MILLIS, b.1));
        let (x, y) = (stamp(a.0, a.1), stamp(b.0, b.1));
        x.cmp(&y) == a.cmp(&b) && x.cmp(&y) == x.to_bits().cmp(&y.to_bits())
    });
}

#[test]
fn millis_must_fit() {
    assert_eq!(Hlc::new(at(LAST_MILLIS), u16::MAX), Some(Hlc::MAX));
    assert_eq!(Hlc::new(at(LAST_MILLIS + 1), 0), None);
    assert_eq!(Hlc::new(at(0), 0), Some(Hlc::MIN));
    assert_eq!(Hlc::default(), Hlc::MIN);
}

/// Something that happens at one of three replicas.
#[derive(Clone, Debug)]
enum Step {
    /// The wall clock moves, back too.
    Jump {
        at: usize,
        millis: i64,
    },
    Now {
        at: usize,
    },
    /// The replica gets the `nth` stamp that was made anywhere.
    Receive {
        at: usize,
        nth: usize,
    },
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        let at = usize::arbitrary(g) % 3;
        match u8::arbitrary(g) % 4 {
            0 => Self::Jump { at, millis: i64::arbitrary(g) % 300 },
            1 | 2 => Self::Now { at },
            _ => Self::Receive { at, nth: usize::arbitrary(g) },
        }
    }
}

/// The algorithm of the paper, figure 5, with an unbounded counter.
fn figure_5((l, c): (u64, u64), received: Option<(u64, u64)>, wall: u64) -> (u64, u64) {
    let (lm, cm) = received.unwrap_or((0, 0));
    let next = l.max(lm).max(wall);
    let count = match (next == l, received.is_some() && next == lm) {
        (true, true) => c.max(cm) + 1,
        (true, false) => c + 1,
        (false, true) => cm + 1,
        (false, false) => 0,
    };
    (next, count)
}

#[test]
fn stamps_are_those_of_the_paper_under_jumps_and_messages() {
    check::<fn(Vec<Step>) -> bool>(|steps| {
        let mut walls = [10_000_u64, 10_050, 9_900];
        let mut clocks = [clock(), clock(), clock()];
        let mut made = Vec::new();
        steps.into_iter().all(|step| {
            let (index, received) = match step {
                Step::Jump { at, millis } => {
                    walls[at] = walls[at].saturating_add_signed(millis);
                    return true;
                }
                Step::Receive { .. } if made.is_empty() => return true,
                Step::Receive { at, nth } => (at, Some(made[nth % made.len()])),
                Step::Now { at } => (at, None),
            };
            let (wall, clock) = (walls[index], &mut clocks[index]);
            let parts =
                |stamp: Hlc| (stamp.wall_time().as_unix_millis(), u64::from(stamp.counter()));
            let before = clock.last();
            let result = match received {
                Some(stamp) => clock.observe(stamp, at(wall)),
                None => clock.now(at(wall)),
            };
            let ahead = |stamp: &Hlc| *stamp > before && stamp.wall_time() > at(wall + 100);
            if let Some(stamp) = received.filter(ahead) {
                let max = Duration::from_millis(100);
                return result == Err(HlcError::Drift { stamp, wall: at(wall), max })
                    && clock.last() == before;
            }
            let Ok(next) = result else { return false };
            made.push(next);
            clock.last() == next
                && before < next
                && received.is_none_or(|stamp| stamp < next)
                && at(wall) <= next.wall_time()
                && parts(next) == figure_5(parts(before), received.map(parts), wall)
        })
    });
}

#[test]
fn a_clock_that_stands_still_counts() {
    let mut clock = clock();
    assert_eq!(clock.now(at(5)), Ok(stamp(5, 0)));
    assert_eq!(clock.now(at(5)), Ok(stamp(5, 1)));
    assert_eq!(clock.now(at(4)), Ok(stamp(5, 2)));
    assert_eq!(clock.now(at(6)), Ok(stamp(6, 0)));
}

#[test]
fn a_local_jump_back_beyond_the_drift_stays_ordered() {
    let mut clock = clock();
    assert_eq!(clock.now(at(1_000_000)), Ok(stamp(1_000_000, 0)));
    assert_eq!(clock.now(at(0)), Ok(stamp(1_000_000, 1)));
    // A stamp within the drift of the new wall is adopted, and nothing goes back.
    assert_eq!(clock.observe(stamp(90, 0), at(0)), Ok(stamp(1_000_000, 2)));
}

#[test]
fn a_clock_that_is_set_back_observes_its_own_stamps() {
    let mut clock = clock();
    let own = clock.now(at(1_000_000)).expect("a stamp");
    assert_eq!(clock.observe(own, at(700_000)), Ok(stamp(1_000_000, 1)));
    assert_eq!(clock.after(own, at(700_000)), Ok(stamp(1_000_000, 2)));
}

#[test]
fn a_stamp_from_the_future_is_succeeded_and_not_adopted() {
    let mut clock = clock();
    let future = stamp(4_000_000, 7);
    assert_eq!(clock.after(future, at(1_000)), Ok(stamp(4_000_000, 8)));
    assert_eq!(clock.last(), stamp(1_000, 0));
    assert_eq!(clock.now(at(1_001)), Ok(stamp(1_001, 0)));
    // What is not from the future is observed.
    assert_eq!(clock.after(stamp(1_050, 3), at(1_002)), Ok(stamp(1_050, 4)));
    assert_eq!(clock.after(stamp(900, 3), at(1_002)), Ok(stamp(1_050, 5)));
    assert_eq!(clock.after(Hlc::MAX, at(1_003)), Err(HlcError::Exhausted));
    assert_eq!(clock.last(), stamp(1_050, 5));
}

#[test]
fn one_wrong_reading_leaves_no_trace() {
    let max = Duration::from_millis(60_000);
    let mut clock = clock().with_max_jump(max);
    assert_eq!(clock.max_jump(), Some(max));
    assert_eq!(clock.now(at(1_000_000)), Ok(stamp(1_000_000, 0)), "the first one is believed");
    let sound = clock.clone();
    let jump = HlcError::Jump { wall: at(1_060_001), last: stamp(1_000_000, 0), max };
    let error = Err(jump);
    assert_eq!(clock.now(at(1_060_001)), error);
    assert_eq!(clock.observe(stamp(1_000_000, 5), at(1_060_001)), error);
    assert_eq!(clock.after(stamp(1_000_000, 5), at(1_060_001)), error);
    assert_eq!(clock.after(stamp(9_000_000, 5), at(1_060_001)), error);
    assert_eq!(clock, sound);
    assert_eq!(
        jump.to_string(),
        "the wall clock 1060001 is more than 60s ahead of the last stamp 1000000.0",
    );
    // The limit is included, and what is behind is no jump ahead.
    assert_eq!(clock.now(at(5)), Ok(stamp(1_000_000, 1)));
    assert_eq!(clock.now(at(1_060_000)), Ok(stamp(1_060_000, 0)));
    assert_eq!(clock.trust(at(9_000_000)), Ok(stamp(9_000_000, 0)));
    assert_eq!(clock.now(at(9_000_001)), Ok(stamp(9_000_001, 0)));
}

#[test]
fn a_full_counter_carries_into_the_millis() {
    let mut clock = HlcClock::resume(stamp(5, u16::MAX), Duration::ZERO);
    assert_eq!(clock.now(at(5)), Ok(stamp(6, 0)));
    assert_eq!(clock.now(at(5)), Ok(stamp(6, 1)));
    assert_eq!(clock.now(at(6)), Ok(stamp(6, 2)));
    assert_eq!(clock.now(at(7)), Ok(stamp(7, 0)));
}

#[test]
fn the_drift_is_a_bound_that_is_included() {
    assert_eq!(clock().observe(stamp(1_100, 0), at(1_000)), Ok(stamp(1_100, 1)));
    let mut late = clock();
    let wrong = stamp(1_101, 0);
    let max = Duration::from_millis(100);
    let error = HlcError::Drift { stamp: wrong, wall: at(1_000), max };
    assert_eq!(late.observe(wrong, at(1_000)), Err(error));
    assert_eq!(late, clock()); // nothing was adopted
    assert_eq!(error.to_string(), "stamp 1101.0 is more than 100ms ahead of the wall clock 1000");
}

#[test]
fn a_stamp_from_the_past_is_no_drift() {
    assert_eq!(clock().observe(stamp(1, 0), at(1_000_000)), Ok(stamp(1_000_000, 0)));
}

#[test]
fn a_fraction_of_a_millisecond_is_a_drift_too() {
    let mut clock = HlcClock::new(Duration::from_micros(1_500));
    assert!(clock.observe(stamp(11, 0), at(10)).is_ok());
    assert!(clock.observe(stamp(12, 0), at(10)).is_err());
}

#[test]
fn the_end_of_time_is_an_error_that_changes_nothing() {
    let mut last = HlcClock::resume(Hlc::MAX, Duration::MAX);
    assert_eq!(last.now(at(7)), Err(HlcError::Exhausted));
    assert_eq!(last.observe(stamp(7, 0), at(7)), Err(HlcError::Exhausted));
    assert_eq!(last.last(), Hlc::MAX);

    let mut fresh = HlcClock::new(Duration::MAX);
    assert_eq!(fresh.now(at(LAST_MILLIS + 1)), Err(HlcError::Exhausted));
    assert_eq!(fresh.now(at(u64::MAX)), Err(HlcError::Exhausted));
    assert_eq!(fresh.observe(Hlc::MAX, at(7)), Err(HlcError::Exhausted));
    assert_eq!(fresh.last(), Hlc::MIN);
    assert_eq!(fresh.now(at(LAST_MILLIS)), Ok(stamp(LAST_MILLIS, 0)));
}

#[test]
fn resume_goes_on_after_the_last() {
    let mut clock = HlcClock::resume(stamp(9, 9), Duration::ZERO);
    assert_eq!(clock.now(at(3)), Ok(stamp(9, 10)));
    assert_eq!(clock.max_drift(), Duration::ZERO);
}
