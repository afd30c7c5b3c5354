//! Set reconciliation beside its peers: bytes besides payload, round trips, and time as a ratio.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin reconcile` has sets of 100 000
//! ids; with `full` as an argument they have 1 000 000. Bytes and round trips are counts, and the
//! same each time.

use std::collections::{BTreeSet, HashSet};
use std::hint::black_box;
use std::time::{Duration, Instant};

use merkle_search_tree::MerkleSearchTree;
use merkle_search_tree::diff::diff;
use negentropy::{Id, Negentropy, NegentropyStorageVector};
use rejoin_reconcile::rateless::{Decoder, Encoder, SymbolReader, SymbolWriter};
use rejoin_reconcile::{Config, IdSet, Initiator, Responder, Summary};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// Two sets of which the halves of `differences` are in one only.
struct Pair {
    here: Vec<u64>,
    there: Vec<u64>,
    differences: usize,
}

fn pair(random: &mut Random, len: usize, differences: usize) -> Pair {
    let half = if differences == 1 { (random.any() & 1) as usize } else { differences / 2 };
    let both: Vec<u64> = (half..len).map(|_| random.any()).collect();
    let mut only = |count: usize| -> Vec<u64> {
        both.iter().copied().chain((0..count).map(|_| random.any())).collect()
    };
    Pair { here: only(half), there: only(differences - half), differences }
}

/// What one exchange cost. Time excludes what is kept anyway: the sets and their summaries, trees
/// and sorted vectors.
struct Cost {
    bytes: usize,
    round_trips: f64,
    time: Duration,
}

fn ours(pair: &Pair) -> Cost {
    let here: IdSet = pair.here.iter().copied().collect();
    let there: IdSet = pair.there.iter().copied().collect();
    let start = Instant::now();
    let mut initiator = Initiator::new(Config::default(), 1, &here);
    let mut responder = Responder::new(Config::default());
    let (mut bytes, mut round_trips) = (0, 0.0);
    while let Some(message) = initiator.message() {
        let answer = responder.handle(&there, message).expect("a message of an initiator");
        bytes += message.len() + answer.len();
        round_trips += 1.0;
        initiator.handle(&here, &answer).expect("an answer of a responder");
    }
    let time = start.elapsed();
    let outcome = initiator.outcome().expect("the session has ended");
    assert!(outcome.verified);
    assert_eq!(outcome.send.len() + responder.found().count(), pair.differences);
    Cost { bytes, round_trips, time }
}

/// Our rateless table: ids of 40 bits, checksums of 32, and 5 bytes for each id that is wanted.
fn rateless(pair: &Pair) -> Cost {
    let short = |ids: &[u64]| -> Vec<u64> { ids.iter().map(|id| id >> 24 << 24).collect() };
    let (here, there) = (short(&pair.here), short(&pair.there));
    let start = Instant::now();
    let mut encoder = Encoder::new(there.iter().copied());
    let mut decoder = Decoder::new(here.iter().copied());
    let mut writer = SymbolWriter::new(there.len() as u64, 40);
    while !decoder.is_complete() {
        let symbol = encoder.next_symbol();
        writer.write(&symbol);
        decoder.push(symbol);
    }
    let taken = decoder.taken();
    let bytes = writer.finish();
    let (missing, _) = decoder.into_difference();
    let time = start.elapsed();
    assert_eq!(SymbolReader::new(&bytes).map(|reader| reader.take(taken).count()), Some(taken));
    Cost { bytes: bytes.len() + missing.len() * 5, round_trips: 1.5, time }
}

/// The crate `riblt`, whose symbols of 24 bytes are asked for in batches a tenth larger each.
fn riblt_crate(pair: &Pair) -> Cost {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct Item(u64);
    impl riblt::Symbol for Item {
        const BYTE_ARRAY_LENGTH: usize = 8;
        fn encode_to_bytes(&self) -> Vec<u8> {
            self.0.to_le_bytes().to_vec()
        }
        fn decode_from_bytes(bytes: &Vec<u8>) -> Self {
            Self(u64::from_le_bytes(bytes.as_slice().try_into().expect("eight bytes")))
        }
    }
    let items = |ids: &[u64]| -> HashSet<Item> { ids.iter().copied().map(Item).collect() };
    let (here, there) = (items(&pair.here), items(&pair.there));
    let start = Instant::now();
    let (mut here, mut there) = (riblt::RatelessIBLT::new(here), riblt::RatelessIBLT::new(there));
    let mut received = riblt::UnmanagedRatelessIBLT::new();
    let (mut taken, mut batch) = (0, 2);
    let wanted = loop {
        here.extend_coded_symbols(batch);
        there.extend_coded_symbols(batch);
        for at in taken..batch {
            received.add_coded_symbol(&there.get_coded_symbol(at));
        }
        taken = batch;
        let mut left = here.collapse(&received);
        let peeled = left.peel_all_symbols();
        if left.is_empty() {
            break peeled.len() / 2;
        }
        batch += batch / 10 + 1;
    };
    Cost { bytes: taken * 24 + wanted * 8, round_trips: 1.5, time: start.elapsed() }
}

fn range_based(pair: &Pair) -> Cost {
    let storage = |ids: &[u64]| {
        let mut storage = NegentropyStorageVector::with_capacity(ids.len());
        for &id in ids {
            let mut random = Random(id);
            let mut bytes = [0; 32];
            for chunk in bytes.chunks_mut(8) {
                chunk.copy_from_slice(&random.any().to_le_bytes());
            }
            storage.insert(0, Id::from_byte_array(bytes)).expect("not sealed");
        }
        storage.seal().expect("once");
        storage
    };
    let (here, there) = (storage(&pair.here), storage(&pair.there));
    let start = Instant::now();
    let mut client = Negentropy::borrowed(&here, 0).expect("no limit");
    let mut server = Negentropy::borrowed(&there, 0).expect("no limit");
    let (mut have, mut need) = (Vec::new(), Vec::new());
    let mut next = Some(client.initiate().expect("once"));
    let (mut bytes, mut round_trips) = (0, 0.0);
    while let Some(message) = next {
        let answer = server.reconcile(&message).expect("a message");
        bytes += message.len() + answer.len();
        round_trips += 1.0;
        next = client.reconcile_with_ids(&answer, &mut have, &mut need).expect("an answer");
    }
    assert_eq!(have.len() + need.len(), pair.differences);
    Cost { bytes, round_trips, time: start.elapsed() }
}

/// The crate `merkle-search-tree`: all page ranges go one way (32 bytes each), and the ranges that
/// differ the other (16). The keys in those are not counted, though they were most of all keys.
fn tree(pair: &Pair) -> Cost {
    let tree = |ids: &[u64]| {
        let mut tree = MerkleSearchTree::default();
        ids.iter().for_each(|id| tree.upsert(id.to_be_bytes(), &()));
        let _ = tree.root_hash();
        tree
    };
    let (here, there) = (tree(&pair.here), tree(&pair.there));
    let start = Instant::now();
    let [here, there] =
        [&here, &there].map(|tree| tree.serialise_page_ranges().unwrap_or_default());
    let pages = here.len();
    let ranges = diff(there.clone(), here.clone()).len() + diff(here, there).len();
    Cost { bytes: pages * 32 + ranges * 16, round_trips: 1.5, time: start.elapsed() }
}

/// All ids one way, and those wanted the other.
fn full(pair: &Pair) -> Cost {
    let there: HashSet<u64> = pair.there.iter().copied().collect();
    let start = Instant::now();
    let mut here: HashSet<u64> = pair.here.iter().copied().collect();
    let wanted = there.iter().filter(|id| !here.remove(*id)).count();
    Cost { bytes: pair.here.len() * 8 + wanted * 8, round_trips: 1.0, time: start.elapsed() }
}

/// One method: its name, what it costs for a pair, and the most differences it is tried with.
type Method = (&'static str, fn(&Pair) -> Cost, usize);

fn main() {
    let is_full = std::env::args().any(|argument| argument == "full");
    let (len, rounds) = if is_full { (1_000_000, 10) } else { (100_000, 20) };
    let methods: [Method; 6] = [
        ("rejoin-reconcile", ours, usize::MAX),
        ("rejoin rateless", rateless, usize::MAX),
        ("riblt", riblt_crate, 1_000),
        ("negentropy", range_based, usize::MAX),
        ("merkle-search-tree", tree, usize::MAX),
        ("full exchange", full, usize::MAX),
    ];
    println!("n = {len}; mean bytes besides payload, round trips, and time beside the first row's");
    println!("{:>8} {:<20} {:>10} {:>8} {:>6} {:>9}", "d", "", "bytes", "B/d", "trips", "time");
    for differences in [0, 1, 100, 1_000, 10_000] {
        let mut first = None;
        for (name, method, most) in methods {
            if differences > most || (differences == 0 && name != "rejoin-reconcile") {
                continue;
            }
            let rounds = if name == "rejoin-reconcile" { rounds } else { 1 };
            let mut random = Random(differences as u64);
            let mut costs: Vec<Cost> =
                (0..rounds).map(|_| method(&pair(&mut random, len, differences))).collect();
            let many = costs.len() as f64;
            let bytes = costs.iter().map(|cost| cost.bytes as f64).sum::<f64>() / many;
            let trips = costs.iter().map(|cost| cost.round_trips).sum::<f64>() / many;
            // The least of all rounds: what else runs on the machine only adds to it.
            costs.sort_by_key(|cost| cost.time);
            let time = costs[0].time;
            let unit = *first.get_or_insert(time);
            let ratio = time.as_secs_f64() / unit.as_secs_f64();
            let shown = if name == "rejoin-reconcile" {
                format!("{time:.1?}")
            } else {
                format!("× {ratio:.1}")
            };
            let each = bytes / differences as f64;
            println!(
                "{differences:>8} {name:<20} {bytes:>10.0} {each:>8.1} {trips:>6.1} {shown:>9}"
            );
        }
    }
    maintenance(len);
}

/// What an edit pays for the summary.
fn maintenance(len: usize) {
    let mut random = Random(9);
    let ids: Vec<u64> = (0..len).map(|_| random.any()).collect();
    let start = Instant::now();
    let mut summary = Summary::with_capacity(len);
    ids.iter().for_each(|&id| summary.insert(id));
    black_box(&summary);
    let each = start.elapsed() / len as u32;
    let start = Instant::now();
    let mut set = BTreeSet::new();
    ids.iter().for_each(|&id| {
        set.insert(id);
    });
    black_box(&set);
    let beside = start.elapsed() / len as u32;
    println!("summary: {each:?} an edit, beside {beside:?} for inserting the id into a BTreeSet");
}
