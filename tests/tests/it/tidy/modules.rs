//! No circle among the modules of a crate, at any level: a reader can begin at one end.
//!
//! Modules beside each other may use each other in one direction. A module and those inside it are
//! one thing here, as a file and its folder are. What tests use does not count.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{self, Uses};
use super::{files, read, root};

/// The path of a module in its crate; empty for the crate itself.
type Module = Vec<String>;

/// The modules of a crate, each with what it uses and re-exports.
struct Modules(BTreeMap<Module, Uses>);

impl Modules {
    /// Reads them from files with their paths below `src`.
    fn parse(files: &[(String, String)]) -> Self {
        let mut modules = BTreeMap::new();
        let mut tests = Vec::new();
        for (path, text) in files {
            let path = path.trim_end_matches(".rs").trim_end_matches("lib").trim_matches('/');
            let module: Module = path.split('/').map(str::to_owned).collect();
            let module = if path.is_empty() { Module::new() } else { module };
            let uses = paths::uses(text);
            for name in &uses.tests {
                tests.push([&module[..], std::slice::from_ref(name)].concat());
            }
            modules.insert(module, uses);
        }
        modules.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        Self(modules)
    }

    /// The module that has what `path`, written in `from`, names: where it is defined, if it is
    /// re-exported by name.
    fn resolve(&self, from: &Module, path: &[String]) -> Option<Module> {
        let (first, names) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Module::new(),
            "self" => from.clone(),
            "super" => from[..from.len().saturating_sub(1)].to_vec(),
            name => return self.inside(from, name).or_else(|| self.re_exported(from, name)),
        };
        for name in names {
            at = match self.inside(&at, name) {
                _ if name == "super" => at[..at.len().saturating_sub(1)].to_vec(),
                Some(module) => module,
                None => return self.re_exported(&at, name).or(Some(at)),
            };
        }
        Some(at)
    }

    fn inside(&self, module: &Module, name: &str) -> Option<Module> {
        let inner = [&module[..], &[name.to_owned()]].concat();
        self.0.contains_key(&inner).then_some(inner)
    }

    /// The module from which a module re-exports a name.
    fn re_exported(&self, module: &Module, name: &str) -> Option<Module> {
        let mut paths = self.0.get(module)?.re_exports.get(name)?.iter();
        // Not by its own name in the same module, as a module in braces may do.
        let is_itself = |path: &[String]| path.iter().all(|part| part == "crate" || part == name);
        paths.find_map(|path| (!is_itself(path)).then(|| self.resolve(module, path))?)
    }

    /// Which modules use which beside them: both below a common one.
    fn edges(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let mut edges: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (user, uses) in &self.0 {
            for used in uses.paths.iter().filter_map(|path| self.resolve(user, path)) {
                let common = user.iter().zip(&used).take_while(|(a, b)| a == b).count();
                if common < user.len() && common < used.len() {
                    let edge = edges.entry(user[..=common].to_vec()).or_default();
                    edge.insert(used[..=common].to_vec());
                }
            }
        }
        edges
    }

    /// Sets of modules that use each other, each by its names in order.
    fn circles(&self) -> BTreeSet<String> {
        let edges = self.edges();
        let reached = |from: &Module| {
            let (mut reached, mut next) = (BTreeSet::new(), vec![from.clone()]);
            while let Some(module) = next.pop() {
                for used in edges.get(&module).into_iter().flatten() {
                    if reached.insert(used.clone()) {
                        next.push(used.clone());
                    }
                }
            }
            reached
        };
        let all: BTreeMap<&Module, BTreeSet<Module>> =
            edges.keys().map(|module| (module, reached(module))).collect();
        let circle = |module: &Module| {
            let others = all[module]
                .iter()
                .filter(|other| all.get(other).is_some_and(|reached| reached.contains(module)));
            others.map(|module| module.join("::")).collect::<Vec<_>>().join(", ")
        };
        edges.keys().map(circle).filter(|circle| !circle.is_empty()).collect()
    }
}

/// Circles that are still there, by crate. Take out what has been taken apart.
const KNOWN: [(&str, &[&str]); 2] = [("codec", &["codec, ser"]), ("derive", &["input, phases"])];

fn sources(name: &str) -> Vec<(String, String)> {
    let source = root().join("crates").join(name).join("src");
    let files = files(&source, ".rs").into_iter();
    let relative = |path: &std::path::Path| {
        path.strip_prefix(&source).expect("below it").to_string_lossy().replace('\\', "/")
    };
    files.map(|path| (relative(&path), read(&path))).collect()
}

#[test]
fn modules_have_an_order() {
    let mut found = Vec::new();
    for name in super::crates() {
        for circle in Modules::parse(&sources(&name)).circles() {
            found.push((name.clone(), circle));
        }
    }
    let known: Vec<_> = KNOWN
        .iter()
        .flat_map(|(name, circles)| {
            circles.iter().map(|circle| ((*name).to_owned(), (*circle).to_owned()))
        })
        .collect();
    assert_eq!(found, known, "circles that are there, and those that are known");
}

/// Planted circles, and what only looks like one.
mod canaries {
    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        let files: Vec<_> = files.iter().map(owned).collect();
        Modules::parse(&files).circles().into_iter().collect()
    }

    #[test]
    fn two_modules() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::{a, c::C};"),
            ("c.rs", ""),
        ];
        assert_eq!(circles(&files), ["a, b"]);
    }

    #[test]
    fn through_a_re_export_a_path_and_a_child() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c; pub use self::a::A;"),
            ("a.rs", "mod inner;"),
            ("a/inner.rs", "fn f() { super::super::c::g(); }"),
            ("b.rs", "use crate::A;"),
            ("c.rs", "fn g() { let x = [crate::b::B; 2]; }"),
        ];
        assert_eq!(circles(&files), ["a, b, c"]);
    }

    #[test]
    fn below_a_module() {
        let files = [
            ("lib.rs", "mod a;"),
            ("a.rs", "mod x; mod y; pub use y::Y;"),
            ("a/x.rs", "use super::Y;"),
            ("a/y.rs", "use super::x::{self, X};"),
        ];
        assert_eq!(circles(&files), ["a::x, a::y"]);
    }

    #[test]
    fn no_circle() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            (
                "a.rs",
                "mod tests; // use crate::b;\n const S: &str = \"crate::b\"; #[cfg(test)] mod test { use crate::b; }",
            ),
            ("b.rs", "use crate::a::A; #[cfg(test)] mod tests; mod child;"),
            ("b/child.rs", "use super::B;"),
            ("b/tests.rs", "use crate::a;"),
        ];
        assert_eq!(circles(&files), Vec::<String>::new());
    }

    #[test]
    fn the_sources_are_read() {
        let core = Modules::parse(&sources("core"));
        let edges = core.edges();
        let uses = |user: &str| &edges[&vec![user.to_owned()]];
        assert!(uses("dot_map").contains(&vec!["dot_store".to_owned()]), "{:?}", uses("dot_map"));
        assert!(core.0.len() > 20);
    }
}
