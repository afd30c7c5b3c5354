use rejoin_reconcile::Config;

use crate::support::{Random, only, run, sets};

#[test]
fn probe() {
    let mut random = Random(1);
    let n: u64 = std::env::var("N").ok().map_or(100_000, |n| n.parse().unwrap());
    for d in [0, 1, 2, 5, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 180_000] {
        let rounds = if d <= 1000 { 10 } else { 2 };
        let (mut bytes, mut messages, mut wrong) = (0, 0, 0);
        let start = std::time::Instant::now();
        let mut took = start.elapsed();
        for _ in 0..rounds {
            let half = if d == 1 { random.below(2) } else { d / 2 };
            let (here, there) = sets(&mut random, n.saturating_sub(half), half, d - half);
            let start = std::time::Instant::now();
            let run = run(&Config::default(), &here, &there);
            took += start.elapsed();
            if std::env::var("SHOW").is_ok() { eprintln!(); }
            assert!(run.verified);
            bytes += run.bytes;
            messages += run.messages;
            wrong += usize::from(run.here != only(&here, &there) || run.there != only(&there, &here));
        }
        eprintln!("{d}: {} bytes, {} a difference, {} messages, {:?}, wrong {wrong}", bytes / rounds,
            bytes as f64 / rounds as f64 / d as f64, messages as f64 / rounds as f64, took / rounds as u32);
    }
}
