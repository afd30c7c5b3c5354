//! Stores in files: created, reopened, locked, compacted, and refused.

use std::fs;
use std::path::{Path, PathBuf};

use redb::ReadableDatabase;
use rejoin_durable::{CommitError, Storage, Stored};
use rejoin_redb::{RedbError, RedbStorage};
use rejoin_store::NodeId;
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("replica.redb");
    (folder, path)
}

fn compact(storage: &mut RedbStorage, snapshot: &[&[u8]]) {
    let mut snapshot = |visit: &mut dyn FnMut(&[u8])| {
        snapshot.iter().for_each(|record| visit(record));
        Ok(())
    };
    storage.compact(&mut snapshot).unwrap();
}

fn records(storage: &mut RedbStorage) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    let mut visit = |stored: Stored<'_>| match stored {
        Stored::Record(record) => records.push(record.to_vec()),
        _ => panic!("it has lost something"),
    };
    storage.load(&mut visit).unwrap();
    records
}

#[track_caller]
fn refuses(path: &Path, expected: &str) {
    assert_eq!(RedbStorage::open(path).unwrap_err().to_string(), expected);
}

#[test]
fn keeps_its_id_and_its_records_in_order() {
    let (folder, path) = folder();
    let mut storage = RedbStorage::open(&path).unwrap();
    let node = storage.node();
    assert_eq!((storage.log_bytes(), storage.snapshot_bytes()), (0, 0));
    assert!(records(&mut storage).is_empty());
    for record in ["one", "", "three"] {
        storage.append(record.as_bytes()).unwrap();
    }
    drop(storage);

    let mut storage = RedbStorage::open(&path).unwrap();
    assert_eq!(storage.node(), node);
    assert_eq!((storage.log_bytes(), storage.snapshot_bytes()), (8, 0));
    assert_eq!(records(&mut storage), [b"one".as_slice(), b"", b"three"]);
    storage.append(b"four").unwrap();
    assert_eq!(records(&mut storage).len(), 4);
    let left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(left, [path], "no drafts are left behind");
}

#[test]
fn a_new_id_is_kept_with_the_records() {
    let (_folder, path) = folder();
    let mut storage = RedbStorage::open(&path).unwrap();
    storage.append(b"one").unwrap();
    let (old, new) = (storage.node(), NodeId::random());
    storage.renew(new).unwrap();
    assert_eq!(storage.node(), new);
    drop(storage);
    let mut storage = RedbStorage::open(&path).unwrap();
    assert_eq!(storage.node(), new);
    assert_ne!(old, new);
    assert_eq!(records(&mut storage), [b"one"]);
}

#[test]
fn compaction_replaces_the_log() {
    let (_folder, path) = folder();
    let mut storage = RedbStorage::open(&path).unwrap();
    storage.append(b"one").unwrap();
    storage.append(b"two").unwrap();
    compact(&mut storage, &[b"one and ", b"two"]);
    assert_eq!((storage.log_bytes(), storage.snapshot_bytes()), (0, 11));
    storage.append(b"three").unwrap();
    drop(storage);

    let mut storage = RedbStorage::open(&path).unwrap();
    assert_eq!((storage.log_bytes(), storage.snapshot_bytes()), (5, 11));
    assert_eq!(records(&mut storage), [b"one and ".as_slice(), b"two", b"three"]);
    compact(&mut storage, &[b"all"]);
    assert_eq!(records(&mut storage), [b"all"]);
}

#[test]
fn a_snapshot_that_breaks_off_changes_nothing() {
    let (_folder, path) = folder();
    let mut storage = RedbStorage::open(&path).unwrap();
    compact(&mut storage, &[b"one"]);
    storage.append(b"two").unwrap();
    let result = storage.compact(&mut |visit| {
        visit(b"three");
        Err(rejoin_codec::EncodeError::TooDeep(1))
    });
    assert!(matches!(result, Err(CommitError::Encode(_))));
    for _ in 0..2 {
        assert_eq!((storage.log_bytes(), storage.snapshot_bytes()), (3, 3));
        assert_eq!(records(&mut storage), [b"one", b"two"]);
        drop(storage);
        storage = RedbStorage::open(&path).unwrap();
    }
}

#[test]
fn compaction_lets_the_file_stop_growing() {
    let (_folder, path) = folder();
    let mut storage = RedbStorage::open(&path).unwrap();
    let mut sizes = Vec::new();
    for _ in 0..8 {
        for _ in 0..10 {
            storage.append(&[1; 100_000]).unwrap();
        }
        compact(&mut storage, &[[2; 61_000].as_slice(); 16]);
        sizes.push(fs::metadata(&path).unwrap().len());
    }
    assert!(sizes[7] <= sizes[2], "{sizes:?}");
}

#[test]
fn two_stores_have_two_ids() {
    let folder = tempfile::tempdir().unwrap();
    let one = RedbStorage::open(folder.path().join("one")).unwrap();
    let two = RedbStorage::open(folder.path().join("two")).unwrap();
    assert_ne!(one.node(), two.node());
}

#[test]
fn a_file_has_one_handle() {
    let (_folder, path) = folder();
    let storage = RedbStorage::open(&path).unwrap();
    assert!(matches!(RedbStorage::open(&path), Err(RedbError::Locked)));
    drop(storage);
    RedbStorage::open(&path).unwrap();
}

#[test]
fn racing_creators_make_one_store() {
    let (_folder, path) = folder();
    let opened: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| RedbStorage::open(&path))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let winners: Vec<_> = opened.into_iter().filter_map(Result::ok).collect();
    assert_eq!(winners.len(), 1);
    let node = winners[0].node();
    drop(winners);
    assert_eq!(RedbStorage::open(&path).unwrap().node(), node);
}

#[test]
fn an_empty_file_is_no_store() {
    let (_folder, path) = folder();
    fs::write(&path, []).unwrap();
    refuses(&path, "the store's file is empty");
    assert_eq!(fs::read(&path).unwrap(), b"");

    fs::remove_file(&path).unwrap();
    drop(RedbStorage::open(&path).unwrap());
    fs::File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
    refuses(&path, "the store's file is empty");
}

#[test]
fn a_store_that_has_to_be_there_is_not_created() {
    let (_folder, path) = folder();
    let error = RedbStorage::open_existing(&path).unwrap_err();
    assert!(matches!(&error, RedbError::Io(io) if io.kind() == std::io::ErrorKind::NotFound));
    assert!(!path.exists());
    let node = RedbStorage::open(&path).unwrap().node();
    assert_eq!(RedbStorage::open_existing(&path).unwrap().node(), node);
}

/// Tries to write, after something has happened to the file.
#[track_caller]
fn notices(storage: &mut RedbStorage) {
    for _ in 0..2 {
        assert!(matches!(storage.append(b"lost").unwrap_err(), RedbError::Replaced));
        let result = storage.compact(&mut |_| Ok(()));
        assert!(matches!(result, Err(CommitError::Storage(RedbError::Replaced))));
        assert!(matches!(storage.renew(NodeId::random()), Err(RedbError::Replaced)));
    }
}

#[test]
fn a_file_that_is_deleted_replaced_or_written_over_is_noticed() {
    let (folder, path) = folder();
    let aside = folder.path().join("aside.redb");
    let mut storage = RedbStorage::open(&path).unwrap();
    storage.append(b"one").unwrap();
    fs::copy(&path, &aside).unwrap();

    fs::rename(&path, folder.path().join("moved.redb")).unwrap();
    notices(&mut storage);
    fs::copy(&aside, &path).unwrap();
    notices(&mut storage);
    fs::rename(folder.path().join("moved.redb"), &path).unwrap();
    storage.append(b"two").unwrap(); // it is back

    fs::copy(&aside, &path).unwrap(); // into the file that is open
    notices(&mut storage);
    drop(storage);

    let mut storage = RedbStorage::open(&aside).unwrap();
    assert_eq!(records(&mut storage), [b"one"]);
    drop(storage);
    let mut storage = RedbStorage::open(folder.path().join("new.redb")).unwrap();
    fs::remove_file(folder.path().join("new.redb")).unwrap();
    notices(&mut storage);
}

#[test]
fn refuses_other_files() {
    let (_folder, path) = folder();
    fs::write(&path, "a letter to my bank").unwrap();
    refuses(&path, "the file is not a rejoin store");
    assert_eq!(fs::read(&path).unwrap(), b"a letter to my bank");
}

#[test]
fn refuses_databases_of_other_programs() {
    let (_folder, path) = folder();
    let database = redb::Database::create(&path).unwrap();
    let write = database.begin_write().unwrap();
    let accounts = redb::TableDefinition::<&str, u64>::new("accounts");
    write.open_table(accounts).unwrap().insert("mine", 7).unwrap();
    write.commit().unwrap();
    drop(database);
    refuses(&path, "the file is not a rejoin store");

    let database = redb::Database::open(&path).unwrap();
    assert_eq!(database.begin_read().unwrap().list_tables().unwrap().count(), 1);
}

#[test]
fn refuses_format_1() {
    let (_folder, path) = folder();
    let database = redb::Database::create(&path).unwrap();
    let write = database.begin_write().unwrap();
    let meta = redb::TableDefinition::<&str, &[u8]>::new("rejoin meta");
    write.open_table(meta).unwrap().insert("format", [2].as_slice()).unwrap();
    write.commit().unwrap();
    drop(database);
    let before = fs::read(&path).unwrap();
    refuses(&path, "the store has format 1, and this build knows format 2");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn passes_on_what_the_file_system_says() {
    let (folder, _) = folder();
    let error = RedbStorage::open(folder.path().join("no such folder").join("x")).unwrap_err();
    assert!(matches!(&error, RedbError::Io(io) if io.kind() == std::io::ErrorKind::NotFound));
}
