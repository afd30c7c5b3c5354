//! Any sets, in a network that loses nothing.

use rejoin_reconcile::Config;

use crate::support::{Random, cases, is_enough, is_exact, run, sets, sets_of};

#[test]
fn small_sets_of_all_shapes() {
    let mut random = Random(1);
    for _ in 0..cases(4_000) {
        let bounds = [[1, 400, 4_000], [1, 3, 60], [1, 3, 60]];
        let sizes = bounds.map(|bounds| {
            let bound = bounds[random.below(3) as usize];
            random.below(bound)
        });
        let (here, there) = sets(&mut random, sizes);
        let run = run(&Config::default(), &here, &there);
        assert!(run.verified && is_exact(&run, &here, &there), "{sizes:?}: {run:?}");
    }
}

#[test]
fn large_differences() {
    let mut random = Random(2);
    for sizes in [
        [20_000, 1_500, 1_000],
        [20_000, 9_000, 11_000],
        [0, 20_000, 20_000],
        [100, 20_000, 20_000],
        [50_000, 0, 30_000],
        [50_000, 30_000, 0],
        [5, 40_000, 3],
        [5, 3, 40_000],
        [0, 0, 10_000],
        [0, 10_000, 0],
    ] {
        for cap in [1 << 10, 64 << 10, 1 << 20] {
            let (here, there) = sets(&mut random, sizes);
            let run = run(&Config::default().message_cap(cap), &here, &there);
            assert!(run.verified, "{sizes:?}");
            // Where hardly anything is shared, all is sent; where nearly nothing, some.
            assert!(is_enough(&run, &here, &there), "{sizes:?}");
            assert!(run.longest <= cap, "{} > {cap}", run.longest);
        }
    }
}

#[test]
fn differences_beyond_what_the_summary_is_made_for() {
    let mut random = Random(3);
    let (here, there) = sets(&mut random, [450_000, 14_000, 16_000]);
    let run = run(&Config::default(), &here, &there);
    assert!(run.verified && is_exact(&run, &here, &there));
    assert!(run.bytes < 30_000 * 9, "{} bytes", run.bytes);
}

/// Ids that are no hashes: they collide in one half or the other, under the first salt.
#[test]
fn ids_that_collide() {
    type Draw = fn(&mut Random) -> u64;
    let draws: [Draw; 6] = [
        |random| random.below(5_000),       // no upper half
        |random| random.below(5_000) << 32, // no lower half
        |random| random.below(300) << 32 | random.below(8) << 20, // few of both
        |random| random.below(2) << 32 | random.below(3_000),
        |random| u64::MAX - random.below(3_000),
        |random| random.below(64) << 58 | random.below(64),
    ];
    let mut random = Random(4);
    let (mut exact, cases) = (0, cases(1_500));
    for case in 0..cases {
        let sizes = [1_000, 40, 40].map(|bound| random.below(bound));
        let (here, there) = sets_of(&mut random, sizes, draws[case as usize % draws.len()]);
        let run = run(&Config::default().retries(8), &here, &there);
        assert!(run.verified, "{sizes:?}: {run:?}");
        assert!(is_enough(&run, &here, &there), "{sizes:?}: {run:?}");
        exact += u64::from(is_exact(&run, &here, &there));
    }
    assert!(exact > cases / 4, "{exact} of {cases}");
}

/// Sets of which members in one look like others that are in both, until there is a salt.
#[test]
fn hidden_ids_are_found_under_another_salt() {
    let mut random = Random(5);
    for _ in 0..cases(300) {
        let (mut here, mut there) = sets(&mut random, [2_000, 3, 3]);
        for _ in 0..1 + random.below(4) {
            // The same upper half, and a lower one that differs in its last bits.
            let shared = random.any();
            let hidden = shared ^ 1 << random.below(20);
            here.extend([shared, hidden]);
            there.extend([shared]);
        }
        let run = run(&Config::default(), &here, &there);
        assert!(run.verified, "{run:?}");
        assert!(is_enough(&run, &here, &there), "{run:?}");
    }
}
