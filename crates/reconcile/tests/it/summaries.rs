//! Summaries follow their sets.

use std::collections::BTreeSet;

use rejoin_reconcile::{IdSet, Ids, Summary};

use crate::support::Random;

#[test]
fn a_summary_is_that_of_the_set_however_it_came_about() {
    let mut random = Random(6);
    let mut set = IdSet::new();
    let mut ids = Vec::new();
    for step in 0..20_000 {
        if step % 3 == 2 {
            let at = random.below(ids.len() as u64) as usize;
            assert!(set.remove(ids.swap_remove(at)));
        } else {
            let id = random.any();
            ids.push(id);
            assert!(set.insert(id) && !set.insert(id));
        }
    }
    assert_eq!(set.len(), ids.len());
    let anew = IdSet::from_iter(ids.iter().rev().copied());
    assert_eq!(set.summary().len(), ids.len() as u64);
    assert_eq!(set.summary().fingerprint(), anew.summary().fingerprint());
    assert_eq!(set.summary().distance(anew.summary()), 0);
    ids.iter().for_each(|&id| assert!(set.contains(id)));
    for id in ids {
        assert!(set.remove(id) && !set.remove(id));
    }
    assert!(set.summary().is_empty());
    assert_eq!(set.summary().fingerprint(), 0);
}

#[test]
fn summaries_are_read_as_they_were_written() {
    let mut random = Random(13);
    for len in [0, 1, 500, 20_000] {
        let ids: BTreeSet<u64> = (0..len).map(|_| random.any()).collect();
        let set: IdSet = ids.iter().copied().collect();
        let bytes = set.summary().to_bytes();
        let summary = Summary::from_bytes(&bytes).expect("as written");
        assert_eq!(&summary, set.summary());
        let mut others = ids.clone();
        others.insert(random.any());
        assert!(IdSet::from_parts(others, summary.clone()).is_none());
        assert_eq!(IdSet::from_parts(ids, summary), Some(set));
        for end in (0..bytes.len()).step_by(997) {
            assert!(Summary::from_bytes(&bytes[..end]).is_none());
        }
        assert!(Summary::from_bytes(&[&bytes[..], &[0; 4]].concat()).is_none());
        let newer = [&[bytes[0] + 1], &bytes[1..]].concat();
        assert!(Summary::from_bytes(&newer).is_none());
    }
}

#[test]
fn a_set_that_has_become_small_takes_little_room() {
    let mut set: IdSet = (0..200_000_u64).map(|at| at << 40 | at << 20).collect();
    let room = |set: &IdSet| set.summary().to_bytes().len();
    assert!(room(&set) > 190 << 10);
    for at in 10..200_000_u64 {
        assert!(set.remove(at << 40 | at << 20));
    }
    assert!(room(&set) < 4 << 10);
    let anew: IdSet = set.iter().copied().collect();
    assert_eq!(set.summary().fingerprint(), anew.summary().fingerprint());
}

#[test]
fn distances_are_estimated() {
    let mut random = Random(7);
    for differing in [0, 1, 50, 3_000] {
        let mut summaries = [(); 2].map(|()| Summary::with_capacity(1_000));
        for _ in 0..1_000 {
            let id = random.any();
            summaries.iter_mut().for_each(|summary| summary.insert(id));
        }
        (0..differing).for_each(|at| summaries[at % 2].insert(random.any()));
        let distance = summaries[0].distance(&summaries[1]) as f64;
        let differing = differing as f64;
        assert!((differing / 2.0..=differing * 2.0 + 0.5).contains(&distance), "{distance}");
    }
}

#[test]
fn sets_are_scanned_in_order() {
    let set = IdSet::from_iter([5, 1, 9, 7]);
    let mut seen = Vec::new();
    set.scan(2..=8, &mut |id| {
        seen.push(id);
        true
    });
    set.scan(0..=9, &mut |id| {
        seen.push(id);
        id < 5
    });
    #[expect(clippy::reversed_empty_ranges, reason = "it must not panic")]
    set.scan(9..=0, &mut |id| unreachable!("{id} is not in an empty range"));
    assert_eq!(seen, [5, 7, 1, 5]);
}
