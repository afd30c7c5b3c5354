use std::path::{Path, PathBuf};
use std::{env, fs};

use proc_macro2::Span;
use syn::{Error, Ident, Result, parse_quote};

use crate::manifest::{Table, Value};

/// The crates through which `rejoin-core` is in reach, and where it is in them. The first one that
/// a package depends on is named.
const CRATES: [(&str, Option<&str>); 6] = [
    ("rejoin-core", None),
    ("rejoin", Some("core")),
    ("rejoin-counters", Some("rejoin_core")),
    ("rejoin-registers", Some("rejoin_core")),
    ("rejoin-sets", Some("rejoin_core")),
    ("rejoin-maps", Some("rejoin_core")),
];

/// The path of `rejoin-core` in the package that is being compiled, which `item` is part of.
///
/// Without Cargo, or where its manifest cannot be read, that is `::rejoin_core`.
pub(crate) fn of_core(item: &Ident) -> Result<syn::Path> {
    let Some(package) = Package::current() else { return Ok(parse_quote!(::rejoin_core)) };
    let Some(found) = package.find() else {
        // The same words at the same place from each derive of the item: the compiler says it once.
        return Err(Error::new_spanned(item, package.has_none()));
    };
    let ident = |name: &str| Ident::new(name, Span::call_site());
    let name = ident(&found.name.replace('-', "_"));
    let inside = CRATES[found.place].1.map(ident).into_iter();
    Ok(parse_quote!(::#name #(::#inside)*))
}

/// What the manifests say about a package.
struct Package {
    manifest: Table,
    /// The `[workspace.dependencies]`, where it is they that count.
    inherited: Option<Table>,
}

/// A dependency on one of [`CRATES`]; the least is the best.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Found<'a> {
    presence: Presence,
    /// Which one it is.
    place: usize,
    is_renamed: bool,
    name: &'a str,
}

/// How surely a dependency is there, whatever of the package is compiled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Presence {
    Always,
    /// With a feature, or on some targets.
    Sometimes,
    /// In tests, examples and benches.
    Development,
    /// In the build script.
    Build,
}

impl Package {
    fn current() -> Option<Self> {
        let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?);
        let mut package = Self { manifest: read(&folder)?, inherited: None };
        if package.find().is_none_or(|found| found.presence != Presence::Always) {
            package.inherited =
                workspace(&folder, &package.manifest).and_then(workspace_dependencies);
        }
        Some(package)
    }

    fn name(&self) -> &str {
        self.manifest.table("package").and_then(|it| it.text("name")).unwrap_or("this package")
    }

    fn find(&self) -> Option<Found<'_>> {
        // Its own tests, examples and doc-tests know a package by its name.
        let itself = Found::new(self.name(), self.name(), Presence::Always);
        let dependencies = self.tables().flat_map(|(presence, table)| {
            table.iter().filter_map(move |(name, value)| {
                let package = self.package(name, value);
                let is_optional = matches!(value, Value::Table(table) if table.is_set("optional"));
                let least = if is_optional { Presence::Sometimes } else { Presence::Always };
                Found::new(name, package, presence.max(least))
            })
        });
        dependencies.chain(itself).min()
    }

    /// What the dependency `name` calls itself.
    fn package<'a>(&'a self, name: &'a str, dependency: &'a Value) -> &'a str {
        let inherited = self.inherited.as_ref().filter(|_| inherits(dependency));
        let inherited = inherited.and_then(|it| it.get(name));
        renamed(dependency).or_else(|| renamed(inherited?)).unwrap_or(name)
    }

    /// The tables of dependencies.
    fn tables(&self) -> impl Iterator<Item = (Presence, &Table)> {
        let targets = self.manifest.table("target").into_iter().flat_map(Table::iter);
        let targets = targets.filter_map(|(_, value)| match value {
            Value::Table(target) => Some((Presence::Sometimes, target)),
            _ => None,
        });
        [(Presence::Always, &self.manifest)].into_iter().chain(targets).flat_map(
            |(presence, table)| {
                let kinds = [
                    ("dependencies", presence),
                    ("dev-dependencies", Presence::Development),
                    ("build-dependencies", Presence::Build),
                ];
                kinds.into_iter().filter_map(|(key, presence)| Some((presence, table.table(key)?)))
            },
        )
    }

    fn has_none(&self) -> String {
        format!(
            "no crate of Rejoin is among the dependencies of `{}`: add one, as `cargo add rejoin` \
             does, or say where `rejoin-core` is: `#[crdt(crate = \"path::to::rejoin_core\")]`",
            self.name(),
        )
    }
}

impl<'a> Found<'a> {
    fn new(name: &'a str, package: &str, presence: Presence) -> Option<Self> {
        let place = CRATES.iter().position(|(known, _)| *known == package)?;
        Some(Self { presence, place, is_renamed: name != package, name })
    }
}

/// The name of the package that a dependency stands for, where it is called by another.
fn renamed(dependency: &Value) -> Option<&str> {
    match dependency {
        Value::Table(table) => table.text("package"),
        _ => None,
    }
}

/// Whether a dependency is one of the workspace.
fn inherits(dependency: &Value) -> bool {
    matches!(dependency, Value::Table(table) if table.is_set("workspace"))
}

/// The manifest of the workspace of the package in `folder`.
fn workspace(folder: &Path, manifest: &Table) -> Option<Table> {
    match manifest.table("package").and_then(|it| it.text("workspace")) {
        Some(root) => read(&folder.join(root)),
        None => folder.ancestors().filter_map(read).find(|it| it.get("workspace").is_some()),
    }
}

fn workspace_dependencies(root: Table) -> Option<Table> {
    root.into_table("workspace")?.into_table("dependencies")
}

fn read(folder: &Path) -> Option<Table> {
    Table::parse(&fs::read_to_string(folder.join("Cargo.toml")).ok()?)
}

#[cfg(test)]
mod tests {
    use super::{CRATES, Package, Table, workspace_dependencies};

    impl Package {
        fn new(manifest: &str, workspace: &str) -> Self {
            let [manifest, workspace] =
                [manifest, workspace].map(|text| Table::parse(text).expect("a manifest"));
            Self { manifest, inherited: workspace_dependencies(workspace) }
        }
    }

    /// Asserts that a package with these dependencies finds core at `path`.
    fn check(manifest: &str, path: Option<&str>) {
        check_inherited(manifest, "", path);
    }

    fn check_inherited(manifest: &str, workspace: &str, path: Option<&str>) {
        let manifest = format!("package.name = \"user\"\n{manifest}");
        let package = Package::new(&manifest, workspace);
        let found = package.find().map(|found| match CRATES[found.place].1 {
            Some(inside) => format!("{}::{inside}", found.name),
            None => found.name.to_owned(),
        });
        assert_eq!(found.as_deref(), path, "{manifest}\n{workspace}");
    }

    #[test]
    fn each_crate_stands_for_core() {
        check("[dependencies]\nserde = \"1\"", None);
        check("[dependencies]\nrejoin-core = \"0.1\"", Some("rejoin-core"));
        check("[dependencies]\nrejoin = \"0.1\"", Some("rejoin::core"));
        check("[dependencies]\nrejoin-sets = \"0.1\"", Some("rejoin-sets::rejoin_core"));
        check("[dependencies]\nrejoin-derive = \"0.1\"", None);
    }

    #[test]
    fn what_is_always_there_goes_first() {
        let sets = "[dependencies]\nrejoin-sets = \"0.1\"";
        let core = "rejoin-core = \"0.1\"";
        let optional = "rejoin-core = { version = \"0.1\", optional = true }";
        check(&format!("{sets}\n{core}"), Some("rejoin-core"));
        check(&format!("{sets}\n{optional}"), Some("rejoin-sets::rejoin_core"));
        for table in ["dev-dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies"] {
            check(&format!("{sets}\n[{table}]\n{core}"), Some("rejoin-sets::rejoin_core"));
            check(&format!("[{table}]\n{core}"), Some("rejoin-core"));
        }
        check(&format!("[dependencies]\n{optional}"), Some("rejoin-core"));
        let two = "[dependencies]\nold = { package = \"rejoin-core\", version = \"0.1\" }";
        check(&format!("{two}\n{core}"), Some("rejoin-core"));
    }

    #[test]
    fn names_are_those_of_the_package() {
        check("[dependencies]\ncrdts.package = \"rejoin-core\"", Some("crdts"));
        check("[dependencies]\njoin = { package = \"rejoin\" }", Some("join::core"));
        check("[dependencies]\nrejoin-core = { package = \"other\" }", None);
    }

    #[test]
    fn names_come_from_the_workspace() {
        let inherits = "[dependencies]\ncrdts.workspace = true";
        let renames = "[workspace.dependencies]\ncrdts = { package = \"rejoin\", version = \"1\" }";
        check_inherited(inherits, renames, Some("crdts::core"));
        check_inherited(inherits, "", None);
        check_inherited("[dependencies]\ncrdts = \"1\"", renames, None);
        check_inherited(
            "[dependencies]\nrejoin-maps = { workspace = true, features = [\"derive\"] }",
            "[workspace.dependencies]\nrejoin-maps = \"1\"",
            Some("rejoin-maps::rejoin_core"),
        );
    }

    #[test]
    fn a_crate_finds_itself() {
        let core = Package::new("[package]\nname = \"rejoin-core\"", "");
        assert!(core.find().is_some_and(|found| found.name == "rejoin-core"));
    }

    #[test]
    fn this_package_is_found() {
        let package = Package::current().expect("Cargo runs this test");
        assert_eq!(package.name(), "rejoin-derive");
        assert!(package.find().is_none(), "no crate of Rejoin is below this one");
    }
}
