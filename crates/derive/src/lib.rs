// The examples need core, which depends on this crate: `tests/derive` compiles and runs them.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]

mod any_edit;
mod attributes;
mod bounds;
mod checked;
mod crdt;
mod cursor;
mod decompose;
mod diff;
mod digest;
mod dot_store;
mod input;
mod location;
mod manifest;
mod phases;
mod self_type;
mod unnumbered;
mod upgradable;
mod watch;

use proc_macro::TokenStream;

use crate::input::{Derive, expand};

#[cfg_attr(not(doctest), doc = include_str!("../docs/crdt.md"))]
#[proc_macro_derive(Crdt, attributes(crdt))]
pub fn derive_crdt(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: crdt::implement, on_phases: Some(phases::crdt) };
    expand(input.into(), &derive).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/diff.md"))]
#[proc_macro_derive(Diff, attributes(crdt))]
pub fn derive_diff(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: diff::implement, on_phases: Some(phases::diff) };
    expand(input.into(), &derive).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/decompose.md"))]
#[proc_macro_derive(Decompose, attributes(crdt))]
pub fn derive_decompose(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: decompose::implement, on_phases: Some(phases::decompose) };
    expand(input.into(), &derive).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/dot_store.md"))]
#[proc_macro_derive(DotStore, attributes(crdt))]
pub fn derive_dot_store(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: dot_store::implement, on_phases: None };
    expand(input.into(), &derive).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/watch.md"))]
#[proc_macro_derive(Watch, attributes(crdt))]
pub fn derive_watch(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: watch::lattice, on_phases: Some(phases::watch) };
    expand(input.into(), &derive).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/watch_store.md"))]
#[proc_macro_derive(WatchStore, attributes(crdt))]
pub fn derive_watch_store(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: watch::dot_store, on_phases: None };
    expand(input.into(), &derive).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/unnumbered.md"))]
#[proc_macro_derive(Unnumbered, attributes(crdt))]
pub fn derive_unnumbered(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: unnumbered::implement, on_phases: Some(unnumbered::phases) };
    expand(input.into(), &derive).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/upgradable.md"))]
#[proc_macro_derive(Upgradable, attributes(crdt))]
pub fn derive_upgradable(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: upgradable::implement, on_phases: None };
    expand(input.into(), &derive).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/any_edit.md"))]
#[proc_macro_derive(AnyEdit, attributes(crdt))]
pub fn derive_any_edit(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: any_edit::implement, on_phases: Some(phases::any_edit) };
    expand(input.into(), &derive).into()
}
