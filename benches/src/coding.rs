//! How fast values become bytes, and bytes values, beside the formats of serde and the peers' own.
//!
//! As in the [scoreboard](crate::scoreboard), contestants take turns, times are of the thread, the
//! least counts, and the drop of what was made is not timed. Megabytes a second are those of the
//! encoded bytes, as the bar is. But a format with fewer bytes an element has fewer to be fast
//! with, so the time an element is there too: that is what compares formats.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::encode;
use crate::peers::{
    Automerge, CrdtsMap, Dson, Loro, MapPeer, Orswot, OurMap, OurSet, SetPeer, SyncPeer, Yrs,
};
use crate::scoreboard::time;
use crate::values::{keys, map, numbers, set, writer};

/// How many elements the set has.
const ELEMENTS: u64 = 100_000;
/// How many keys the map has.
const KEYS: u64 = 10_000;
/// How many of them for `dson`, whose time grows with their square.
const FEW: u64 = 1_000;

/// What one round of a contestant takes: bytes, time to encode, time to decode.
type Round = (Option<usize>, Option<Duration>, Duration);

/// A contestant, and the least of its rounds, an element.
struct Entrant {
    name: String,
    size: u64,
    run: Box<dyn FnMut() -> Round>,
    bytes: Option<f64>,
    encode: Option<f64>,
    decode: f64,
}

impl Entrant {
    fn new(name: impl Into<String>, size: u64, run: impl FnMut() -> Round + 'static) -> Self {
        let (name, run) = (name.into(), Box::new(run));
        Self { name, size, run, bytes: None, encode: None, decode: f64::INFINITY }
    }

    /// Something that has both ways.
    fn coder<T: 'static>(
        name: impl Into<String>,
        size: u64,
        mut value: T,
        mut encode: impl FnMut(&mut T) -> Vec<u8> + 'static,
        mut decode: impl FnMut(&[u8]) -> T + 'static,
    ) -> Self {
        let bytes = encode(&mut value);
        Self::new(name, size, move || {
            let encoding = time(|| encode(&mut value));
            (Some(bytes.len()), Some(encoding), time(|| decode(&bytes)))
        })
    }

    /// A collection that is filled from what was decoded already.
    fn floor<T>(name: &str, size: u64, mut fill: impl FnMut() -> T + 'static) -> Self {
        Self::new(name, size, move || (None, None, time(&mut fill)))
    }

    fn round(&mut self) {
        let (bytes, encode, decode) = (self.run)();
        let size = self.size as f64;
        let nanos = |time: Duration| time.as_nanos() as f64 / size;
        self.bytes = bytes.map(|bytes| bytes as f64 / size);
        self.encode = encode.map(nanos).map(|now| self.encode.map_or(now, |least| least.min(now)));
        self.decode = self.decode.min(nanos(decode));
    }
}

/// Both tables in Markdown, after a minute.
pub fn tables() -> impl Iterator<Item = String> {
    let set = ("`AwSet<u64>` of 100 000 random numbers", sets as fn() -> Vec<Entrant>);
    let map = ("`OrMap<String, MvRegister<u64>>` of 10 000 keys `key:i`", maps as _);
    [set, map].into_iter().map(|(title, entrants)| table(title, contest(entrants())))
}

fn contest(mut entrants: Vec<Entrant>) -> Vec<Entrant> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        entrants.iter_mut().for_each(Entrant::round);
    }
    entrants
}

fn table(title: &str, entrants: Vec<Entrant>) -> String {
    let mut text =
        format!("| {title} | bytes | encode | | decode | |\n|---|---|---|---|---|---|\n");
    for Entrant { name, bytes, encode, decode, .. } in entrants {
        let _ = write!(text, "| {name} ");
        match (bytes, encode) {
            (Some(bytes), Some(encode)) => {
                let rate = |nanos: f64| format!("{nanos:.1} ns | {:.0} MB/s", bytes / nanos * 1e3);
                let _ = writeln!(text, "| {bytes:.1} | {} | {} |", rate(encode), rate(decode));
            }
            _ => {
                let _ = writeln!(text, "| – | – | – | {decode:.1} ns | – |");
            }
        }
    }
    text
}

fn sets() -> Vec<Entrant> {
    fn peer<P: SetPeer>() -> Entrant {
        let name = format!("{}, in postcard", P::NAME);
        let set = P::filled(&numbers(0..ELEMENTS), 0);
        let encode = |set: &mut P| set.encode().expect("it is measured because it has one");
        Entrant::coder(name, ELEMENTS, set, encode, |bytes| {
            P::decode(bytes).expect("it is measured because it has one")
        })
    }
    /// A set as a map, whose keys are the digits.
    fn document<P: MapPeer + SyncPeer>(how: &str) -> Entrant {
        let mut set = P::new(0);
        set.add(&numbers(0..ELEMENTS));
        let name = format!("{}, {how} of a map with the digits as keys", <P as MapPeer>::NAME);
        Entrant::coder(name, ELEMENTS, set, <P as MapPeer>::encode, decoded)
    }
    let all = numbers(0..ELEMENTS);
    let mut entrants = formats::<OurSet>(ELEMENTS, || set(ELEMENTS, writer(0)));
    entrants.push(peer::<Orswot>());
    entrants.push(document::<Yrs>("an update"));
    entrants.push(document::<Loro>("a snapshot"));
    entrants.push(document::<Automerge>("saved"));
    let name = "floor: numbers into a std `HashSet` with room";
    entrants.push(Entrant::floor(name, ELEMENTS, move || {
        let mut set = HashSet::with_capacity(all.len());
        set.extend(all.iter().copied());
        set
    }));
    entrants
}

fn maps() -> Vec<Entrant> {
    fn peer<P: MapPeer>(how: &str, size: u64) -> Entrant {
        let mut map = P::new(0);
        map.put(&keys(0..size), 0);
        Entrant::coder(format!("{}, {how}", P::NAME), size, map, P::encode, decoded)
    }
    let all = keys(0..KEYS);
    let mut entrants = formats::<<OurMap as MapPeer>::News>(KEYS, || map(KEYS, writer(0)));
    entrants.push(peer::<CrdtsMap>("in postcard", KEYS));
    entrants.push(peer::<Yrs>("an update", KEYS));
    entrants.push(peer::<Loro>("a snapshot", KEYS));
    entrants.push(peer::<Automerge>("saved", KEYS));
    entrants.push(peer::<Dson>("1 000 keys, in JSON", FEW));
    let copies = all.clone();
    let name = "floor: keys allocated, into a std `HashMap` with room";
    entrants.push(Entrant::floor(name, KEYS, move || {
        let mut map = HashMap::with_capacity(copies.len());
        map.extend(copies.iter().cloned().zip(0_u64..));
        map
    }));
    entrants.push(Entrant::floor("floor: the same, into a hashbrown `HashMap`", KEYS, move || {
        let mut map = hashbrown::HashMap::with_capacity(all.len());
        map.extend(all.iter().cloned().zip(0_u64..));
        map
    }));
    entrants
}

/// Decodes, and looks something up, because `loro` leaves the work until then.
fn decoded<P: MapPeer>(bytes: &[u8]) -> P {
    let replica = P::decode(bytes);
    black_box(replica.get("key:1"));
    replica
}

/// A value of ours in our format and in others.
fn formats<T: Serialize + DeserializeOwned + 'static>(
    size: u64,
    value: impl Fn() -> T,
) -> Vec<Entrant> {
    const SOUND: &str = "the types that are measured have no error";
    let config = bincode::config::standard();
    vec![
        Entrant::coder("**rejoin-codec**", size, value(), |v| encode::ours(v), encode::decoded),
        Entrant::coder(
            "the same value in postcard",
            size,
            value(),
            |v| encode::to_postcard(v),
            encode::from_postcard,
        ),
        Entrant::coder(
            "the same value in bincode",
            size,
            value(),
            move |v| bincode::serde::encode_to_vec(v, config).expect(SOUND),
            move |bytes| bincode::serde::decode_from_slice(bytes, config).expect(SOUND).0,
        ),
        Entrant::coder(
            "the same value in serde_json",
            size,
            value(),
            |v| serde_json::to_vec(v).expect(SOUND),
            |bytes| serde_json::from_slice(bytes).expect(SOUND),
        ),
    ]
}
