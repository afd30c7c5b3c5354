//! Files that are damaged in one place: nothing that was acknowledged is missing without a word.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use redb::{ReadableDatabase, ReadableTable};
use rejoin_durable::{Config, Durable, Storage, Stored};
use rejoin_redb::{DamagedPart, RedbError, RedbStorage};
use rejoin_sets::{AwSet, Causal};

type Tags = Causal<AwSet<u32>>;

/// How many edits the file has acknowledged.
const EDITS: u32 = 300;

const PAGE: usize = 4096;

/// Where the database begins, after the heads.
const DATABASE: usize = 4 * PAGE;

/// SplitMix64.
struct Rng(u64);

impl Rng {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}

/// One thing that happens to a file.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Flip { bit: usize },
    Zero { page: usize },
    Swap { pages: [usize; 2] },
    Over { page: usize, by: usize },
    Truncate { len: usize },
}

impl Damage {
    fn any(rng: &mut Rng, len: usize) -> Self {
        let pages = len / PAGE;
        match rng.below(8) {
            0..4 => {
                // Half of them where the heads and the database's own header are.
                let end = if rng.below(2) == 0 { len } else { DATABASE + PAGE };
                Self::Flip { bit: rng.below(end * 8) }
            }
            4 => Self::Zero { page: rng.below(pages) },
            5 => Self::Swap { pages: [rng.below(pages), rng.below(pages)] },
            6 => Self::Over { page: rng.below(pages), by: rng.below(pages) },
            _ => Self::Truncate { len: rng.below(len) },
        }
    }

    fn happen(self, bytes: &mut Vec<u8>) {
        let page = |page: usize| page * PAGE..(page + 1) * PAGE;
        match self {
            Self::Flip { bit } => bytes[bit / 8] ^= 1 << (bit % 8),
            Self::Zero { page: zeroed } => bytes[page(zeroed)].fill(0),
            Self::Swap { pages: [one, other] } => {
                let kept = bytes[page(one)].to_vec();
                bytes.copy_within(page(other), one * PAGE);
                bytes[page(other)].copy_from_slice(&kept);
            }
            Self::Over { page: over, by } => bytes.copy_within(page(by), over * PAGE),
            Self::Truncate { len } => bytes.truncate(len),
        }
    }
}

/// A file with acknowledged edits, as a clean end and as a kill have left it.
fn files() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tags.redb");
    let open = || {
        let storage = RedbStorage::open(&path).unwrap();
        Durable::<Tags, _>::open(storage, Config::default()).unwrap()
    };
    let mut node = open();
    let edit = |node: &mut Durable<Tags, RedbStorage>, edits: std::ops::Range<u32>| {
        for edit in edits {
            node.edit(|tags| tags.insert(edit)).unwrap();
            if edit == EDITS / 2 {
                node.compact().unwrap();
            }
        }
    };
    edit(&mut node, 0..EDITS - 20);
    drop(node);
    let mut node = open();
    edit(&mut node, EDITS - 20..EDITS);
    let killed = fs::read(&path).unwrap();
    drop(node);
    vec![killed, fs::read(&path).unwrap()]
}

/// What became of a damaged file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Whole,
    Told(String),
}

fn told(error: &RedbError) -> Verdict {
    Verdict::Told(match error {
        RedbError::Damaged(damage) => format!("{:?}", damage.part()),
        RedbError::Foreign | RedbError::Empty => error.to_string(),
        error => panic!("another error: {error:?}"),
    })
}

/// Opens a file, and says what was told; `Err` with what is missing without a word.
fn open(path: &Path) -> Result<Verdict, String> {
    let storage = match RedbStorage::open(path) {
        Ok(storage) => storage,
        Err(error) => return Ok(told(&error)),
    };
    let mut node = match Durable::<Tags, _>::open(storage, Config::default()) {
        Ok(node) => node,
        Err(rejoin_durable::LoadError::Storage(error)) => return Ok(told(&error)),
        Err(error) => panic!("another error: {error:?}"),
    };
    let missing: Vec<u32> = (0..EDITS).filter(|edit| !node.state().contains(edit)).collect();
    if node.unreadable().is_empty() && !missing.is_empty() {
        return Err(format!("{missing:?} are missing"));
    }
    // It is whole, so it goes on.
    node.edit(|tags| tags.insert(EDITS)).map_err(|error| format!("{error:?}"))?;
    node.compact().map_err(|error| format!("{error:?}"))?;
    Ok(Verdict::Whole)
}

/// Copies what is left of a damaged file, and makes sure that what it says is so.
fn salvage(path: &Path) {
    let into = path.with_extension("salvaged");
    let _ = fs::remove_file(&into);
    let salvaged = match RedbStorage::salvage(path, &into) {
        Ok(salvaged) => salvaged,
        Err(error) => {
            let is_told = matches!(error, RedbError::Damaged(_) | RedbError::Foreign);
            assert!(is_told || matches!(error, RedbError::Empty), "{error:?}");
            return;
        }
    };
    let storage = RedbStorage::open_existing(&into).unwrap();
    let node = Durable::<Tags, _>::open(storage, Config::default()).unwrap();
    let lost: u64 = node.unreadable().iter().map(rejoin_durable::Unreadable::records).sum();
    assert_eq!(lost, salvaged.lost);
    let there = (0..EDITS).filter(|edit| node.state().contains(edit)).count();
    assert!(lost > 0 || there == EDITS as usize, "{there} edits, and {salvaged:?}");
    assert!(node.state().len() == there, "nothing else");
}

/// Damages files, and counts how often each verdict was reached.
fn sweep(cases: u64, open: &dyn Fn(&Path) -> Result<Verdict, String>) -> Vec<(u64, String)> {
    let (files, folder) = (files(), tempfile::tempdir().unwrap());
    let path = folder.path().join("damaged.redb");
    let first = std::env::var("REJOIN_SEED").map_or(0, |seed| seed.parse().expect("a number"));
    let (mut silent, mut verdicts) = (Vec::new(), std::collections::BTreeMap::new());
    for seed in first..first + cases {
        let mut rng = Rng(seed);
        let mut bytes = files[rng.below(files.len())].clone();
        let damage = Damage::any(&mut rng, bytes.len());
        damage.happen(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        match open(&path) {
            Ok(verdict) => {
                let is_whole = verdict == Verdict::Whole;
                *verdicts.entry(verdict).or_insert(0) += 1;
                if !is_whole {
                    assert!(
                        fs::read(&path).unwrap() == bytes,
                        "seed {seed}: {damage:?} changed it"
                    );
                    salvage(&path);
                }
            }
            Err(missing) => silent.push((seed, format!("{damage:?}: {missing}"))),
        }
    }
    println!("{cases} damaged files: {verdicts:?}, {} silent", silent.len());
    silent
}

/// The variable `REJOIN_CASES` says how many files, of which a tenth takes as long as other rigs.
fn cases() -> u64 {
    let cases: u64 =
        std::env::var("REJOIN_CASES").map_or(1_000, |cases| cases.parse().expect("a number"));
    (cases / 10).max(50)
}

#[test]
fn what_was_acknowledged_is_there_or_the_damage_is_told() {
    assert_eq!(sweep(cases(), &open), []);
}

/// The canary: a storage that reads what redb gives it, with a plain open and no checks.
fn open_without_checks(path: &Path) -> Result<Verdict, String> {
    let bytes = fs::read(path).unwrap();
    let inner = path.with_extension("inner");
    fs::write(&inner, bytes.get(DATABASE..).unwrap_or_default()).unwrap();
    let read = || -> Option<BTreeSet<u64>> {
        let database = redb::Database::open(&inner).ok()?;
        let records = redb::TableDefinition::<u64, &[u8]>::new("rejoin records");
        let table = database.begin_read().ok()?.open_table(records).ok()?;
        let mut numbers = BTreeSet::new();
        for entry in table.iter().ok()? {
            numbers.insert(entry.ok()?.0.value());
        }
        Some(numbers)
    };
    let Ok(read) = std::panic::catch_unwind(read) else { return Err("a panic".to_owned()) };
    let records = u64::from(EDITS / 2 + 1); // a snapshot of two, and the log
    match read {
        None => Ok(Verdict::Told("by redb".to_owned())),
        Some(numbers) if numbers.len() as u64 >= records => Ok(Verdict::Told("by redb".to_owned())),
        Some(numbers) => Err(format!("{} records", numbers.len())),
    }
}

#[test]
fn a_storage_that_does_not_verify_is_noticed() {
    let silent = sweep(200, &|path| match open_without_checks(path) {
        Err(missing) => Err(missing),
        Ok(_) => Ok(Verdict::Whole),
    });
    assert!(!silent.is_empty(), "no damage shows without checks");
}

/// redb falls back to the commit before, and says nothing: a bit of the place of the last one.
#[test]
fn a_last_commit_that_is_gone_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tags.redb");
    let bytes = files().remove(0);
    let places = [64, 192].map(|place| DATABASE + place + 40); // redb's commit slots
    let error = places.into_iter().find_map(|place| {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1;
        fs::write(&path, &bytes).unwrap();
        RedbStorage::open(&path).err()
    });
    let error = error.expect("one of them is that of the last commit");
    let RedbError::Damaged(damage) = &error else { panic!("{error:?}") };
    assert_eq!(damage.part(), DamagedPart::LastCommit);
    assert_eq!(damage.found(), damage.records(), "its pages are there");
    let text = "the store's file is damaged: its last commit, which is gone; ";
    assert!(error.to_string().starts_with(text), "{error}");

    let into = folder.path().join("salvaged.redb");
    let salvaged = RedbStorage::salvage(&path, &into).unwrap();
    assert_eq!(salvaged.lost, 0);
    let storage = RedbStorage::open(&into).unwrap();
    let node = Durable::<Tags, _>::open(storage, Config::default()).unwrap();
    assert_eq!(node.state().len(), EDITS as usize);
    assert!(RedbStorage::salvage(&path, &into).is_err(), "it is not written over");
}

#[test]
fn a_head_has_copies_and_one_of_them_in_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tags.redb");
    let bytes = files().remove(0);
    for slot in 0..4 {
        let mut bytes = bytes.clone();
        bytes[slot * PAGE + 30] ^= 4;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(open(&path), Ok(Verdict::Whole));
    }
    let mut bytes = bytes;
    bytes[..DATABASE].fill(0);
    fs::write(&path, &bytes).unwrap();
    assert_eq!(open(&path), Ok(Verdict::Told("Head".to_owned())));
    let salvaged = RedbStorage::salvage(&path, folder.path().join("salvaged.redb")).unwrap();
    assert_eq!(salvaged.lost, 0);
}

#[test]
fn marks_of_lost_records_are_visited_in_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.redb");
    let mut storage = RedbStorage::open(&path).unwrap();
    for record in ["one", "two", "three", "four"] {
        storage.append(record.repeat(2_000).as_bytes()).unwrap();
    }
    drop(storage);
    let mut bytes = fs::read(&path).unwrap();
    let places: Vec<usize> = bytes
        .windows(6)
        .enumerate()
        .filter(|(_, window)| *window == b"twotwo")
        .map(|(at, _)| at)
        .collect();
    places.iter().for_each(|at| bytes[*at] = b'T');
    fs::write(&path, &bytes).unwrap();
    let error = RedbStorage::open(&path).unwrap_err();
    let RedbError::Damaged(damage) = &error else { panic!("{error:?}") };
    assert_eq!((damage.found(), damage.records()), (3, 4));

    let into = folder.path().join("salvaged.redb");
    let salvaged = RedbStorage::salvage(&path, &into).unwrap();
    assert_eq!((salvaged.found, salvaged.lost), (3, 1));
    let mut storage = RedbStorage::open(&into).unwrap();
    let mut found = Vec::new();
    let mut visit = |stored: Stored<'_>| {
        found.push(match stored {
            Stored::Record(record) => String::from_utf8(record[..3].to_vec()).unwrap(),
            Stored::Lost { records } => format!("{records} lost"),
            _ => panic!("unknown"),
        });
    };
    storage.load(&mut visit).unwrap();
    assert_eq!(found, ["one", "1 lost", "thr", "fou"]);
}
