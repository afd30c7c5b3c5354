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
use rejoin_sets::{AddBias, AwBag, AwSet, GSet, LwwElementSet, RwSet, TwoPhaseSet};
use serde::{Deserialize, Serialize};

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

#[derive(Clone, Default, PartialEq, DotStore, WatchStore, Serialize, Deserialize)]
struct Line {
    quantity: ResetCounter,
    gift: EwFlag,
    hidden: DwFlag,
    note: MvRegister<String>,
    colours: AwSet<String>,
    banned: RwSet<String>,
    bag: AwBag<String>,
    most: Dotted<Max<u32>>,
}

#[derive(Clone, Default, PartialEq, Crdt, Diff, Decompose, Watch, Serialize, Deserialize)]
struct Shop {
    visits: GCounter,
    stock: PnCounter,
    budget: BoundedCounter,
    cheapest: Min<u32>,
    name: LwwRegister<String, Lamport>,
    seen: GSet<String>,
    spent: TwoPhaseSet<String>,
    tags: LwwElementSet<String, Lamport, AddBias>,
    settings: LwwMap<String, String, Lamport>,
    scores: GMap<String, Max<u32>>,
    lines: Causal<OrMap<String, Line>>,
}

/// Edits, encodes by whatever format the caller has, and merges what that made of it.
fn exchange<F: Fn(&Shop) -> Result<Shop, E>, E>(format: F) -> Result<bool, E> {
    let mut here = Shop::default();
    here.edit(ReplicaId::from_u128(1), |shop| {
        shop.visits().increment(1);
        shop.lines().entry("oat milk").quantity().add(2);
    });
    let mut there = Shop::default();
    there.merge(format(&here)?);
    Ok(here == there && here.diff(&there.digest()).is_none())
}

/// Through the compact binary form.
fn coded(shop: &Shop) -> Result<Shop, ()> {
    let bytes = rejoin_codec::to_vec(shop).map_err(|_| ())?;
    rejoin_codec::from_slice(&bytes).map_err(|_| ())
}

/// What a program in C would call: 0 when the copy is equal.
pub extern "C" fn check() -> i32 {
    i32::from(exchange(coded) != Ok(true))
}
