use std::time::Duration;

use rejoin_clocks::WallTime;

const LAST: WallTime = WallTime::from_unix_millis(u64::MAX);

fn at(millis: u64) -> WallTime {
    WallTime::from_unix_millis(millis)
}

#[test]
fn times_are_ordered_as_their_milliseconds() {
    assert!(at(1) < at(2) && at(2) < LAST);
    assert_eq!(WallTime::default(), WallTime::UNIX_EPOCH);
    assert_eq!(at(7).as_unix_millis(), 7);
}

#[test]
fn sums_leave_out_fractions_of_a_millisecond() {
    let duration = Duration::from_micros(1_999);
    assert_eq!(at(5).checked_add(duration), Some(at(6)));
    assert_eq!(at(5).saturating_add(duration), at(6));
    assert_eq!(at(5).saturating_sub(duration), at(4));
}

#[test]
fn sums_end_at_the_ends_of_time() {
    let millisecond = Duration::from_millis(1);
    assert_eq!(LAST.checked_add(Duration::from_micros(999)), Some(LAST));
    assert_eq!(LAST.checked_add(millisecond), None);
    assert_eq!(at(0).checked_add(Duration::MAX), None, "more than 64 bits alone");
    assert_eq!(LAST.saturating_add(millisecond), LAST);
    assert_eq!(at(0).saturating_add(Duration::MAX), LAST);
    assert_eq!(at(0).saturating_sub(millisecond), at(0));
    assert_eq!(LAST.saturating_sub(Duration::MAX), at(0));
    assert_eq!(at(7).saturating_since(at(9)), Duration::ZERO);
    assert_eq!(LAST.saturating_since(at(0)), Duration::from_millis(u64::MAX));
}

#[test]
fn text_forms() {
    assert_eq!(at(1_700_000_000_000).to_string(), "1700000000000");
    assert_eq!(format!("{:?}", at(5)), "WallTime(5)");
    assert_eq!(format!("{:>4}", at(5)), "   5");
}

#[cfg(feature = "std")]
#[test]
fn system_times_lose_what_is_before_1970_and_fractions() {
    use std::time::UNIX_EPOCH;
    let micros = Duration::from_micros(5_999);
    assert_eq!(WallTime::from(UNIX_EPOCH + micros), at(5));
    assert_eq!(WallTime::from(UNIX_EPOCH - micros), WallTime::UNIX_EPOCH);
    assert!(WallTime::now() <= WallTime::now().saturating_add(Duration::from_secs(60)));
}
