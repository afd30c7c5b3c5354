//! What one version writes, the others read, keep and write again.

use quickcheck::Arbitrary;
use rejoin_codec::{from_slice, to_vec};
use rejoin_core::{Causal, DotStore, laws};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::types::{Board1, Board2, Board3};

/// Reads `value` as another version of its type, and writes it again.
fn through<To: Serialize + DeserializeOwned>(value: &impl Serialize) -> (To, Vec<u8>, Vec<u8>) {
    let before = to_vec(value).expect("it can be written");
    let there: To = from_slice(&before).expect("the other version reads it");
    let after = to_vec(&there).expect("it can be written again");
    (there, before, after)
}

/// All values of some executions keep their bytes in another version.
fn check<From, To>()
where
    From: DotStore + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned + 'static,
    To: DotStore + Serialize + DeserializeOwned,
    for<'a> From::Cursor<'a>: laws::AnyEdit,
    Causal<From>: Arbitrary,
{
    for seed in 0..400 {
        let value: Causal<From> = laws::from_seed(40, seed);
        let (there, before, after) = through::<Causal<To>>(&value);
        assert_eq!(before, after, "seed {seed}");
        let (back, _, _) = through::<Causal<From>>(&there);
        assert_eq!(back, value, "seed {seed}");
    }
}

#[test]
fn equal_values_have_equal_bytes_in_every_version() {
    check::<Board1, Board1>();
    check::<Board1, Board2>();
    check::<Board1, Board3>();
    check::<Board2, Board1>();
    check::<Board2, Board2>();
    check::<Board2, Board3>();
    check::<Board3, Board1>();
    check::<Board3, Board2>();
    check::<Board3, Board3>();
}
