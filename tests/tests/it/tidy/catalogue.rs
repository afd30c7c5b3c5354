//! Each exported data type is in the catalogue and in the table of what it means.

use std::collections::BTreeSet;

use rejoin_tests::for_each_type;

use super::{paths, read, root};

macro_rules! names {
    ($($name:ident: $kind:ident $type:ty $({ $($key:tt)* })?;)*) => { [$(stringify!($type)),*] };
}

/// The names of types, without what they are generic in.
fn heads<'a>(types: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    types.into_iter().filter_map(|name| name.split('<').next()).map(str::trim).collect()
}

/// What the root of a crate exports from its own modules.
fn exported(lib: &str) -> BTreeSet<String> {
    let exports = paths::uses(lib).re_exports.into_iter();
    let own = exports.filter(|(_, paths)| paths.iter().any(|path| path[0] == "self"));
    own.map(|(name, _)| name).collect()
}

/// The data types among them: what has a cursor.
fn data_types(lib: &str) -> BTreeSet<String> {
    let exported = exported(lib);
    let types = exported.iter().filter_map(|name| name.strip_suffix("Cursor"));
    types.filter(|name| exported.contains(*name)).map(str::to_owned).collect()
}

/// The types that the first table of a page describes.
fn described(page: &str) -> BTreeSet<&str> {
    let table = page.split("\n## ").find(|section| section.starts_with("Our types"));
    let rows = table.unwrap_or_default().lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split('|').next());
    heads(cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)))
}

/// Complaints about types that are not in a list, and about what in it is no type.
fn differences(types: &BTreeSet<String>, list: &BTreeSet<&str>, what: &str) -> Vec<String> {
    let missing = types.iter().filter(|name| !list.contains(name.as_str()));
    let missing = missing.map(|name| format!("{name} is not in {what}"));
    let unknown = list.iter().filter(|name| !types.contains(**name));
    missing.chain(unknown.map(|name| format!("{name} of {what} is not exported"))).collect()
}

#[test]
fn data_types_are_in_the_catalogue_and_in_the_docs() {
    let crates = ["counters", "registers", "sets", "maps"];
    let lib = |name| read(&root().join("crates").join(name).join("src/lib.rs"));
    let types: BTreeSet<String> =
        crates.into_iter().flat_map(|name| data_types(&lib(name))).collect();
    let catalogue = heads(for_each_type!(names));
    assert_eq!(differences(&types, &catalogue, "the catalogue"), [""; 0]);
    let page = read(&root().join("docs/semantics.md"));
    assert_eq!(differences(&types, &described(&page), "docs/semantics.md"), [""; 0]);

    let facade = read(&root().join("crates/rejoin/src/lib.rs"));
    let prelude = read(&root().join("crates/rejoin/src/prelude.rs"));
    for (place, text) in [("the facade", facade), ("its prelude", prelude)] {
        let all = paths::uses(&text).re_exports;
        let missing: Vec<_> = types.iter().filter(|name| !all.contains_key(*name)).collect();
        assert_eq!(missing, [""; 0], "of {place}");
    }
}

mod canaries {
    use super::*;

    #[test]
    fn a_type_that_is_nowhere() {
        let lib = "pub use rejoin_core::*; pub use self::new::{New, NewCursor}; \
                   pub use self::b::{B, BCursor}; pub use self::c::NoType;";
        let types = data_types(lib);
        assert_eq!(types, ["B", "New"].map(str::to_owned).into());
        let page = "# Page\n\n## Our types\n\n| type | |\n|---|---|\n| `B<K>`, `Old` | x ‖ y |\n\n\
                    ## More\n\n| `New` | |\n";
        let complaints = ["New is not in it", "Old of it is not exported"];
        assert_eq!(differences(&types, &described(page), "it"), complaints);
        assert_eq!(differences(&types, &heads(["New", "B<u8>", "Old < u8 >"]), "it").len(), 1);
    }
}
