use alloc::vec;
use alloc::vec::Vec;

use rejoin_clocks::{CausalContext, ReplicaId};

use crate::{Causal, Crdt, Decompose, Diff, DotMap, DotSet, Draft, Edit, EntryChange, Watch};

type Tags = Causal<DotMap<&'static str, DotSet>>;

#[test]
fn what_a_cursor_wrote_that_was_never_settled_is_in_the_next_delta() {
    let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
    for editor in [alice, bob] {
        let mut tags = Tags::default();
        let before = tags.clone();
        let (mut delta, mut kept) = (Tags::default(), Tags::default());
        tags.cursor(Draft::new(alice, &mut delta, &mut kept)).entry("red").write();
        let delta = tags.edit(editor, |tags| tags.entry("blue").write());
        let mut after = before;
        after.merge(delta);
        assert_eq!(after, tags);
        assert_eq!(after.len(), 2);
    }
}

#[test]
fn an_edit_that_does_nothing_has_an_empty_delta() {
    let alice = ReplicaId::from_u128(1);
    let mut tags = Tags::default();
    tags.edit(alice, |tags| tags.entry("red").write());
    assert_eq!(tags.edit(alice, |tags| tags.remove("blue")), Tags::default());
}

fn parts(tags: &Tags) -> Vec<Tags> {
    let mut parts = Vec::new();
    tags.decompose(&mut |part| parts.push(part));
    parts
}

#[test]
fn what_is_gone_is_one_part_however_much_it_is() {
    let alice = ReplicaId::from_u128(1);
    for removals in [1, 10_000] {
        let mut tags = Tags::default();
        for _ in 0..removals {
            tags.edit(alice, |tags| tags.entry("red").write());
            tags.edit(alice, |tags| tags.remove("red"));
        }
        assert_eq!(parts(&tags), [tags.clone()]);
        assert_eq!(tags.difference(&Tags::default()), tags);
    }
}

#[test]
fn a_digest_without_halves_is_what_was_seen() {
    let alice = ReplicaId::from_u128(1);
    let mut tags = Tags::default();
    tags.edit(alice, |tags| tags.entry("red").write());
    assert!(tags.is_whole());
    assert_eq!(
        (tags.digest().known(), tags.digest().halves()),
        (&tags.seen(), &CausalContext::new())
    );
}

#[test]
fn the_part_that_completes_a_value_tells_the_watcher_of_all() {
    let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
    let mut here = Tags::default();
    here.edit(alice, |tags| tags.entry("red").write());
    let mut there = here.clone();
    there.edit(bob, |tags| {
        tags.remove("red");
        tags.entry("blue").write();
    });
    let mut told = Vec::new();
    for part in parts(&there) {
        let mut changes = Vec::new();
        here.merge_watched(part, &mut |change| changes.push(change));
        told.push(changes);
    }
    assert_eq!(told, [vec![], vec![EntryChange::Added("blue"), EntryChange::Removed("red")]]);
    assert_eq!(here, there);
}
