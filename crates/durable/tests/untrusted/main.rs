//! Untrusted input, as messages and on a disk, mutated and sealed again as an attacker would:
//! no panic, little memory, and what is refused has changed nothing.
//!
//! ```sh
//! REJOIN_CASES=1000000 REJOIN_SEED=7 cargo test --release -p rejoin-durable --test untrusted
//! ```

mod corpus;
mod messages;
mod records;

use std::sync::{Mutex, MutexGuard, PoisonError};

use fastrand::Rng;
use peak_alloc::PeakAlloc;
use rejoin_core::{Causal, ReplicaId};
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The heap is that of the process, so one test at a time looks at it.
fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most bytes that `f` had allocated at once.
fn peak<R>(f: impl FnOnce() -> R) -> (R, usize) {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let result = f();
    (result, HEAP.peak_usage().saturating_sub(before))
}

type Doc = Causal<OrMap<String, MvRegister<u64>>>;

const HERE: ReplicaId = ReplicaId::from_u128(1);
const THERE: ReplicaId = ReplicaId::from_u128(2);

/// The version and the checksum before the body.
const HEADER: usize = 5;

fn seal(message: &mut [u8]) {
    let checksum = crc32fast::hash(&message[HEADER..]).to_le_bytes();
    message[1..HEADER].copy_from_slice(&checksum);
}

fn mutate(rng: &mut Rng, message: &mut Vec<u8>) {
    for _ in 0..rng.usize(1..4) {
        if message.len() == HEADER {
            message.push(0);
        }
        let at = rng.usize(HEADER..message.len());
        match rng.u8(..7) {
            0 => message[at] ^= 1 << rng.u8(..8),
            1 => message[at] = message[at].wrapping_add(1),
            2 => message[at] = [0, 1, 0x7f, 0x80, 0xff][rng.usize(..5)],
            3 => message.insert(at, rng.u8(..4)),
            4 => drop(message.remove(at)),
            5 => drop(message.splice(at..at, [0xff; 9])),
            _ => message.extend_from_within(at..),
        }
    }
    seal(message);
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}
