//! The repository keeps its own rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below `folder` whose name ends so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the repository is readable") {
            let path = entry.expect("an entry is readable").path();
            if path.is_dir() {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if name != "target" && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "nothing ends in {ending}");
    found
}

fn crates() -> Vec<String> {
    let mut crates: Vec<String> = fs::read_dir(root().join("crates"))
        .expect("there are crates")
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    crates.sort();
    crates
}

#[test]
fn every_member_inherits_lints_versions_and_licence() {
    for manifest in files(&root(), "Cargo.toml") {
        let text = read(&manifest);
        if text.contains("[workspace]") {
            continue;
        }
        for line in [
            "[lints]\nworkspace = true",
            "version.workspace = true",
            "edition.workspace = true",
            "rust-version.workspace = true",
            "license.workspace = true",
        ] {
            assert!(text.contains(line), "{}: no {line:?}", manifest.display());
        }
    }
}

#[test]
fn every_crate_is_in_the_tables_and_has_a_front_page() {
    let readme = read(&root().join("README.md"));
    let architecture = read(&root().join("docs/architecture.md"));
    for name in crates() {
        assert!(readme.contains(&format!("(crates/{name})")), "README.md: no rejoin-{name}");
        assert!(architecture.contains(&name), "docs/architecture.md: no {name}");
        let folder = root().join("crates").join(&name);
        let page = read(&folder.join("README.md"));
        let package = if name == "rejoin" { name.clone() } else { format!("rejoin-{name}") };
        assert!(page.starts_with(&format!("# {package}\n")), "crates/{name}/README.md");
        assert!(page.contains("```rust"), "crates/{name}/README.md: no example");
        let lib = read(&folder.join("src/lib.rs"));
        assert!(lib.starts_with("#![doc = include_str!(\"../README.md\")]"), "{name}/src/lib.rs");
    }
}

/// The types that the crate defines and has at its root.
fn own_types(lib: &str) -> Vec<&str> {
    let lists = lib.split("pub use self::").skip(1).filter_map(|rest| rest.split(';').next());
    lists.flat_map(words).filter(|word| word.starts_with(char::is_uppercase)).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

#[test]
fn the_facade_has_every_data_type() {
    let folder = root().join("crates/rejoin/src");
    let (lib, prelude) = (read(&folder.join("lib.rs")), read(&folder.join("prelude.rs")));
    let mut types = 0;
    for leaf in ["counters", "registers", "sets", "maps"] {
        let leaf = read(&root().join("crates").join(leaf).join("src/lib.rs"));
        let own = own_types(&leaf);
        // A data type is what has a cursor.
        let data_types = own.iter().filter_map(|name| name.strip_suffix("Cursor"));
        for name in data_types.filter(|name| own.contains(name)) {
            for (module, text) in [("root", &lib), ("prelude", &prelude)] {
                assert!(words(text).any(|word| word == name), "no {name} in the facade's {module}");
            }
            types += 1;
        }
    }
    assert!(types >= 20, "{types} data types");
}

#[test]
fn decisions_are_listed() {
    let index = read(&root().join("docs/decisions/README.md"));
    for file in files(&root().join("docs/decisions"), ".md") {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        assert!(
            name == "README.md" || index.contains(&format!("({name})")),
            "{name} is not listed"
        );
    }
}

#[test]
fn links_between_files_are_alive() {
    for file in files(&root(), ".md") {
        let text = read(&file);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.contains(char::is_whitespace) {
                continue;
            }
            let path = file.parent().unwrap_or(Path::new("")).join(target);
            let is_item = !target.contains('/') && !target.contains(".md");
            assert!(is_item || path.exists(), "{}: dead link {link}", file.display());
        }
    }
}

#[test]
fn files_have_one_idea() {
    for file in files(&root(), ".rs") {
        let text = read(&file);
        let lines = text.lines().count();
        assert!(lines <= 600, "{}: {lines} lines", file.display());
        let name = file.file_name().unwrap_or_default();
        assert!(name != "mod.rs", "{}: use foo.rs beside foo/", file.display());
    }
}

#[test]
fn nothing_else_is_at_the_top() {
    let output = Command::new("git").arg("-C").arg(root()).args(["ls-files"]).output();
    let Ok(output) = output else { return }; // not a checkout, such as a published package
    if !output.status.success() {
        return;
    }
    let allowed = ["Cargo.toml", "Cargo.lock", "README.md", "crates", "tests", "benches", "docs"];
    for path in String::from_utf8_lossy(&output.stdout).lines() {
        let top = path.split('/').next().unwrap_or_default();
        let is_meta = top.starts_with('.') || top.starts_with("LICENSE");
        assert!(allowed.contains(&top) || is_meta, "{top} is outside the layout");
    }
}
