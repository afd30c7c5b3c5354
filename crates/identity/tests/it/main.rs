//! Under which id a program writes, whatever becomes of its files.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use rejoin_identity::{Identity, IdentityError, ReplicaId};
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("identity");
    (folder, path)
}

/// One run of a program: it loads, edits and saves.
fn run(path: &PathBuf, value: &mut Option<Vec<u8>>, edit: u8) -> ReplicaId {
    let mut identity = Identity::open(path).expect("it is free");
    let id = identity.resume(value.as_deref()).expect("an id");
    let mut bytes = value.clone().unwrap_or_default();
    bytes.push(edit);
    identity.record(&bytes).expect("it can be written");
    *value = Some(bytes);
    id
}

#[test]
fn three_hundred_runs_write_under_one_id() {
    let (_folder, path) = place();
    let mut value = None;
    let ids: BTreeSet<_> = (0..300_u32).map(|n| run(&path, &mut value, n as u8)).collect();
    assert_eq!(ids.len(), 1);
}

#[test]
fn a_run_without_an_edit_changes_nothing() {
    let (_folder, path) = place();
    let mut value = None;
    let id = run(&path, &mut value, 1);
    let before = fs::read(&path).unwrap();
    assert_eq!(Identity::open(&path).unwrap().resume(value.as_deref()).unwrap(), id);
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// After a value that is gone, older, or of another program, no number of a write is used again.
#[test]
fn another_value_is_another_run() {
    let (_folder, path) = place();
    let mut value = None;
    let first = run(&path, &mut value, 1);
    let older = value.clone();
    assert_eq!(run(&path, &mut value, 2), first);
    let mut seen = BTreeSet::from([first]);
    for loaded in [None, older, Some(b"foreign".to_vec())] {
        let mut value = loaded;
        let id = run(&path, &mut value, 3);
        assert!(seen.insert(id), "an id was used for two values");
        assert_eq!(id.node(), first.node());
        assert_eq!(run(&path, &mut value, 4), id);
    }
}

/// What was recorded may have been seen, even if it was not saved here.
#[test]
fn a_crash_before_the_value_is_saved_is_another_run() {
    let (_folder, path) = place();
    let mut value = None;
    let first = run(&path, &mut value, 1);
    let mut identity = Identity::open(&path).unwrap();
    assert_eq!(identity.resume(value.as_deref()).unwrap(), first);
    identity.record(b"never saved").unwrap();
    drop(identity);
    assert_ne!(run(&path, &mut value, 2), first);
}

#[test]
fn two_at_a_time_are_refused() {
    let (_folder, path) = place();
    let identity = Identity::open(&path).unwrap();
    let error = Identity::open(&path).unwrap_err();
    assert!(matches!(error, IdentityError::InUse(_)), "{error}");
    assert!(error.to_string().ends_with("identity is in use"), "{error}");
    drop(identity);
    Identity::open(&path).unwrap();
}

#[test]
fn a_damaged_identity_is_not_made_anew() {
    let (_folder, path) = place();
    let mut value = None;
    run(&path, &mut value, 1);
    let sound = fs::read(&path).unwrap();
    for end in 0..sound.len() {
        fs::write(&path, &sound[..end]).unwrap();
        let error = Identity::open(&path).unwrap_err();
        assert!(matches!(error, IdentityError::Damaged(_)), "{end} bytes: {error}");
    }
    fs::write(&path, [&sound[..], b"more\n"].concat()).unwrap();
    assert!(matches!(Identity::open(&path), Err(IdentityError::Damaged(_))));
}
