//! The examples in the docs of the derives. `rejoin-derive` is built for the compiler, and
//! `rejoin-core` above it: examples that use both are compiled here, so that nothing below depends
//! on what is above it.

/// The front page of `rejoin-derive`.
#[cfg(doctest)]
#[doc = include_str!("../../../crates/derive/README.md")]
pub struct FrontPage;

/// Declares a page that has the docs of each derive.
macro_rules! pages {
    ($($page:ident: $file:literal)*) => {$(
        #[cfg(doctest)]
        #[doc = include_str!(concat!("../../../crates/derive/docs/", $file, ".md"))]
        pub struct $page;
    )*};
}

pages! {
    AnyEdit: "any_edit"
    Crdt: "crdt"
    Decompose: "decompose"
    Diff: "diff"
    DotStore: "dot_store"
    Unnumbered: "unnumbered"
    Upgradable: "upgradable"
    Watch: "watch"
    WatchStore: "watch_store"
}
