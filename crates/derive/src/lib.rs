#![doc = include_str!("../README.md")]

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

/// Implements `Crdt` and `Edit` for a struct of lattices, and writes its cursor.
///
/// `merge` merges field by field. The cursor, `ShopCursor` for a struct `Shop`, is as visible as
/// the struct, reads as it, and has one method a field, of the field's name (`_0`, `_1`, … for
/// tuple structs) and visibility, which hands out the cursor of that field.
///
/// The struct has to be `Default`; bottom is every field's default.
///
/// ```
/// use rejoin_core::{Causal, Crdt, DotMap, DotSet, Edit, ReplicaId};
///
/// #[derive(Clone, Default, Crdt)]
/// struct Shop {
///     tags: Causal<DotMap<&'static str, DotSet>>,
///     open: Causal<DotSet>,
/// }
///
/// let (mut here, mut there) = (Shop::default(), Shop::default());
/// let delta = here.edit(ReplicaId::from_u128(1), |shop| {
///     shop.tags().entry("organic").write();
///     shop.open().write();
/// });
/// assert!(there.merge(delta));
/// assert!(there.tags.contains_key("organic") && !there.open.is_empty());
/// ```
///
/// A field whose type has only a `merge` and no cursor is marked `#[crdt(join)]`: its method hands
/// out a `JoinCursor`, whose `join` takes a delta.
///
/// # Phases
///
/// An enum without fields, marked `#[crdt(ordered)]`, is a lattice in which the later phase always
/// wins, in the order of declaration. Its cursor has one method, `advance`, which only goes
/// forward. The first phase is bottom, and thereby the `Default`: mark it `#[default]` and derive
/// that, or do neither and leave it to this derive. `Diff`, whose digest is the phase, `Decompose`
/// and `Watch` are derived for phases too.
///
/// ```
/// use rejoin_core::{Crdt, Decompose, Diff, Edit, ReplicaId};
///
/// #[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
/// #[crdt(ordered)]
/// enum Phase {
///     #[default]
///     Draft,
///     Submitted,
///     Approved,
/// }
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let (mut here, mut there) = (Phase::Draft, Phase::Draft);
/// here.edit(alice, |phase| phase.advance(Phase::Approved));
/// let delta = there.edit(bob, |phase| phase.advance(Phase::Submitted));
/// assert!(!here.merge(delta));
/// assert_eq!(here, Phase::Approved);
/// ```
///
/// No other enum can be derived for: an enum does not say what two different variants are together,
/// and an advance would lose what is still written into the fields of the phase before.
///
/// Attributes and generics: see the [crate documentation](crate).
#[proc_macro_derive(Crdt, attributes(crdt))]
pub fn derive_crdt(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: crdt::implement, on_phases: Some(phases::crdt) };
    expand(input.into(), &derive).into()
}

/// Implements `Diff` for a struct whose fields have it.
///
/// The digest has the digest of each field. It is `Default`, the digest of bottom, and `Clone`,
/// `Debug`, `PartialEq` and, with the feature `serde`, `Serialize` and `Deserialize` where the
/// digests of all fields are. Its name is `<Shop as Diff>::Digest`. The difference has bottom in
/// the fields that the peer lacks nothing of.
///
/// A struct that contains itself would have a digest that contains itself, which is no type
/// (E0275); a recursive document is a dot store, and `Causal` has the digest.
///
/// ```
/// use rejoin_core::{Causal, Crdt, Diff, DotSet, Edit, ReplicaId};
///
/// #[derive(Clone, Debug, Default, PartialEq, Crdt, Diff)]
/// struct Lamps {
///     hall: Causal<DotSet>,
///     door: Causal<DotSet>,
/// }
///
/// let mut here = Lamps::default();
/// here.edit(ReplicaId::from_u128(1), |lamps| lamps.hall().write());
///
/// let mut there = Lamps::default();
/// let news = here.diff(&there.digest()).expect("the lamp in the hall");
/// there.merge(news);
/// assert_eq!(there, here);
/// assert_eq!(here.diff(&there.digest()), None);
/// ```
#[proc_macro_derive(Diff, attributes(crdt))]
pub fn derive_diff(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: diff::implement, on_phases: Some(phases::diff) };
    expand(input.into(), &derive).into()
}

/// Implements `Decompose` for a struct whose fields have it: the parts are the parts of the
/// fields, each with bottom in the other fields.
///
/// ```
/// use rejoin_core::{Causal, Crdt, Decompose, DotSet, Edit, ReplicaId};
///
/// #[derive(Clone, Debug, Default, PartialEq, Crdt, Decompose)]
/// struct Lamps {
///     hall: Causal<DotSet>,
///     door: Causal<DotSet>,
/// }
///
/// let mut lamps = Lamps::default();
/// lamps.edit(ReplicaId::from_u128(1), |lamps| {
///     lamps.hall().write();
///     lamps.door().write();
/// });
///
/// let mut parts = Vec::new();
/// lamps.decompose(&mut |part| parts.push(part));
/// assert_eq!(parts.len(), 4); // of each field a write, and what it replaced
/// ```
#[proc_macro_derive(Decompose, attributes(crdt))]
pub fn derive_decompose(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: decompose::implement, on_phases: Some(phases::decompose) };
    expand(input.into(), &derive).into()
}

/// Implements `DotStore` for a struct of dot stores, and writes its cursor.
///
/// Such a struct has no context of its own: it is a value for an `OrMap`, a field of another such
/// struct, or, as `Causal<Cart>`, a `Crdt` that can be removed from at every depth. The cursor is
/// the one that [`Crdt`](macro@Crdt) writes.
///
/// All fields share one context, so a replica that lacks a field erases it for the others, unless
/// the struct derives [`Upgradable`](macro@Upgradable): see
/// [Evolving a type](crate#evolving-a-type).
///
/// ```
/// use rejoin_core::{Causal, Crdt, DotMap, DotSet, DotStore, Edit, ReplicaId};
///
/// #[derive(Clone, Debug, Default, PartialEq, DotStore)]
/// struct Line {
///     wanted: DotSet,
///     gift: DotSet,
/// }
///
/// #[derive(Clone, Debug, Default, PartialEq, DotStore)]
/// struct Cart {
///     lines: DotMap<&'static str, Line>,
///     coupons: DotMap<&'static str, DotSet>,
/// }
///
/// let mut here = Causal::<Cart>::default();
/// let delta = here.edit(ReplicaId::from_u128(1), |cart| {
///     cart.lines().entry("oat milk").wanted().write();
///     cart.coupons().entry("WELCOME").write();
/// });
/// let mut there = Causal::<Cart>::default();
/// there.merge(delta);
/// assert_eq!(there, here);
/// ```
#[proc_macro_derive(DotStore, attributes(crdt))]
pub fn derive_dot_store(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: dot_store::implement, on_phases: None };
    expand(input.into(), &derive).into()
}

/// Implements `Watch` for a struct whose fields have it, and writes the enum of its changes.
///
/// The enum, `ShopChange` for a struct `Shop`, is as visible as the struct and stands beside it. It
/// has one variant a field, of the field's name in camel case (`Field0`, `Field1`, … for tuple
/// structs), which holds the change of that field. Changes are told in the order of the fields.
///
/// The enum is `Clone`, `Debug` and `PartialEq`. With type parameters it is each of these where the
/// changes of the fields are; without, they have to be, or the trait is left out by
/// `#[crdt(change_derive = "Clone, PartialEq")]`.
///
/// ```
/// use rejoin_core::{Causal, Crdt, DotMap, DotSet, Edit, EntryChange, ReplicaId, Watch};
///
/// #[derive(Clone, Default, Crdt, Watch)]
/// struct Shop {
///     tags: Causal<DotMap<&'static str, DotSet>>,
///     staff: Causal<DotMap<&'static str, DotSet>>,
/// }
///
/// let (mut here, mut there) = (Shop::default(), Shop::default());
/// let delta = here.edit(ReplicaId::from_u128(1), |shop| {
///     shop.tags().entry("organic").write();
/// });
/// let mut changes = Vec::new();
/// there.merge_watched(delta, &mut |change| changes.push(change));
/// assert_eq!(changes, [ShopChange::Tags(EntryChange::Added("organic"))]);
/// ```
#[proc_macro_derive(Watch, attributes(crdt))]
pub fn derive_watch(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: watch::lattice, on_phases: Some(phases::watch) };
    expand(input.into(), &derive).into()
}

/// Implements `WatchStore` for a struct of dot stores that have it, and writes the enum of its
/// changes, as [`Watch`](macro@Watch) does.
///
/// ```
/// use rejoin_core::{Causal, DotMap, DotSet, DotStore, Edit, EntryChange, ReplicaId};
/// use rejoin_core::{Watch, WatchStore};
///
/// #[derive(Clone, Debug, Default, PartialEq, DotStore, WatchStore)]
/// struct Folder {
///     files: DotMap<&'static str, DotSet>,
///     folders: DotMap<&'static str, Folder>,
/// }
///
/// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
/// let mut here = Causal::<Folder>::default();
/// here.edit(alice, |root| root.folders().entry("src").files().entry("main.rs").write());
/// let mut there = here.clone();
/// there.edit(bob, |root| root.folders().entry("src").files().entry("lib.rs").write());
///
/// let mut changes = Vec::new();
/// here.merge_watched(there, &mut |change| changes.push(change));
/// let added = FolderChange::Files(EntryChange::Added("lib.rs"));
/// let updated = EntryChange::Updated("src", [added].into());
/// assert_eq!(changes, [FolderChange::Folders(updated)]);
/// ```
#[proc_macro_derive(WatchStore, attributes(crdt))]
pub fn derive_watch_store(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: watch::dot_store, on_phases: None };
    expand(input.into(), &derive).into()
}

/// Implements `Unnumbered` for a struct whose fields have it, or for phases, which then can be a
/// `Dotted<_>`: a lattice that can be removed.
///
/// ```
/// use rejoin_core::{Crdt, Unnumbered};
///
/// #[derive(Clone, Default, Crdt, Unnumbered)]
/// #[crdt(ordered)]
/// enum Phase {
///     #[default]
///     Draft,
///     Public,
/// }
///
/// #[derive(Clone, Default, Crdt, Unnumbered)]
/// struct Review {
///     text: Phase,
///     pictures: Phase,
/// }
/// ```
///
/// A field that counts is an error:
///
/// ```compile_fail
/// use rejoin_core::{Causal, Crdt, DotSet, Unnumbered};
///
/// #[derive(Clone, Default, Crdt, Unnumbered)]
/// struct Lamp {
///     on: Causal<DotSet>,
/// }
/// ```
#[proc_macro_derive(Unnumbered, attributes(crdt))]
pub fn derive_unnumbered(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: unnumbered::implement, on_phases: Some(unnumbered::phases) };
    expand(input.into(), &derive).into()
}

/// Implements serde's `Serialize` and `Deserialize` for a struct of dot stores of which replicas
/// may run different versions.
///
/// In the encoding its fields go by name, and those that are bottom are not there. What a replica
/// does not know of a later version it keeps in the field that is marked `#[crdt(unknown)]`, and
/// merges, stores and forwards it. So fields can be added and removed while replicas are upgraded
/// one by one; `docs/upgrades.md` of the repository says what every change does.
///
/// * `#[crdt(rename = "name")]` on a field keeps the name that it has in the encoding when it is
///   called otherwise in the source; on the struct, that of the struct.
/// * `#[crdt(reserved("name", …))]` on the struct names fields that have been given up: no field
///   can have the name again, as replicas may still hold content of the old one. An edit removes
///   that (`UnknownCursor::remove`).
///
/// Two fields of one name do not compile. Without the feature `serde` of `rejoin-core`, it does
/// nothing.
///
/// ```
/// use rejoin_core::{DotFun, DotSet, DotStore, Unknown, Upgradable};
///
/// #[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
/// #[crdt(reserved("priority"))]
/// struct Task {
///     title: DotFun<String>,
///     #[crdt(rename = "done")]
///     completed: DotSet,
///     #[crdt(unknown)]
///     unknown: Unknown,
/// }
/// ```
///
/// A struct of plain lattices (`#[derive(Crdt)]`) cannot derive it. Put its fields into a dot
/// store, lattices as `Dotted<_>`.
#[proc_macro_derive(Upgradable, attributes(crdt))]
pub fn derive_upgradable(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: upgradable::implement, on_phases: None };
    expand(input.into(), &derive).into()
}

/// Implements `laws::AnyEdit` for the cursor of a struct or of phases, which are then ready for the
/// law kit: the cursor edits one of its fields, or advances to one of the phases.
///
/// It needs the feature `laws` of `rejoin-core`. Where that is on for tests alone, derive it for
/// tests alone: `#[cfg_attr(test, derive(rejoin_core::laws::AnyEdit))]`.
///
/// The types of the fields have cursors that are `AnyEdit`. A struct with parameters implements it
/// by hand.
///
/// ```
/// use rejoin_core::laws::{self, AnyEdit};
/// use rejoin_core::{Causal, Crdt, Decompose, Diff, DotFun, DotMap, DotSet, DotStore};
///
/// #[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit)]
/// struct Task {
///     title: DotFun<u8>,
///     done: DotSet,
/// }
///
/// #[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, AnyEdit)]
/// #[crdt(ordered)]
/// enum Phase {
///     #[default]
///     Draft,
///     Public,
/// }
///
/// #[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, AnyEdit)]
/// struct Board {
///     tasks: Causal<DotMap<u8, Task>>,
///     phase: Phase,
/// }
///
/// laws::check::<Board>(|board, g| board.any_edit(g)); // all laws, on thousands of executions
/// ```
#[proc_macro_derive(AnyEdit, attributes(crdt))]
pub fn derive_any_edit(input: TokenStream) -> TokenStream {
    let derive = Derive { on_struct: any_edit::implement, on_phases: Some(phases::any_edit) };
    expand(input.into(), &derive).into()
}
