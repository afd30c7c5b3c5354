//! What pages say of the repository: tables, links, commands.

use std::collections::BTreeSet;
use std::path::Path;

use super::{crates, files, metadata, package, read, relative, root, strings};

#[test]
fn every_crate_is_in_the_tables_and_has_a_front_page() {
    let readme = read(&root().join("README.md"));
    for name in crates() {
        assert!(readme.contains(&format!("(crates/{name})")), "README.md: no rejoin-{name}");
        let folder = root().join("crates").join(&name);
        let page = read(&folder.join("README.md"));
        assert!(page.starts_with(&format!("# {}\n", package(&name))), "crates/{name}/README.md");
        assert!(page.contains("```rust"), "crates/{name}/README.md: no example");
        let lib = read(&folder.join("src/lib.rs"));
        let page = "doc = include_str!(\"../README.md\")";
        assert!(lib.lines().take(2).any(|line| line.contains(page)), "{name}/src/lib.rs");
    }
}

/// The oldest Rust that a front page promises.
fn minimum_rust(page: &str) -> Option<&str> {
    let version = page.split("Minimum Rust: ").nth(1)?;
    version.split_whitespace().next().map(|version| version.trim_end_matches('.'))
}

#[test]
fn front_pages_know_the_minimum_rust() {
    let metadata = metadata();
    for name in crates() {
        let full = package(&name);
        let mut packages = metadata["packages"].as_array().expect("packages").iter();
        let package = packages.find(|package| package["name"] == full.as_str()).expect("a member");
        let page = read(&root().join("crates").join(&name).join("README.md"));
        let declared = package["rust_version"].as_str();
        assert_eq!(minimum_rust(&page), declared, "{full}");
    }
}

#[test]
fn decisions_are_listed() {
    let index = read(&root().join("docs/decisions/README.md"));
    for file in files(&root().join("docs/decisions"), ".md") {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let is_listed = name == "README.md" || index.contains(&format!("({name})"));
        assert!(is_listed, "{name} is not listed");
    }
}

/// Where the links of a page lead in the repository: not to other places, and not to items.
fn targets(page: &str) -> Vec<&str> {
    let links = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = links.map(|link| link.split('#').next().unwrap_or_default());
    let is_file = |target: &&str| {
        let is_item = !target.contains('/') && !target.contains(".md");
        let is_elsewhere = target.contains("://") || target.contains(char::is_whitespace);
        !target.is_empty() && !is_item && !is_elsewhere
    };
    files.filter(is_file).collect()
}

#[test]
fn links_between_files_are_alive() {
    for file in files(&root(), ".md") {
        for target in targets(&read(&file)) {
            let path = file.parent().unwrap_or(Path::new("")).join(target);
            assert!(path.exists(), "{}: dead link {target}", file.display());
        }
    }
}

/// The links of a crate's page, or of its docs, that are dead wherever there is only the crate.
fn leaving(page: &str) -> Vec<&str> {
    targets(page).into_iter().filter(|target| target.starts_with("../")).collect()
}

#[test]
fn links_of_a_crate_stay_in_it() {
    for file in files(&root().join("crates"), "README.md") {
        assert_eq!(leaving(&read(&file)), [""; 0], "{}", relative(&file));
    }
    for file in files(&root().join("crates"), ".rs") {
        let text = read(&file);
        let docs = text.lines().map(str::trim_start);
        let docs = docs.filter(|line| line.starts_with("///") || line.starts_with("//!"));
        let docs = docs.collect::<Vec<_>>().join("\n");
        assert_eq!(leaving(&docs), [""; 0], "{}", relative(&file));
    }
}

/// What a command names: a package, as `-p`, and targets, as `--test`.
struct Named<'a> {
    package: Option<&'a str>,
    /// Kinds, and names.
    targets: Vec<(&'a str, &'a str)>,
}

impl<'a> Named<'a> {
    fn parse(text: &'a str) -> Self {
        let command = text.split(['\n', '`', '#']).next().unwrap_or_default();
        let words = command.split_whitespace().take_while(|word| *word != "--");
        let words: Vec<&str> = words.collect();
        let pairs = words.windows(2).map(|pair| (pair[0], pair[1]));
        let package = pairs.clone().find(|(flag, _)| ["-p", "--package"].contains(flag));
        let kinds = ["--test", "--example", "--bin", "--bench"];
        let targets = pairs.filter(|(flag, _)| kinds.contains(flag));
        Self {
            package: package.map(|(_, name)| name),
            targets: targets.map(|(flag, name)| (&flag[2..], name)).collect(),
        }
    }
}

/// Complaints about commands that name what is not there, of so many kinds, names and packages.
fn dead_commands(page: &str, known: &BTreeSet<(String, String, String)>) -> Vec<String> {
    let mut complaints = Vec::new();
    for (at, _) in page.match_indices("cargo ") {
        let Named { package, targets } = Named::parse(&page[at..]);
        let is_of = |name: &str| package.is_none_or(|package| package == name);
        if !known.iter().any(|(name, ..)| is_of(name)) {
            complaints.push(format!("no package {package:?}"));
        }
        for (kind, target) in targets {
            let is_it = |(name, is, called): &(String, String, String)| {
                is_of(name) && is == kind && called == target
            };
            if !known.iter().any(is_it) {
                complaints.push(format!("no {kind} {target} of {package:?}"));
            }
        }
    }
    complaints
}

/// Every target of the workspace and of the benches: package, kind, name.
fn all_targets() -> BTreeSet<(String, String, String)> {
    let benches = root().join("benches/Cargo.toml");
    let benches = benches.to_str().expect("text");
    let arguments = ["metadata", "--no-deps", "--format-version=1", "--manifest-path", benches];
    let mut targets = BTreeSet::new();
    for metadata in [metadata(), super::cargo(&arguments)] {
        for package in metadata["packages"].as_array().expect("packages") {
            let name = package["name"].as_str().expect("a name");
            for target in package["targets"].as_array().expect("targets") {
                let called = target["name"].as_str().expect("a name");
                for kind in strings(&target["kind"]) {
                    targets.insert((name.to_owned(), kind.to_owned(), called.to_owned()));
                }
            }
        }
    }
    targets
}

#[test]
fn commands_name_what_is_there() {
    let known = all_targets();
    for file in files(&root(), ".md").into_iter().chain(files(&root(), ".rs")) {
        // Tests of such commands are no commands.
        if !file.ends_with("tidy/pages.rs") {
            let complaints = dead_commands(&read(&file), &known);
            assert_eq!(complaints, [""; 0], "{}", relative(&file));
        }
    }
}

mod canaries {
    use super::*;

    #[test]
    fn an_old_minimum_rust() {
        assert_eq!(minimum_rust("Minimum Rust: 1.88. More."), Some("1.88"));
        assert_eq!(minimum_rust("Tested with Rust 1.95."), None);
    }

    #[test]
    fn links_that_leave() {
        let page =
            "[a](../../docs/a.md) [b](https://b.c/d.md) [c](src/c.rs) [d](Type::new) [e](#e)";
        assert_eq!(targets(page), ["../../docs/a.md", "src/c.rs"]);
        assert_eq!(leaving(page), ["../../docs/a.md"]);
    }

    #[test]
    fn commands_that_do_not_run() {
        let known = [("rejoin-tests", "test", "it"), ("rejoin-maps", "example", "kanban")];
        let known = known.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
        let known = BTreeSet::from(known);
        let page = "`cargo test -p rejoin-tests --test it` cargo run --example kanban -- --test x\n\
                    cargo test -p rejoin-tests --test laws   # --test y\n cargo test -p rejoin-old";
        assert_eq!(
            dead_commands(page, &known),
            ["no test laws of Some(\"rejoin-tests\")", "no package Some(\"rejoin-old\")"]
        );
    }
}
