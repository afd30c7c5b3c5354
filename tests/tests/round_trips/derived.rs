//! Structs that are derived, with serde's attributes on their fields, in executions.

use rejoin_core::laws::{self, AnyEdit, Subject};
use rejoin_core::{Causal, Crdt, Decompose, Diff, DotStore};
use rejoin_maps::{GMap, LwwMap, OrMap};
use rejoin_registers::{DwFlag, LwwRegister, Max, MvRegister};
use rejoin_sets::{GSet, RwSet};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A note, whose values may be absent in more ways than one.
#[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Note {
    #[serde(default)]
    best_title: MvRegister<Option<Option<u8>>>,
    tags: OrMap<Option<u8>, RwSet<Option<u8>>>,
    #[serde(default, rename = "d", alias = "done")]
    is_done: DwFlag,
    answers: OrMap<u8, Note>,
}

/// What happens to an order.
#[derive(
    Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, AnyEdit, Serialize, Deserialize,
)]
#[crdt(ordered)]
enum State {
    #[default]
    Open,
    #[serde(rename = "sent")]
    Sent,
    Paid,
}

/// A lattice with one of each that has values of others in it.
#[derive(
    Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, AnyEdit, Serialize, Deserialize,
)]
struct Order {
    state: State,
    #[serde(default)]
    best: Max<Option<u8>>,
    #[serde(alias = "latest")]
    last: LwwRegister<Option<u8>, u8>,
    limits: LwwMap<Option<u8>, Option<u8>, u8>,
    bests: GMap<Option<bool>, Max<Option<bool>>>,
    seen: GSet<(u8, Option<u8>)>,
    notes: Causal<Note>,
    /// What only this replica has.
    #[crdt(skip)]
    #[serde(skip)]
    cache: Option<u8>,
}

/// Both forms of what executions make, and of its digests.
fn check<T>()
where
    T: Subject + Diff<Digest: Serialize + DeserializeOwned + PartialEq + Clone + std::fmt::Debug>,
    T: Serialize + DeserializeOwned,
    for<'a> T::Cursor<'a>: AnyEdit,
{
    laws::check_form::<T, _, _, _>(
        |cursor, g| cursor.any_edit(g),
        |value| serde_json::to_string(value),
        |json| serde_json::from_str(json),
    );
    laws::check_form::<T, _, _, _>(
        |cursor, g| cursor.any_edit(g),
        rejoin_codec::to_vec,
        |bytes| rejoin_codec::from_slice(bytes),
    );
    laws::on_values::<T>(
        |cursor, g| cursor.any_edit(g),
        |values| {
            values.iter().try_for_each(|value| {
                let digest = value.digest();
                let json = serde_json::to_string(&digest).map_err(|error| error.to_string())?;
                let read: T::Digest =
                    serde_json::from_str(&json).map_err(|error| error.to_string())?;
                if read == digest { Ok(()) } else { Err(format!("{json} is read as {read:?}")) }
            })
        },
    );
}

#[test]
fn a_document_comes_back() {
    check::<Causal<Note>>();
}

#[test]
fn a_struct_of_lattices_comes_back() {
    check::<Order>();
}
