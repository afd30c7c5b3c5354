//! What one version writes, the others read, keep and write again.

use quickcheck::Arbitrary;
use rejoin_codec::{from_slice, to_vec};
use rejoin_core::{Causal, DotStore, laws};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::upgrades::types::{Board1, Board2, Board3};

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
    for seed in crate::upgrades::seeds(100) {
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

mod deep {
    use rejoin_core::{Edit, ReplicaId, Unknown, Upgradable};
    use rejoin_registers::MvRegister;
    use serde::Deserialize;

    use super::*;

    /// With as many tuples around each list as a sketch has room for.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Nest(((Vec<Nest>,),), ());

    #[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
    struct Tree {
        nest: MvRegister<(Nest,)>,
        #[crdt(unknown)]
        unknown: Unknown,
    }

    #[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
    #[crdt(rename = "Tree")]
    struct Bare {
        #[crdt(unknown)]
        unknown: Unknown,
    }

    /// However deep it is, a value is not written or it is read.
    #[test]
    fn what_is_written_is_read_however_deep() {
        let (mut written, mut kept) = (0, 0);
        for lists in 0..130 {
            let nest = (0..lists).fold(Nest::default(), |nest, _| Nest(((vec![nest],),), ()));
            let mut tree = Causal::<Tree>::default();
            tree.edit(ReplicaId::from_u128(1), |tree| tree.nest().set((nest,)));
            let Ok(bytes) = to_vec(&tree) else { continue };
            written += 1;
            assert_eq!(from_slice(&bytes), Ok(tree), "{lists} lists");
            // A reader that does not know the field counts tuples too.
            if let Ok(bare) = from_slice::<Causal<Bare>>(&bytes) {
                kept += 1;
                assert_eq!(to_vec(&bare), Ok(bytes), "{lists} lists");
            }
        }
        assert!((120..130).contains(&written) && kept >= 25, "{written}, {kept}");
    }
}
