use rejoin_clocks::Lamport;

use crate::support::check;

#[test]
fn ticks_are_later_than_all_before() {
    check::<fn(Vec<Option<u32>>) -> bool>(|events| {
        let (mut clock, mut latest) = (Lamport::new(), 0);
        events.into_iter().all(|event| {
            match event {
                Some(time) => {
                    clock.observe(time.into());
                    latest = latest.max(time.into());
                }
                None => {
                    let time = clock.tick();
                    latest += 1;
                    if time != Some(latest) {
                        return false;
                    }
                }
            }
            clock.time() == latest
        })
    });
}

#[test]
fn exhaustion_changes_nothing() {
    let mut clock = Lamport::new();
    clock.observe(u64::MAX);
    assert_eq!(clock.tick(), None);
    assert_eq!(clock.time(), u64::MAX);
}
