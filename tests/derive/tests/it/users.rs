//! The derives need no attribute, whichever crate of Rejoin a package depends on.
//!
//! Each way to depend on one is a package of a workspace that is made here, outside of ours, and
//! all are checked at once. Profiles and lock file are ours, so that what is built for them is
//! shared.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A package to be, as it stands in the workspace.
struct User {
    name: String,
    /// What its manifest has after the name.
    manifest: String,
    /// The file that has the code, and the code.
    source: (&'static str, String),
}

/// Every crate that has the derives.
fn with_derives() -> Vec<String> {
    let folders = fs::read_dir(repository().join("crates")).expect("the crates");
    let folders = folders.map(|folder| folder.expect("a crate").path());
    let has_derives = |folder: &PathBuf| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.starts_with("derive = ["))
    };
    let mut crates: Vec<String> = folders
        .filter(has_derives)
        .map(|folder| match &*folder.file_name().unwrap_or_default().to_string_lossy() {
            "rejoin" => "rejoin".to_owned(),
            name => format!("rejoin-{name}"),
        })
        .collect();
    crates.sort();
    assert!(crates.len() >= 6, "{crates:?}");
    crates
}

fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("it is in the tests of the repository").to_owned()
}

/// A dependency on one of our crates: `name = { path = …, features = … }`.
fn dependency(name: &str, package: &str, more: &str) -> String {
    let folder =
        repository().join("crates").join(package.strip_prefix("rejoin-").unwrap_or(package));
    format!(
        "{name} = {{ package = {package:?}, path = {folder:?}, features = [\"derive\"]{more} }}\n"
    )
}

/// Every derive, of the crate that is called `krate`, which has core at `core`.
fn derives(krate: &str, core: &str) -> String {
    let krate = krate.replace('-', "_");
    include_str!("users/template.rs").replace("KRATE", &krate).replace("CORE", core)
}

/// Where core is in the crate.
fn core_of(package: &str) -> &'static str {
    match package {
        "rejoin" => "::core",
        "rejoin-core" => "",
        _ => "::rejoin_core",
    }
}

fn users() -> Vec<User> {
    let lib = |code| ("src/lib.rs", code);
    let user = |name: &str, manifest, source| User { name: name.to_owned(), manifest, source };
    let mut users = Vec::new();
    for package in with_derives() {
        let (alone, renamed) = (format!("on-{package}"), format!("on-renamed-{package}"));
        let code = lib(derives(&package, core_of(&package)));
        let manifest = format!("[dependencies]\n{}", dependency(&package, &package, ""));
        users.push(user(&alone, manifest, code));
        let manifest = format!("[dependencies]\n{}", dependency("other-name", &package, ""));
        users.push(user(&renamed, manifest, lib(derives("other-name", core_of(&package)))));
    }
    users.push(user(
        "on-several",
        ["rejoin-maps", "rejoin-sets", "rejoin-counters", "rejoin-registers"]
            .iter()
            .fold("[dependencies]\n".to_owned(), |all, it| all + &dependency(it, it, "")),
        lib(SEVERAL.to_owned()),
    ));
    // In a library, a dependency of the tests is not there.
    users.push(user(
        "on-core-in-tests",
        format!(
            "[dependencies]\n{}[dev-dependencies]\n{}",
            dependency("rejoin-sets", "rejoin-sets", ""),
            dependency("rejoin-core", "rejoin-core", ""),
        ),
        lib(derives("rejoin-sets", "::rejoin_core")),
    ));
    users.push(user(
        "on-core-by-a-feature",
        format!(
            "[dependencies]\n{}{}",
            dependency("rejoin-sets", "rejoin-sets", ""),
            dependency("rejoin-core", "rejoin-core", ", optional = true"),
        ),
        lib(derives("rejoin-sets", "::rejoin_core")),
    ));
    users.push(user(
        "in-tests",
        format!("[dev-dependencies]\n{}", dependency("rejoin", "rejoin", "")),
        ("tests/it.rs", derives("rejoin", "::core")),
    ));
    users.push(user(
        "by-the-workspace",
        "[dependencies]\ninherited.workspace = true\n".to_owned(),
        lib(derives("inherited", "::core")),
    ));
    users
}

/// A struct of types from several crates, none of which is core.
const SEVERAL: &str = "
use rejoin_counters::{Causal, Crdt, Decompose, Diff, DotStore, GCounter, ResetCounter};

#[derive(Clone, Debug, Default, PartialEq, DotStore)]
pub struct Cart {
    lines: rejoin_maps::OrMap<String, ResetCounter>,
    coupons: rejoin_sets::AwSet<String>,
    note: rejoin_registers::MvRegister<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
pub struct Shop {
    visits: GCounter,
    best: rejoin_registers::Max<u64>,
    cart: Causal<Cart>,
}
";

/// Two derives, and no crate through which they could find their traits.
const NOBODY: &str = "
#[derive(Default, rejoin_derive::Crdt, rejoin_derive::Diff)]
pub struct Shop {
    visits: u8,
}
";

/// Runs `cargo check` on the libraries of the workspace in `folder`.
fn check(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--offline", "--color=never", "--lib"])
        .args(arguments)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .current_dir(folder)
        .output()
        .expect("Cargo runs")
}

/// Makes the workspace in `folder`.
fn write(folder: &Path, users: &[User]) {
    let workspace = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"users/*\"]\n\n[workspace.dependencies]\n{}",
        dependency("inherited", "rejoin", ""),
    );
    _ = fs::remove_dir_all(folder.join("users"));
    let file = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    file("Cargo.toml", &workspace);
    fs::copy(repository().join("Cargo.lock"), folder.join("Cargo.lock")).expect("our lock file");
    for User { name, manifest, source: (path, code) } in users {
        let package = format!("[package]\nname = {name:?}\nedition = \"2024\"\n\n{manifest}");
        file(&format!("users/{name}/Cargo.toml"), &package);
        file(&format!("users/{name}/src/lib.rs"), "");
        file(&format!("users/{name}/{path}"), code);
    }
}

#[test]
fn every_crate_stands_for_core() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("derive-users");
    let mut users = users();
    let derive = repository().join("crates/derive");
    users.push(User {
        name: "on-none".to_owned(),
        manifest: format!("[dependencies]\nrejoin-derive.path = {derive:?}"),
        source: ("src/lib.rs", NOBODY.to_owned()),
    });
    write(&folder, &users);

    let output = check(&folder, &["--workspace", "--exclude", "on-none", "--test", "it"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let output = check(&folder, &["--package", "on-none"]);
    let messages = String::from_utf8_lossy(&output.stderr);
    let errors = messages.lines().filter(|line| line.starts_with("error: "));
    let errors: Vec<&str> = errors.filter(|line| !line.contains("could not compile")).collect();
    let expected = "error: no crate of Rejoin is among the dependencies of `on-none`: add one, as \
                    `cargo add rejoin` does, or say where `rejoin-core` is: \
                    `#[crdt(crate = \"path::to::rejoin_core\")]`";
    assert_eq!(errors, [expected], "{messages}");
}
