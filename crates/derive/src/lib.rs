#![doc = include_str!("../README.md")]

mod attributes;
mod bounds;
mod crdt;
mod cursor;
mod decompose;
mod diff;
mod dot_store;
mod input;
mod self_type;

use proc_macro::TokenStream;

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
/// #[derive(Default, Crdt)]
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
/// Attributes and generics: see the [crate documentation](crate).
#[proc_macro_derive(Crdt, attributes(crdt))]
pub fn derive_crdt(input: TokenStream) -> TokenStream {
    input::expand(input.into(), crdt::implement).into()
}

/// Implements `Diff` for a struct whose fields have it.
///
/// The digest is the tuple of the digests of the fields in their order; with more than twelve
/// fields, a tuple of tuples of at most twelve. The difference has bottom in the fields that the
/// peer lacks nothing of.
///
/// A struct that contains itself would have a digest that contains itself, which is no type (E0275);
/// a recursive document is a dot store, and `Causal` has the digest.
///
/// A field of a private type cannot be part of the digest of a more visible struct (E0446): make
/// the field's type as visible as the struct.
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
    input::expand(input.into(), diff::implement).into()
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
/// assert_eq!(parts.len(), 2);
/// ```
#[proc_macro_derive(Decompose, attributes(crdt))]
pub fn derive_decompose(input: TokenStream) -> TokenStream {
    input::expand(input.into(), decompose::implement).into()
}

/// Implements `DotStore` for a struct of dot stores, and writes its cursor.
///
/// Such a struct has no context of its own: it is a value for an `OrMap`, a field of another such
/// struct, or, as `Causal<Cart>`, a `Crdt` that can be removed from at every depth. The cursor is
/// the one that [`Crdt`](macro@Crdt) writes.
///
/// ```
/// use rejoin_core::{Causal, Crdt, DotMap, DotSet, DotStore, Edit, ReplicaId};
///
/// #[derive(Debug, Default, PartialEq, DotStore)]
/// struct Line {
///     wanted: DotSet,
///     gift: DotSet,
/// }
///
/// #[derive(Debug, Default, PartialEq, DotStore)]
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
    input::expand(input.into(), dot_store::implement).into()
}
