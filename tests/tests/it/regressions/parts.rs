//! Parts of a value that came before its source was lost, or that came out of order.
//!
//! The first few parts of a value used to tell what it had removed, without the removals
//! themselves. A peer then took a removed element for seen when it came from elsewhere, and could
//! not tell that it was removed: two replicas with equal digests, of which one had the element and
//! the other did not.

use std::fmt::Debug;

use rejoin_codec::{Codec, from_slice};
use rejoin_core::{Causal, Crdt, Decompose, Diff, Edit};
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;

use super::{ALICE, BOB, CAROL, elements, siblings};

type Set = Causal<AwSet<u32>>;

fn parts<T: Decompose>(value: &T) -> Vec<T> {
    let mut parts = Vec::new();
    value.decompose(&mut |part| parts.push(part));
    parts
}

fn join<'a, T: Crdt + Clone + 'a>(values: impl IntoIterator<Item = &'a T>) -> T {
    values.into_iter().fold(T::default(), |mut sum, value| {
        sum.merge(value.clone());
        sum
    })
}

/// Both tell each other what they lack, once; then neither lacks anything, and they are equal.
fn meet<T: Crdt + Diff + Clone + PartialEq + Debug>(here: &mut T, there: &mut T) {
    let all = join([&*here, &*there]);
    if let Some(diff) = here.diff(&there.digest()) {
        there.merge(diff);
    }
    if let Some(diff) = there.diff(&here.digest()) {
        here.merge(diff);
    }
    assert_eq!((here.diff(&there.digest()), there.diff(&here.digest())), (None, None));
    assert_eq!(here, there);
    assert_eq!(*here, all);
}

/// Alice's set, and what Bob made of it: he removed the first third and added as many.
fn removed_and_added(count: u32) -> (Set, Set) {
    let mut alice = Set::default();
    alice.edit(ALICE, |set| set.extend(0..count));
    let mut bob = alice.clone();
    bob.edit(BOB, |set| {
        (0..count / 3).for_each(|x| {
            set.remove(&x);
        });
        set.extend(count..count + count / 3);
    });
    (alice, bob)
}

#[test]
fn a_removal_is_told_though_its_source_is_gone() {
    let (alice, bob) = removed_and_added(3);
    let parts = parts(&bob);
    assert_eq!(parts.len(), 4);
    for some in 0..1_u32 << parts.len() {
        let arrived = parts.iter().enumerate().filter(|(at, _)| some >> at & 1 == 1);
        let mut peer = join(arrived.map(|(_, part)| part));
        let (mut alice, mut bob) = (alice.clone(), bob.clone());
        meet(&mut peer, &mut alice);
        let is_prefix = some & (some + 1) == 0 && some + 1 < 1 << parts.len();
        if is_prefix {
            assert_eq!(alice.iter().copied().collect::<Vec<_>>(), [0, 1, 2], "after {some:b}");
        }
        meet(&mut peer, &mut bob); // he is back
        assert_eq!(peer, bob);
        meet(&mut alice, &mut bob);
    }
}

/// The store sends long differences so.
#[test]
fn chunks_of_which_the_last_are_lost_take_nothing_away() {
    let (alice, bob) = removed_and_added(3_000);
    let mut chunks = Vec::new();
    let mut add = |chunk: Vec<u8>| chunks.push(from_slice::<Set>(&chunk).expect("a value"));
    Codec::new().chunks(&bob, 1 << 10, &mut add).expect("encodes");
    assert!(chunks.len() > 5, "{}", chunks.len());
    for kept in 0..chunks.len() {
        let mut peer = alice.clone();
        for chunk in &chunks[..kept] {
            peer.merge(chunk.clone());
        }
        assert!(peer.iter().eq(alice.iter()), "after {kept} of {}", chunks.len());
        let mut carol = alice.clone();
        carol.edit(CAROL, |set| set.insert(9_999));
        meet(&mut peer, &mut carol);
        assert_eq!(peer.len(), 3_001);
    }
    assert_eq!(join(chunks.iter().rev()), bob);
}

#[test]
fn what_has_come_is_not_asked_for_again() {
    let (alice, bob) = removed_and_added(300);
    let parts = parts(&bob);
    let mut peer = alice.clone();
    for part in &parts[..250] {
        peer.merge(part.clone());
    }
    let rest = bob.diff(&peer.digest()).expect("more");
    let pieces = |value: &Set| self::parts(value).len() - 1;
    assert!(pieces(&bob.diff(&alice.digest()).expect("more")) == 100);
    assert!(pieces(&rest) <= 50, "{}", pieces(&rest));
    peer.merge(rest);
    assert_eq!(peer, bob);
}

/// A value that was overwritten is read until the new one is there.
#[test]
fn a_register_is_never_empty_on_the_way() {
    let mut alice = Causal::<MvRegister<u8>>::default();
    alice.edit(ALICE, |register| register.set(1));
    let mut bob = alice.clone();
    let delta = bob.edit(BOB, |register| register.set(2));
    for value in [delta, bob.clone(), bob.diff(&alice.digest()).expect("news")] {
        let mut peer = alice.clone();
        let [new, old] = &parts(&value)[..] else { panic!("two parts: {value:?}") };
        peer.merge(new.clone());
        assert_eq!(siblings(&peer), [1]);
        peer.merge(old.clone());
        assert_eq!(siblings(&peer), [2]);
        assert_eq!(peer, bob);
    }
}

/// A difference may be merged by another replica than the one that asked.
#[test]
fn a_difference_claims_nothing_that_only_its_peer_has() {
    let mut alice = Causal::<AwSet<&str>>::default();
    alice.edit(ALICE, |set| set.insert("x"));
    let (mut bob, mut carol, mut other) = (alice.clone(), alice.clone(), alice);
    bob.edit(BOB, |set| set.insert("x")); // under a dot of his own, which the peer that asks has
    let asked = bob.digest();
    carol.merge(bob.edit(BOB, |set| set.insert("y")));
    other.merge(bob.diff(&asked).expect("y"));
    meet(&mut other, &mut carol);
    meet(&mut other, &mut bob);
    assert_eq!(elements(&other), ["x", "y"]);
}
