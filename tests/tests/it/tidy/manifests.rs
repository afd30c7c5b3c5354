//! What the manifests say, and what Cargo makes of them: inheritance, order, what is published.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::{crates, files, metadata, read, root, strings};

/// Complaints about a manifest of a member.
fn inherits(text: &str) -> Vec<String> {
    let lines = [
        "[lints]\nworkspace = true",
        "version.workspace = true",
        "edition.workspace = true",
        "rust-version", // its own, if it needs less
        "license.workspace = true",
    ];
    lines
        .into_iter()
        .filter(|line| !text.contains(line))
        .map(|line| format!("no {line:?}"))
        .collect()
}

#[test]
fn every_member_inherits_lints_versions_and_licence() {
    for manifest in files(&root(), "Cargo.toml") {
        let text = read(&manifest);
        if !text.contains("[workspace]") {
            assert_eq!(inherits(&text), [""; 0], "{}", manifest.display());
        }
    }
}

/// The lints that a manifest sets: the lines of its tables `[lints.…]`, or `[workspace.lints.…]`.
fn lints(text: &str) -> BTreeSet<&str> {
    let tables = text
        .split("\n[")
        .filter(|table| table.trim_start_matches("workspace.").starts_with("lints."));
    let lines = tables.flat_map(|table| table.lines().skip(1));
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// A workspace of its own cannot inherit from another.
#[test]
fn benches_have_the_lints_of_the_others() {
    let (ours, theirs) =
        (read(&root().join("Cargo.toml")), read(&root().join("benches/Cargo.toml")));
    assert!(lints(&ours).len() > 10);
    assert_eq!(lints(&ours), lints(&theirs));
}

/// Whether a manifest keeps the unit tests of a library from being run.
fn is_untested(manifest: &str) -> bool {
    let lib = manifest.split("\n[").find(|table| table.starts_with("lib]"));
    lib.is_some_and(|lib| lib.contains("\ntest = false"))
}

/// Whether a file has tests of its own, in a module or as functions.
fn has_tests(source: &str) -> bool {
    ["#[test]", "#[cfg(test)]", "quickcheck!"].iter().any(|mark| source.contains(mark))
}

#[test]
fn libraries_that_are_not_tested_have_no_tests() {
    for name in crates() {
        let folder = root().join("crates").join(&name);
        if is_untested(&read(&folder.join("Cargo.toml"))) {
            let sources = files(&folder.join("src"), ".rs");
            let tested = sources.iter().find(|source| has_tests(&read(source)));
            assert_eq!(tested, None, "its tests would not be run");
        }
    }
}

/// A crate of the workspace, as Cargo sees it.
struct Member {
    name: String,
    /// Crates of the workspace that it needs, also for its tests.
    needs: Vec<String>,
}

fn members(metadata: &Value) -> Vec<Member> {
    let short = |name: &str| name.strip_prefix("rejoin-").unwrap_or(name).to_owned();
    let packages = metadata["packages"].as_array().expect("packages").iter();
    let packages = packages.filter(|package| package["publish"].is_null());
    let member = |package: &Value| {
        let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
        let ours = dependencies.filter(|dependency| !dependency["path"].is_null());
        let needs = ours.map(|dependency| short(dependency["name"].as_str().unwrap_or_default()));
        Member { name: short(package["name"].as_str().unwrap_or_default()), needs: needs.collect() }
    };
    packages.map(member).collect()
}

/// The order of the crates that a page gives: the first column of its table of folders.
fn order(page: &str) -> Vec<String> {
    let rows = page.lines().filter(|line| line.starts_with("| `crates/"));
    let columns = rows.filter_map(|row| row.split('|').nth(1));
    let names = columns.flat_map(|column| column.split('`').skip(1).step_by(2));
    names.map(|name| name.trim_start_matches("crates/").to_owned()).collect()
}

/// Complaints about members that are not in the order, or need what comes after them.
fn disorder(members: &[Member], order: &[String]) -> Vec<String> {
    let place = |name: &String| order.iter().position(|other| other == name);
    let mut complaints = Vec::new();
    for member in members {
        let Some(at) = place(&member.name) else {
            complaints.push(format!("{} is not in the order", member.name));
            continue;
        };
        for need in &member.needs {
            if place(need).is_none_or(|place| place >= at) {
                complaints.push(format!("{} needs {need}", member.name));
            }
        }
    }
    let is_member = |name: &&String| members.iter().any(|member| member.name == **name);
    let others = order.iter().filter(|name| !is_member(name));
    complaints.extend(others.map(|name| format!("{name} is no crate")));
    complaints
}

#[test]
fn dependencies_point_down() {
    let page = read(&root().join("docs/architecture.md"));
    assert_eq!(disorder(&members(&metadata()), &order(&page)), Vec::<String>::new());
}

/// Slugs of crates.io, of those that could be ours.
const CATEGORIES: [&str; 16] = [
    "algorithms",
    "asynchronous",
    "caching",
    "command-line-utilities",
    "concurrency",
    "data-structures",
    "database",
    "database-implementations",
    "date-and-time",
    "development-tools::testing",
    "encoding",
    "filesystem",
    "network-programming",
    "no-std",
    "rust-patterns",
    "simulation",
];

/// Complaints about what crates.io and docs.rs would show of a package.
fn unpublishable(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let mut complaints = Vec::new();
    let mut check = |holds: bool, what: &str| {
        if !holds {
            complaints.push(format!("{name}: {what}"));
        }
    };
    let page = format!("https://docs.rs/{name}");
    check(package["documentation"] == page.as_str(), "documentation is not at docs.rs");
    check(package["readme"] == "README.md", "no front page");
    check(!package["description"].is_null(), "no description");
    let docs = &package["metadata"]["docs"]["rs"];
    check(docs["all-features"] == true, "docs.rs would not show all features");
    check(strings(&docs["rustdoc-args"]) == ["--cfg", "docsrs"], "no labels of features");
    let (keywords, categories) = (strings(&package["keywords"]), strings(&package["categories"]));
    check((1..=5).contains(&keywords.len()), "one to five keywords");
    check(keywords.iter().all(|word| word.len() <= 20), "keywords of at most 20 letters");
    check((1..=5).contains(&categories.len()), "one to five categories");
    let unknown = categories.iter().any(|category| !CATEGORIES.contains(category));
    check(!unknown, "categories of crates.io");
    complaints
}

/// Packages with the keywords of another one: they would not be found apart.
fn alike(packages: &[Value]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let again = packages.iter().filter(|package| !seen.insert(strings(&package["keywords"])));
    again.map(|package| format!("{}: keywords of another", package["name"])).collect()
}

#[test]
fn packages_can_be_found_and_read() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages").iter();
    let ours = packages.filter(|package| package["publish"].is_null());
    let ours: Vec<Value> = ours.cloned().collect();
    let complaints: Vec<_> = ours.iter().flat_map(unpublishable).chain(alike(&ours)).collect();
    assert_eq!(complaints, [""; 0]);
}

/// Whether terms, such as `(MIT OR Zlib) AND Unicode-3.0`, leave no choice that is allowed.
fn refused(terms: &str, allowed: &[&str]) -> bool {
    let is_allowed =
        |licence: &str| allowed.contains(&licence.trim().trim_end_matches(" WITH LLVM-exception"));
    let terms = terms.replace('/', " OR ");
    let may = if terms.contains('(') {
        let mut groups = terms.split(" AND ").map(|group| group.trim_matches(['(', ')']));
        groups.all(|group| group.split(" OR ").any(is_allowed))
    } else {
        terms.split(" OR ").any(|licences| licences.split(" AND ").all(is_allowed))
    };
    !may
}

#[test]
fn licences_are_those_of_the_settings_of_cargo_deny() {
    let settings = read(&root().join(".deny.toml"));
    let list = settings.split("allow = [").nth(1).and_then(|rest| rest.split(']').next());
    let allowed: Vec<&str> = list.expect("a list").split('"').skip(1).step_by(2).collect();
    let version = Command::new("rustc").arg("-vV").output().expect("rustc runs").stdout;
    let version = String::from_utf8(version).expect("text");
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let metadata = super::cargo(&["metadata", "--format-version=1", "--filter-platform", host]);
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 50);
    for package in packages {
        let terms = package["license"].as_str().unwrap_or_default();
        assert!(!refused(terms, &allowed), "{}: {terms:?}", package["name"]);
    }
}

mod canaries {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_with_lints_of_its_own() {
        let manifest =
            "version.workspace = true\nedition.workspace = true\nrust-version = \"1.88\"";
        assert_eq!(
            inherits(manifest),
            ["no \"[lints]\\nworkspace = true\"", "no \"license.workspace = true\""]
        );
        assert_ne!(
            lints("\n[lints.rust]\nunsafe_code = \"allow\""),
            lints("\n[lints.rust]\nx = 1")
        );
    }

    #[test]
    fn tests_that_are_not_run() {
        assert!(is_untested(
            "[package]\nname = \"x\"\n\n[lib]\ntest = false # why\n\n[features]\n"
        ));
        assert!(!is_untested("[package]\n[lib]\nbench = false\n[[test]]\ntest = false\n"));
        assert!(has_tests("mod a;\n#[cfg(test)]\nmod tests;") && !has_tests("mod a;"));
    }

    #[test]
    fn a_dev_dependency_that_points_up() {
        let package = |name: &str, needs: &[&str]| {
            let needs = needs.iter().map(|need| json!({"name": need, "path": "/", "kind": "dev"}));
            let needs: Vec<_> = needs.chain([json!({"name": "serde", "path": null})]).collect();
            json!({"name": name, "publish": null, "dependencies": needs})
        };
        let packages = [
            package("rejoin-low", &["rejoin-high"]),
            package("rejoin-high", &["rejoin-low"]),
            package("rejoin-new", &[]),
        ];
        let members = members(&json!({ "packages": packages }));
        let page = "| folder | idea |\n|---|---|\n| `crates/low`, `high` | |\n| `crates/old` | |\n";
        let complaints = ["low needs high", "new is not in the order", "old is no crate"];
        assert_eq!(disorder(&members, &order(page)), complaints);
    }

    #[test]
    fn a_package_without_anything() {
        let package = json!({"name": "x", "keywords": ["crdt"], "categories": ["fast"]});
        assert_eq!(unpublishable(&package).len(), 6, "{:?}", unpublishable(&package));
        assert_eq!(alike(&[package.clone(), package]).len(), 1);
    }

    #[test]
    fn a_licence_that_is_not_allowed() {
        let allowed = ["MIT", "Zlib"];
        for terms in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Zlib) AND GPL-3.0"] {
            assert!(refused(terms, &allowed), "{terms}");
        }
        for terms in ["MIT", "GPL-3.0/Zlib", "MIT AND Zlib OR GPL-3.0", "(MIT OR GPL-3.0) AND Zlib"]
        {
            assert!(!refused(terms, &allowed), "{terms}");
        }
    }
}
