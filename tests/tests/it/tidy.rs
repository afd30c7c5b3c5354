//! The repository keeps its own rules. Each check is called on a planted violation, too.

mod catalogue;
mod manifests;
mod modules;
mod pages;
mod paths;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the folder of the workspace").to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The path from the root on, with `/` everywhere.
fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
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
    found.sort();
    found
}

/// The folders of the crates.
fn crates() -> Vec<String> {
    let mut crates: Vec<String> = fs::read_dir(root().join("crates"))
        .expect("there are crates")
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    crates.sort();
    crates
}

/// The package in a folder of `crates`.
fn package(folder: &str) -> String {
    if folder == "rejoin" { folder.to_owned() } else { format!("rejoin-{folder}") }
}

/// What Cargo prints, as JSON.
fn cargo(arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO"));
    let output = command.args(arguments).arg("--locked").current_dir(root()).output();
    let output = output.expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The members of the workspace.
fn metadata() -> Value {
    cargo(&["metadata", "--no-deps", "--format-version=1"])
}

/// The texts of a list.
fn strings(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Files whose first folder, or whose own name, is not that of the layout.
fn outside(listing: &str) -> Vec<&str> {
    let allowed = ["Cargo.toml", "Cargo.lock", "README.md", "crates", "tests", "benches", "docs"];
    let is_outside = |path: &&str| {
        let top = path.split('/').next().unwrap_or_default();
        !allowed.contains(&top) && !top.starts_with('.') && !top.starts_with("LICENSE")
    };
    listing.lines().filter(is_outside).collect()
}

#[test]
fn nothing_else_is_at_the_top() {
    assert_eq!(outside(".ci/run\nREADME.md\nmisc/x.rs\nTODO.md"), ["misc/x.rs", "TODO.md"]);
    let output = Command::new("git").arg("-C").arg(root()).args(["ls-files"]).output();
    let Ok(output) = output else { return }; // not a checkout, such as a published package
    if output.status.success() {
        assert_eq!(outside(&String::from_utf8_lossy(&output.stdout)), [""; 0]);
    }
}
