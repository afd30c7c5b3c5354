//! Hash maps have an order of their own in each copy, and their bytes have not.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::hash::Hash;

use rejoin_codec::{EncodeError, encoded_len, from_slice, to_vec};
use rejoin_core::{Causal, Crdt, Edit, ReplicaId};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use serde::Serialize;
use serde::de::DeserializeOwned;

use rejoin_tests::samples::{ALICE, BOB};

/// Copies of one map, with other hashers and put together in other ways.
fn check<K, V>(entries: impl Iterator<Item = (K, V)> + Clone)
where
    K: Clone + Debug + Eq + Hash + Ord + Serialize + DeserializeOwned,
    V: Clone + Debug + PartialEq + Serialize + DeserializeOwned,
{
    let sorted: BTreeMap<K, V> = entries.clone().collect();
    let bytes = to_vec(&sorted).expect("encodes");
    let mut orders = Vec::new();
    for _ in 0..8 {
        let map: HashMap<K, V> = entries.clone().collect();
        assert_eq!(to_vec(&map).expect("encodes"), bytes);
        assert_eq!(encoded_len(&map), Ok(bytes.len()));
        let copy: HashMap<K, V> = from_slice(&bytes).expect("decodes");
        assert_eq!(copy, map);
        assert_eq!(to_vec(&copy).expect("encodes"), bytes);
        orders.push(copy.into_keys().collect::<Vec<_>>());
    }
    assert!(orders.windows(2).any(|pair| pair[0] != pair[1]), "the copies differ in order");
}

#[test]
fn equal_hash_maps_have_equal_bytes() {
    check((0..100_u64).map(|n| (n * n * n, n)));
    check((0..100_u64).map(|n| (format!("a key with a long prefix {n}"), ())));
    check((-50..50_i8).map(|n| (n, Some(n.to_string()))));
    check((0..100_u32).map(|n| ((n % 7, n.to_string()), [n; 3])));
    check((0..100_u32).map(|n| (ReplicaId::from_u128(u128::from(n) << 70), ALICE)));
    check((0..100_u8).map(|n| (char::from(n), BTreeMap::from([(n, n), (n + 1, n)]))));
}

#[test]
fn hash_maps_are_sorted_at_any_depth() {
    type Nested = HashMap<String, HashMap<u64, HashMap<u8, u8>>>;
    let nested = || -> Nested {
        let inner = || (0..20).map(|n| (n, n)).collect();
        let middle = || (0..20).map(|n| (n << 40, inner())).collect();
        (0..20).map(|n: u32| (n.to_string(), middle())).collect()
    };
    let bytes = to_vec(&nested()).expect("encodes");
    assert_eq!(to_vec(&nested()).expect("encodes"), bytes);
    assert_eq!(from_slice::<Nested>(&bytes), Ok(nested()));
}

/// The maps of this workspace say themselves in what order they are.
#[test]
fn maps_of_dot_stores_stay_in_the_order_of_their_dots() {
    let mut map = Causal::<OrMap<u8, MvRegister<u8>>>::default();
    for key in [9, 3, 200, 1] {
        map.edit(ALICE, |map| map.entry(key).set(key));
    }
    let bytes = to_vec(&map).expect("encodes");
    assert!(bytes.windows(4).any(|keys| keys == [9, 9, 3, 3]), "{bytes:?}");
    assert_eq!(from_slice(&bytes), Ok(map));
}

#[test]
fn a_key_that_cannot_be_encoded_is_an_error() {
    #[derive(PartialEq, Eq, Hash)]
    struct Never;
    impl Serialize for Never {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("never"))
        }
    }
    let map = HashMap::from([(Never, 1)]);
    assert_eq!(to_vec(&map), Err(EncodeError::Message("never".into())));
}

/// Replicas that hold equal registers have equal bytes, which are what they compare.
#[test]
fn registers_of_hash_maps_do_not_diverge() {
    type Settings = Causal<MvRegister<HashMap<String, u32>>>;
    let mut here = Settings::default();
    let delta = here.edit(ALICE, |settings| {
        settings.set((0..50).map(|n| (format!("option {n}"), n)).collect::<HashMap<_, _>>());
    });
    let mut there = Settings::default();
    there.merge(from_slice(&to_vec(&delta).expect("encodes")).expect("decodes"));
    assert_eq!(here, there);
    assert_eq!(to_vec(&here), to_vec(&there));
    there.edit(BOB, |settings| settings.set(HashMap::new()));
    assert_ne!(to_vec(&here), to_vec(&there));
}
