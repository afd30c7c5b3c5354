//! A real file system that is full for a while.

use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

use rejoin_durable::{Storage, Stored};
use rejoin_redb::{RedbError, RedbStorage};

/// Where the file system is, in the process that has one.
const FOLDER: &str = "REJOIN_SMALL_FILE_SYSTEM";

#[test]
#[ignore = "needs Linux with user namespaces, and `unshare` of util-linux"]
fn a_store_goes_on_when_a_full_file_system_has_room_again() {
    if let Some(folder) = env::var_os(FOLDER) {
        return run(folder.as_ref());
    }
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
        .arg(format!("mount -t tmpfs -o size=8m tmpfs \"${FOLDER}\" && exec \"$0\" --ignored full_file_system"))
        .arg(env::current_exe().unwrap())
        .env(FOLDER, folder.path())
        .status();
    assert!(status.unwrap().success());
}

fn run(folder: &Path) {
    let path = folder.join("replica.redb");
    let mut storage = RedbStorage::open(&path).unwrap();
    let mut acknowledged = 0_u64;
    storage.append(&record(0)).unwrap();
    fs::write(folder.join("filler"), vec![1; 5 << 20]).unwrap();

    let mut refused = 0;
    while refused < 10 {
        match storage.append(&record(acknowledged + 1)) {
            Ok(()) => acknowledged += 1,
            Err(RedbError::Io(error)) => {
                assert_eq!(error.kind(), io::ErrorKind::StorageFull);
                refused += 1;
            }
            Err(error) => panic!("{error:?}"),
        }
        // The file stays ours, whatever happens to it.
        assert!(matches!(RedbStorage::open(&path), Err(RedbError::Locked)));
    }
    assert!(acknowledged > 10, "{acknowledged}");

    fs::remove_file(folder.join("filler")).unwrap();
    storage.append(&record(acknowledged + 1)).unwrap();
    assert!(matches!(RedbStorage::open(&path), Err(RedbError::Locked)));
    let node = storage.node();
    drop(storage);

    let mut storage = RedbStorage::open(&path).unwrap();
    assert_eq!(storage.node(), node);
    let mut found = Vec::new();
    let mut visit = |stored: Stored<'_>| match stored {
        Stored::Record(record) => {
            found.push(u64::from_be_bytes(record[..8].try_into().unwrap()));
        }
        _ => panic!("it has lost something"),
    };
    storage.load(&mut visit).unwrap();
    found.dedup();
    assert!(found.into_iter().eq(0..acknowledged + 2));
}

fn record(number: u64) -> Vec<u8> {
    number.to_be_bytes().repeat(5_000)
}
