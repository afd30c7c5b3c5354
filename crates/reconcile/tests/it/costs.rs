//! What sessions cost, in bytes and rounds, which are the same on any machine.

use rejoin_reconcile::Config;

use crate::support::{Random, is_exact, run, sets};

/// The mean bytes and messages of sessions between sets of `len` ids.
fn mean(len: u64, differences: u64, rounds: u64) -> (f64, f64) {
    let mut random = Random(len ^ differences);
    let (mut bytes, mut messages) = (0, 0);
    for round in 0..rounds {
        let half = if differences == 1 { round % 2 } else { differences / 2 };
        let (here, there) = sets(&mut random, [len, half, differences - half]);
        let run = run(&Config::default(), &here, &there);
        assert!(run.verified && is_exact(&run, &here, &there));
        (bytes, messages) = (bytes + run.bytes, messages + run.messages);
    }
    (bytes as f64 / rounds as f64, messages as f64 / rounds as f64)
}

#[test]
fn equal_sets_take_one_round_trip() {
    for len in [0, 1, 20_000] {
        assert_eq!(mean(len, 0, 1), (17.0, 2.0));
    }
}

#[test]
fn bytes_and_rounds_are_within_the_bars() {
    // The bars of the design, at a million ids, hold with room to spare; here at fewer ids.
    for (differences, rounds, most) in
        [(1, 10, 24.0), (2, 5, 200.0), (10, 5, 300.0), (100, 10, 1_100.0), (1_000, 5, 8_500.0)]
    {
        let (bytes, messages) = mean(30_000, differences, rounds);
        assert!(bytes <= most, "{bytes} bytes for {differences}");
        // The estimate is one round trip, and two more follow, or rarely a third.
        assert!(messages <= 6.5, "{messages} messages for {differences}");
    }
}
