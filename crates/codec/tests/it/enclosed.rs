//! The form of a value within something that knows ids already.

use rejoin_codec::{Codec, Reason, to_vec};
use rejoin_core::{Causal, Crdt, Edit, ReplicaId};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;

const ALICE: ReplicaId = ReplicaId::from_u128(0xa11ce);
const BOB: ReplicaId = ReplicaId::from_u128(0xb0b);
const CAROL: ReplicaId = ReplicaId::from_u128(0xca401);

type Set = Causal<AwSet<String>>;

/// Of several writers, with elements of several dots.
fn set(elements: usize) -> Set {
    let mut set = Set::default();
    for (id, from) in [(ALICE, 0), (BOB, 1), (CAROL, 2)] {
        let mut own = Set::default();
        own.edit(id, |set| set.extend((from..elements).map(|n| format!("e{n}"))));
        set.merge(own);
    }
    set
}

#[test]
fn any_known_ids_give_the_same_value() {
    for known in [&[][..], &[BOB], &[CAROL, ALICE], &[ALICE, BOB, CAROL]] {
        for elements in [0, 1, 2, 5, 40, 300] {
            let (codec, set) = (Codec::new().enclosed(known), set(elements));
            let bytes = codec.to_vec_checked(&set).unwrap();
            assert_eq!(codec.encoded_len(&set), Ok(bytes.len()));
            let whole = to_vec(&set).unwrap();
            assert!(bytes.len() <= whole.len() + 2, "{} {}", bytes.len(), whole.len());
        }
    }
}

#[test]
fn every_length_of_the_runs_is_read() {
    // Elements that are written in turns, so that each of them is a run.
    let mut set = Set::default();
    for n in 0..300 {
        set.edit(if n % 2 == 0 { ALICE } else { BOB }, |set| set.insert(n.to_string()));
        let codec = Codec::new().enclosed(&[ALICE]);
        codec.to_vec_checked(&set).unwrap();
    }
}

#[test]
fn a_delta_of_one_field_takes_two_bytes_more_than_its_data() {
    let mut map = Causal::<OrMap<String, MvRegister<u8>>>::default();
    let delta = map.edit(ALICE, |map| map.entry("title".to_owned()).set(7));
    let bytes = Codec::new().enclosed(&[ALICE]).to_vec(&delta).unwrap();
    let whole = to_vec(&delta).unwrap();
    // Version, number of ids, the id, two lengths; against one byte.
    assert_eq!(bytes.len(), whole.len() - (1 + 1 + 16 + 2) + 1);
}

#[test]
fn a_head_that_is_not_the_shortest_is_refused() {
    let codec = Codec::new().enclosed(&[ALICE]);
    let refused = |bytes: &[u8]| codec.from_slice::<u8>(bytes).unwrap_err().reason().clone();
    assert_eq!(codec.from_slice::<u8>(&[0, 7]), Ok(7));
    assert_eq!(refused(&[]), Reason::Empty);
    assert_eq!(refused(&[0x80, 0, 7]), Reason::Flag);
    assert_eq!(refused(&[0x40, 0, 7]), Reason::Flag);
    assert_eq!(refused(&[0x1f, 0, 7]), Reason::Length(31));
    assert_eq!(refused(&[0x20, 0, 7]), Reason::Flag);
    assert_eq!(refused(&[1, 7]), Reason::Truncated);
}

#[test]
fn an_id_that_is_known_is_not_written() {
    let [knows_none, knows_alice, knows_bob] =
        [&[][..], &[ALICE], &[BOB]].map(|known| Codec::new().enclosed(known));
    let short = knows_alice.to_vec(&ALICE).unwrap();
    assert_eq!(short, [0, 0]);
    assert_eq!(knows_bob.from_slice::<ReplicaId>(&short), Ok(BOB));
    let long = knows_none.to_vec(&ALICE).unwrap();
    assert_eq!(knows_none.from_slice::<ReplicaId>(&long), Ok(ALICE));
    for other in [knows_alice, knows_bob] {
        assert_eq!(*other.from_slice::<ReplicaId>(&long).unwrap_err().reason(), Reason::Replica);
    }
    for bit in 0..long.len() * 8 {
        let mut bytes = long.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(knows_none.from_slice::<ReplicaId>(&bytes), Ok(ALICE), "bit {bit}");
    }
}
