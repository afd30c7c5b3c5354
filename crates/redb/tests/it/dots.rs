//! The edits of a replica, through faults and power cuts: none is lost, and no dot is used twice.

use std::collections::BTreeMap;
use std::fmt::Debug;

use rejoin_durable::Durable;
use rejoin_redb::RedbStorage;
use rejoin_sets::{AwSet, Causal, Crdt, Dot, DotStore};
use rejoin_store::{Config, NodeId};

use crate::disk::{Disk, Fault};
use crate::failing;

const ID: NodeId = NodeId::from_u128(7);

/// How many tags the workload adds.
const TAGS: u32 = 8;

type Tags = Causal<AwSet<String>>;

/// So long that the log is compacted after a few.
fn tag(number: u32) -> String {
    format!("{number:04}").repeat(60_000)
}

/// What others may know of a replica: all that was durable.
#[derive(Default)]
struct Known {
    tags: Tags,
    /// Which tag each dot wrote.
    dots: BTreeMap<Dot, String>,
}

impl Known {
    /// Checks a replica all of whose value is durable.
    #[track_caller]
    fn meet(&mut self, tags: &Tags, context: &dyn Debug) {
        assert!(!tags.clone().merge(self.tags.clone()), "{context:?}: an edit is lost");
        DotStore::pieces(tags.store(), &mut |dot, piece: AwSet<String>| {
            let number = piece.iter().next().unwrap()[..4].to_owned();
            let before = self.dots.entry(dot).or_insert_with(|| number.clone());
            assert_eq!(*before, number, "{context:?}: {dot} is used twice");
        });
        self.tags = tags.clone();
    }

    /// Opens the disk and goes on from what is there, as far as there is power.
    #[track_caller]
    fn work(&mut self, disk: &Disk, context: &dyn Debug) {
        let storage = match RedbStorage::open_with_backend(disk.clone(), ID) {
            Ok(storage) => storage,
            Err(_) if disk.has_failed() => return,
            Err(error) => panic!("{context:?}: {error}"),
        };
        // In one incarnation, so that nothing but the disk keeps dots apart.
        let mut node = match Durable::<Tags, _>::open_as(storage, 0, Config::default()) {
            Ok(node) => node,
            Err(_) if disk.has_failed() => return,
            Err(error) => panic!("{context:?}: {error}"),
        };
        self.meet(node.state(), context);
        for number in 0..TAGS {
            if node.state().contains(&tag(number)) {
                continue;
            }
            node.stage(|tags| tags.insert(tag(number))).expect("it can be encoded");
            if number > 2 {
                node.stage(|tags| tags.remove(&tag(number - 3))).expect("it can be encoded");
            }
            let mut tries = 0..4;
            while node.commit().is_err() {
                if !disk.has_power() {
                    return;
                }
                assert!(tries.next().is_some(), "{context:?}: it stays failed");
            }
            self.meet(node.state(), context);
        }
    }
}

/// Any operation fails, and then the power does; twice.
fn check(disk: &Disk, first: Fault, second: Fault, seed: u64) {
    let context = (first, second, seed);
    let mut known = Known::default();
    let mut disk = disk.after_kill(); // a copy
    for fault in [Some(first), Some(second), None] {
        disk.arm(fault);
        known.work(&disk, &context);
        disk = disk.after_power_cut(seed);
    }
    known.work(&disk, &context);
    let there: Vec<_> = (0..TAGS).filter(|number| known.tags.contains(&tag(*number))).collect();
    assert!(there.ends_with(&[TAGS - 3, TAGS - 2, TAGS - 1]), "{context:?}: {there:?}");
}

fn sweep(failures: u64) {
    let disk = Disk::default();
    drop(RedbStorage::open_with_backend(disk.clone(), ID).unwrap());
    let rehearsal = disk.after_kill();
    Known::default().work(&rehearsal, &"without faults");
    let operations = rehearsal.operations();
    assert!(operations > 50, "the workload is worth failing: {operations}");
    for after in failing(operations) {
        let second = Fault { after: after * 7 % operations, failures };
        check(&disk, Fault { after, failures }, second, after);
    }
}

#[test]
fn no_power_cut_makes_a_dot_be_used_twice() {
    sweep(u64::MAX);
}

#[test]
fn no_device_error_makes_a_dot_be_used_twice() {
    sweep(2);
}
