//! A cart on a device without an operating system: all data-type crates, derives, serde, the codec.
#![no_std]

extern crate alloc;

use alloc::string::String;
use core::panic::PanicInfo;

use rejoin_clocks::Lamport;
use rejoin_core::{Causal, Crdt, Decompose, Diff, DotStore, Edit, ReplicaId, Watch, WatchStore};
use rejoin_counters::{BoundedCounter, GCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{DwFlag, EwFlag, LwwRegister, Max, Min, MvRegister};
use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RemoveBias, RwSet, TwoPhaseSet};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

#[path = "../../src/catalogue.rs"]
mod catalogue;

type K = String;
type V = String;
type T = Lamport;

/// A dot store of a device's own.
#[derive(Clone, Default, PartialEq, DotStore, WatchStore, Serialize, Deserialize)]
struct Line {
    quantity: ResetCounter,
    gift: EwFlag,
}

/// A lattice of its own.
#[derive(Clone, Default, PartialEq, Crdt, Diff, Decompose, Watch, Serialize, Deserialize)]
struct Shop {
    visits: GCounter,
    lines: Causal<OrMap<String, Line>>,
}

/// Merges what a difference is, once through the compact binary form; tells whether it is the same.
fn exchange<C>(here: &C) -> bool
where
    C: Diff + Decompose + PartialEq + Serialize + DeserializeOwned,
{
    let mut there = C::default();
    let Some(difference) = here.diff(&there.digest()) else { return *here == there };
    let Ok(bytes) = rejoin_codec::to_vec(&difference) else { return false };
    let Ok(decoded) = rejoin_codec::from_slice::<C>(&bytes) else { return false };
    decoded.decompose(&mut |part| {
        there.merge(part);
    });
    *here == there && here.diff(&there.digest()).is_none()
}

macro_rules! exchange_each {
    ($($name:ident: $kind:ident $type:ty $({ $($key:tt)* })?;)*) => {
        $(exchange(&<subject!($kind $type)>::default()))&&*
    };
}

fn all() -> bool {
    let mut shop = Shop::default();
    shop.edit(ReplicaId::from_u128(1), |shop| {
        shop.visits().increment(1);
        shop.lines().entry("oat milk").quantity().add(2);
    });
    exchange(&shop) && for_each_type!(exchange_each)
}

/// What a program in C would call: 0 when the copies are equal.
pub extern "C" fn check() -> i32 {
    i32::from(!all())
}
