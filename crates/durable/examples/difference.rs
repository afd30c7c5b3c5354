//! What it takes to make two large stores equal that differ a little.
//!
//! ```sh
//! cargo run --release -p rejoin-durable --example difference            # a million keys or elements
//! cargo run --release -p rejoin-durable --example difference -- 10000   # fewer, for a first look
//! ```
//!
//! Two stores of n small keyed values, and two with one set of n elements inside one key, written
//! by 16 writers. They differ in d keys or elements, half of it on each side: by adds, by
//! overwrites, and by removals in turn. Either gossip has the deltas of these edits (*log*), or
//! they are known from the values alone (*no log*). Bytes are those of all messages; the payload is
//! what the deltas of the differing edits take, alone and joined. Time is that of the processor,
//! both sides together.

use std::error::Error;
use std::time::Duration;

use cpu_time::ThreadTime;
use rejoin_core::{Causal, Edit, ReplicaId};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use rejoin_sets::AwSet;
use rejoin_store::{Config, Replica, Replicated, Time};

type Keyed = Causal<OrMap<u64, MvRegister<u64>>>;
type Nested = Causal<OrMap<String, AwSet<u64>>>;

const WRITERS: u64 = 16;

fn id(number: u64) -> ReplicaId {
    // As in life: 122 random bits.
    let high = u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    ReplicaId::from_u128(high << 64 | u128::from(number.wrapping_mul(0xd6e8_feb8_6659_fd93)))
}

/// A value with `n` keys or elements, and an edit of one of them by a writer.
trait Subject: Replicated + Edit + PartialEq {
    const NAME: &str;
    fn fill(writer: u64, n: u64) -> Self;
    /// Adds, overwrites or removes the `number`th, and returns the delta.
    fn differ(&mut self, by: ReplicaId, number: u64, n: u64) -> Self;
}

impl Subject for Keyed {
    const NAME: &str = "keys";

    fn fill(writer: u64, n: u64) -> Self {
        let mut value = Self::default();
        value.edit(id(writer), |map| {
            (writer..n).step_by(WRITERS as usize).for_each(|key| map.entry(key).set(key));
        });
        value
    }

    fn differ(&mut self, by: ReplicaId, number: u64, n: u64) -> Self {
        let key = number * 7_919 % n;
        self.edit(by, |map| match number % 3 {
            0 => map.entry(n + number).set(number),
            1 => map.entry(key).set(n + number),
            _ => {
                map.remove(&key);
            }
        })
    }
}

impl Subject for Nested {
    const NAME: &str = "elements of one set";

    fn fill(writer: u64, n: u64) -> Self {
        let mut value = Self::default();
        value.edit(id(writer), |map| {
            let elements = (writer..n).step_by(WRITERS as usize);
            map.entry("all").extend(elements);
        });
        value
    }

    fn differ(&mut self, by: ReplicaId, number: u64, n: u64) -> Self {
        let element = number * 7_919 % n;
        self.edit(by, |map| {
            let mut all = map.entry("all");
            match number % 3 {
                0 => all.insert(n + number),
                1 => all.insert(element), // written again
                _ => all.remove(&element),
            };
        })
    }
}

fn persist<S: Replicated>(replica: &mut Replica<S>) {
    while let Some(group) = replica.pending().expect("it can be encoded") {
        replica.persisted(group.number);
    }
}

/// Brings messages to and fro until both are equal and nobody has anything to say; messages and
/// bytes until then.
fn talk<S: Subject>(
    a: &mut Replica<S>,
    b: &mut Replica<S>,
) -> Result<(usize, usize), Box<dyn Error>> {
    let (mut messages, mut bytes) = (0, 0);
    for ms in 0..450 {
        let now = Time::new(Duration::from_millis(ms));
        for turn in 0..2 {
            let (from, to) = if turn == 0 { (&mut *a, &mut *b) } else { (&mut *b, &mut *a) };
            while let Some(transmit) = from.poll_transmit(now) {
                messages += 1;
                bytes += transmit.payload.len();
                to.handle(now, from.id(), &transmit.payload)?;
                persist(to);
            }
        }
    }
    Ok((messages, bytes))
}

fn measure<S: Subject>(base: &S, n: u64, d: u64, has_log: bool) -> Result<(), Box<dyn Error>> {
    let sides = [id(0), id(1)];
    let mut values = [base.clone(), base.clone()];
    let mut deltas = [Vec::new(), Vec::new()];
    for number in 0..d {
        let side = (number % 2) as usize;
        let delta = values[side].differ(sides[side], number, n);
        deltas[side].push(delta);
    }
    let mut payload = 0;
    for side in &deltas {
        let joined = side.iter().cloned().reduce(|mut all, delta| {
            all.merge(delta);
            all
        });
        payload += joined.map_or(Ok(0), |joined| rejoin_codec::encoded_len(&joined))?;
    }
    let mut replicas = if has_log {
        let mut replicas =
            sides.map(|side| Replica::with_state(side, base.clone(), Config::default()));
        for (replica, deltas) in replicas.iter_mut().zip(deltas) {
            for delta in deltas {
                replica.stage_delta(delta).expect("it is short enough");
                persist(replica);
            }
        }
        replicas
    } else {
        let mut values = values.into_iter();
        sides.map(|side| {
            let value = values.next().unwrap_or_default();
            Replica::with_state(side, value, Config::default())
        })
    };
    let [a, b] = &mut replicas;
    let start = ThreadTime::now();
    a.connected(Time::ZERO, b.id());
    b.connected(Time::ZERO, a.id());
    let (messages, bytes) = talk(a, b)?;
    let elapsed = start.elapsed();
    let is_equal = a.state() == b.state();
    let log = if has_log { "log" } else { "no log" };
    println!(
        "{:>20} {log:>8} {d:>8} {messages:>9} {bytes:>10} {payload:>10} {:>10.1} {:>11.2}{}",
        S::NAME,
        (bytes as f64 - payload as f64) / d.max(1) as f64,
        elapsed.as_secs_f64() * 1e3,
        if is_equal { "" } else { "  NOT EQUAL" },
    );
    if is_equal { Ok(()) } else { Err("the replicas differ".into()) }
}

fn run<S: Subject>(n: u64) -> Result<(), Box<dyn Error>> {
    let mut base = S::default();
    (0..WRITERS).for_each(|writer| {
        base.merge(S::fill(writer, n));
    });
    for d in [0, 1, 10, 100, 1_000, 10_000] {
        for has_log in [true, false] {
            measure(&base, n, d.min(n / 10), has_log)?;
        }
    }
    let whole = rejoin_codec::sealed_len(&base)?;
    println!("{:>20}    a whole state: {whole} bytes", S::NAME);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let n = std::env::args().nth(1).map_or(Ok(1_000_000), |n| n.parse())?;
    println!(
        "                                d  messages      bytes    payload  over by/d   CPU ms"
    );
    run::<Keyed>(n)?;
    run::<Nested>(n)
}
