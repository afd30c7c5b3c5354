//! Where the program of an example is, for tests that run one.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The example: in `target/debug/examples`, as the test that asks is in `target/debug/deps`.
///
/// A plain `cargo test` has built it; with `--test` or `--all-targets` it may have to be built.
pub(crate) fn example(package: &str, name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this test is a file");
    let profile = test.parent().and_then(Path::parent).expect("in a target folder");
    let example = profile.join("examples").join(format!("{name}{EXE_SUFFIX}"));
    if !example.exists() {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--package", package, "--all-features", "--example", name]);
        build.args(profile.ends_with("release").then_some("--release"));
        build.arg("--target-dir").arg(profile.parent().expect("above the profile"));
        assert!(build.status().expect("cargo runs").success(), "{name} cannot be built");
    }
    example
}
