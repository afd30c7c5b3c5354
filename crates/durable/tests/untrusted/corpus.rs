//! What the fuzzers in `fuzz` start from.

use std::fs;
use std::path::PathBuf;

use crate::messages::messages;
use crate::records::records;
use crate::{HEADER, alone};

/// Writes messages and records into folders in `REJOIN_CORPUS`, if that is set.
#[test]
fn corpus() {
    let _alone = alone();
    let (mut inputs, mut all) = (Vec::new(), Vec::new());
    for message in messages() {
        let body = &message[HEADER..];
        let length = u16::try_from(body.len()).expect("short messages").to_le_bytes();
        all.push([&length[..], body].concat());
    }
    inputs.push(("message", all.concat()));
    inputs.extend(all.into_iter().map(|one| ("message", one)));
    for record in records() {
        inputs.push(("record", [&[record[0] - 1], &record[HEADER..]].concat()));
    }
    assert!(inputs.len() > 20, "the fuzzers have something to start from");
    let Some(folder) = std::env::var_os("REJOIN_CORPUS").map(PathBuf::from) else { return };
    for (number, (target, bytes)) in inputs.iter().enumerate() {
        fs::create_dir_all(folder.join(target)).expect("it can be made");
        fs::write(folder.join(target).join(number.to_string()), bytes).expect("it is writable");
    }
}
