use std::collections::BTreeSet;

use super::*;
use crate::mix::Mixer;

/// What is wrong with a decoder that checks by `checksum`, if anything.
fn fault(checksum: fn(u64) -> u32, rounds: u64) -> Option<&'static str> {
    for seed in 0..rounds {
        let mut random = Mixer::new(seed);
        let shared: Vec<u64> = (0..random.any() % 300).map(|_| random.any()).collect();
        let here: BTreeSet<u64> = (0..random.any() % 30).map(|_| random.any()).collect();
        let there: BTreeSet<u64> = (0..random.any() % 30).map(|_| random.any()).collect();
        let mut encoder = Encoder::new(shared.iter().chain(&there).copied());
        let mut decoder = Decoder::new(shared.iter().chain(&here).copied());
        // Both sides make the same mistake.
        (encoder.checksum, decoder.own.checksum) = (checksum, checksum);
        while !decoder.is_complete() {
            let symbol = encoder.next_symbol();
            decoder.push(symbol);
            if decoder.taken() > 400 {
                return Some("never complete");
            }
        }
        let (found_there, found_here) = decoder.into_difference();
        if BTreeSet::from_iter(found_there) != there || BTreeSet::from_iter(found_here) != here {
            return Some("not the difference");
        }
    }
    None
}

#[test]
fn differences_are_found() {
    assert_eq!(fault(check, 300), None);
}

#[test]
fn a_wrong_checksum_is_noticed() {
    assert!(fault(|_| 0, 300).is_some());
    assert!(fault(|id| id as u32, 300).is_some()); // linear: sums of ids look like ids
}

#[test]
fn overhead_is_as_published() {
    // 1.35 symbols a difference for many, and up to 1.72 for few.
    for (differences, most) in [(10, 2.2), (100, 1.6), (1_000, 1.45), (10_000, 1.4)] {
        let rounds = (2_000 / differences).clamp(2, 50);
        let mut taken = 0;
        for seed in 0..rounds {
            let mut random = Mixer::new(seed + 100);
            let mut encoder = Encoder::new((0..differences).map(|_| random.any()));
            let mut decoder = Decoder::new([]);
            while !decoder.is_complete() {
                decoder.push(encoder.next_symbol());
            }
            taken += decoder.taken();
        }
        let overhead = taken as f64 / (rounds * differences) as f64;
        assert!((1.2..most).contains(&overhead), "{overhead} for {differences}");
    }
}

#[test]
fn symbols_are_read_as_they_were_written() {
    let mut random = Mixer::new(15);
    for id_bits in [64, 48, 40] {
        let ids: Vec<u64> =
            (0..5_000).map(|_| random.any() >> (64 - id_bits) << (64 - id_bits)).collect();
        let mut encoder = Encoder::new(ids.iter().copied());
        let symbols: Vec<Symbol> = (0..500).map(|_| encoder.next_symbol()).collect();
        let mut writer = SymbolWriter::new(5_000, id_bits);
        symbols.iter().for_each(|symbol| writer.write(symbol));
        let bytes = writer.finish();
        assert!(bytes.len() < 500 * (id_bits as usize + 32 + 7) / 8, "{} bytes", bytes.len());
        let mut reader = SymbolReader::new(&bytes).expect("a stream");
        assert_eq!(Vec::from_iter(reader.by_ref().take(500)), symbols);
        assert_eq!(reader.next(), None);
    }
}

#[test]
fn any_symbols_are_survived() {
    let mut random = Mixer::new(16);
    for round in 0..2_000 {
        let bytes: Vec<u8> = (0..round % 200).map(|_| random.any() as u8).collect();
        let mut decoder = Decoder::new([1, 2, 3]).limit(50);
        if let Some(reader) = SymbolReader::new(&bytes) {
            reader.for_each(|symbol| decoder.push(symbol));
        }
        // The same id over and over, on both sides.
        for count in [1, -1, 1, 1, i64::MIN, i64::MAX, -1] {
            decoder.push(Symbol { sum: 9, check: check(9), count });
        }
        assert!(decoder.taken() <= 50);
        let (there, here) = decoder.into_difference();
        assert!(there.len() + here.len() <= 50);
    }
}
