//! Bytes that no correct peer sends.

use std::fs;
use std::path::PathBuf;

use rejoin_reconcile::rateless::{Decoder, Encoder, SymbolReader, SymbolWriter};
use rejoin_reconcile::{Config, IdSet, Ids, Initiator, Responder, Summary};

use crate::support::{Random, Run, cases, only, sets};

/// Runs a session with one in `rarely` messages changed.
fn run(random: &mut Random, here: &IdSet, there: &IdSet, rarely: u64) -> Option<Run> {
    let mut initiator = Initiator::new(Config::default(), 7, here);
    let mut responder = Responder::new(Config::default());
    for messages in 0..100 {
        let Some(message) = initiator.message() else {
            let outcome = initiator.outcome().expect("the session has ended");
            return Some(Run {
                bytes: 0,
                longest: 0,
                messages,
                verified: outcome.verified,
                here: outcome.send.iter().copied().collect(),
                there: responder.found().collect(),
            });
        };
        let message = change(random, message.to_vec(), rarely);
        let Ok(answer) = responder.handle(there, &message) else { continue };
        let answer = change(random, answer, rarely);
        let _ = initiator.handle(here, &answer);
    }
    None
}

fn change(random: &mut Random, mut message: Vec<u8>, rarely: u64) -> Vec<u8> {
    if random.below(rarely) > 0 {
        return message;
    }
    let at = random.below(message.len() as u64) as usize;
    match random.below(6) {
        0 => message.truncate(at),
        1 => message[at] = random.any() as u8,
        2 => message.extend((0..random.below(9)).map(|_| random.any() as u8)),
        3 => message[4.min(at)..].iter_mut().for_each(|byte| *byte = random.any() as u8),
        4 => message[at..].fill(0xff),
        _ => message[at] ^= 1 << random.below(8),
    }
    message
}

#[test]
fn changed_messages_are_never_believed() {
    let mut random = Random(11);
    let (mut ended, mut verified, cases) = (0, 0, cases(1_500));
    for case in 0..cases {
        let sizes = [1_500, 1 + 60 * (case % 10), 60].map(|bound| random.below(bound));
        let (here, there) = sets(&mut random, sizes);
        let Some(run) = run(&mut random, &here, &there, 3) else { continue };
        ended += 1;
        // Only what is there is sent.
        assert!(run.here.iter().all(|&id| here.contains(id)));
        assert!(run.there.iter().all(|&id| there.contains(id)));
        if run.verified {
            verified += 1;
            assert!(only(&here, &there).is_subset(&run.here), "{sizes:?}: {run:?}");
        }
    }
    assert!(ended > cases / 2 && verified > cases / 4, "{ended} ended, {verified} verified");
}

#[test]
fn any_bytes_are_survived() {
    let mut random = Random(12);
    let (here, _) = sets(&mut random, [3_000, 0, 0]);
    let mut responder = Responder::new(Config::default());
    let mut initiator = Initiator::new(Config::default(), 0, &here);
    let mut accepted = 0;
    let cases = cases(20_000);
    for round in 0..cases {
        let len = 4 + random.below(if round % 50 == 0 { 3_000 } else { 60 }) as usize;
        let mut message: Vec<u8> = (0..len).map(|_| random.any() as u8).collect();
        // A kind that there is, and the session that is expected, if its number is guessed.
        message[0] = random.below(15) as u8;
        (message[1], message[2], message[3]) = (0, 0, random.below(3) as u8);
        if message[0] == 3 && len > 12 {
            message[5] = random.below(13) as u8; // the level
            message[6] = 1 + random.below(24) as u8; // the depth
            message[7] = random.below(4) as u8; // the first group
        }
        let answer = responder.handle(&here, &message);
        accepted += usize::from(answer.is_ok());
        assert!(answer.unwrap_or_default().len() <= 1 << 20);
        let _ = initiator.handle(&here, &message);
        if initiator.message().is_none() {
            initiator = Initiator::new(Config::default(), 0, &here);
        }
    }
    assert!(accepted as u64 * 100 > cases, "{accepted}");
}

#[test]
fn any_bytes_are_survived_as_summaries_and_as_symbols() {
    let mut random = Random(13);
    let (here, _) = sets(&mut random, [200, 0, 0]);
    let mut encoder = Encoder::new(here.iter().copied());
    let mut writer = SymbolWriter::new(200, 64);
    (0..40).for_each(|_| writer.write(&encoder.next_symbol()));
    let mut summary = Summary::with_capacity(200);
    here.iter().for_each(|id| summary.insert(*id));
    let originals = [writer.finish(), summary.to_bytes()];
    let (mut summaries, mut symbols) = (0, 0);
    let cases = cases(20_000);
    for round in 0..cases {
        let bytes = change(&mut random, originals[(round % 2) as usize].clone(), 1);
        if let Some(summary) = Summary::from_bytes(&bytes) {
            assert_eq!(summary.to_bytes(), bytes, "there is one encoding");
            summaries += 1;
        }
        let Some(reader) = SymbolReader::new(&bytes) else { continue };
        let mut decoder = Decoder::new(1..=100);
        for symbol in reader.take(200) {
            decoder.push(symbol);
            symbols += 1;
        }
        let _ = decoder.into_difference();
    }
    assert!(summaries * 200 > cases && symbols * 20 > cases, "{summaries}, {symbols}");
}

/// What the fuzzer starts from, all messages of sessions, goes into the folder `REJOIN_CORPUS`, if
/// that is set.
#[test]
fn corpus() {
    let mut random = Random(14);
    let mut inputs = Vec::new();
    for sizes in [[300, 0, 0], [300, 3, 3], [300, 40, 40], [0, 0, 300], [200, 300, 0]] {
        let (here, there) = sets(&mut random, sizes);
        let mut initiator = Initiator::new(Config::default(), 7, &here);
        let mut responder = Responder::new(Config::default());
        let mut input = Vec::new();
        let mut add = |message: &[u8]| {
            let length = u16::try_from(message.len()).expect("short messages").to_le_bytes();
            input.extend([&length[..], message].concat());
        };
        while let Some(message) = initiator.message() {
            add(message);
            let answer = responder.handle(&there, message).expect("of an initiator");
            add(&answer);
            initiator.handle(&here, &answer).expect("of a responder");
        }
        assert!(!input.is_empty());
        inputs.push(input);
    }
    let Some(folder) = std::env::var_os("REJOIN_CORPUS").map(PathBuf::from) else { return };
    fs::create_dir_all(&folder).expect("it can be made");
    for (number, input) in inputs.iter().enumerate() {
        fs::write(folder.join(number.to_string()), input).expect("it is writable");
    }
}

#[test]
fn messages_beyond_the_hard_cap_are_refused() {
    let set = IdSet::from_iter([1, 2, 3]);
    let mut message = Initiator::new(Config::default(), 1, &set).message().unwrap_or(&[]).to_vec();
    let mut responder = Responder::new(Config::default());
    assert!(responder.handle(&set, &message).is_ok());
    message.resize((1 << 20) + 1, 0);
    assert!(responder.handle(&set, &message).is_err());
}

/// Asks for a partition that is much finer than the set, which would take room beyond it.
#[test]
fn claims_are_bounded() {
    let set: IdSet = (1..100_u64).map(|at| at << 33 | at << 20).collect();
    let mut responder = Responder::new(Config::default());
    let greeting = Initiator::new(Config::default(), 0, &IdSet::new());
    let greeting = greeting.message().unwrap_or(&[]).to_vec();
    assert!(responder.handle(&set, &greeting).is_ok());
    // A sketch of one group of 2²⁴, with one syndrome.
    let sketch = [3, 0, 0, 1, 100, 24, 1, 0, 1, 2, 3, 4];
    let answer = responder.handle(&set, &sketch).expect("well-formed");
    assert_eq!(answer, [14, 0, 0, 1, 0, 0], "it is asked to begin anew");
    // A filter of no bytes over all ids: everything is found, once.
    let filter = [[5, 0, 0, 2].as_slice(), &[0; 8], &[255; 8], &[3, 3]].concat();
    let answer = responder.handle(&set, &filter).expect("well-formed");
    assert!(answer.len() < 40);
    assert_eq!(responder.found().count(), 99);
}
