//! What must hold of any bytes that are decoded.

use rejoin_codec::{Codec, encoded_len, from_slice, to_vec};
use rejoin_core::{Crdt, Decompose, Diff};

use crate::samples::Value;

/// Decodes `bytes`; whatever is accepted is what its value is encoded as, and readable as JSON.
///
/// # Panics
///
/// When it is not.
pub fn value<T: Value>(bytes: &[u8]) -> Option<T> {
    let value: T = from_slice(bytes).ok()?;
    assert_eq!(to_vec(&value).as_deref(), Ok(bytes), "two encodings of {value:?}");
    assert_eq!(encoded_len(&value), Ok(bytes.len()));
    Some(value)
}

/// Writes `value` as JSON, if it is not too deep and of no later version, and reads it again.
///
/// # Panics
///
/// When it cannot be, or becomes something else.
pub fn json<T: Value>(value: &T) {
    match serde_json::to_string(value) {
        Ok(json) => {
            let copy: T =
                serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error} in {json}"));
            assert_eq!(copy, *value);
        }
        Err(error) => {
            let error = error.to_string();
            let is_known = error.starts_with("value nests deeper than 120")
                || error.ends_with("of a later version, and has no readable form here");
            assert!(is_known, "{error}");
        }
    }
}

/// A value that was decoded obeys the laws, whoever made it, and merges with `honest`, though not
/// always as honest replicas do: it may give other content to a dot of theirs.
///
/// # Panics
///
/// When it does not.
pub fn crdt<T>(value: &T, honest: &T)
where
    T: Value + Crdt + Diff<Digest: Value> + Decompose,
{
    is_a_lattice(value);
    is_made_of_parts(value);
    meets(value, honest);
}

fn is_a_lattice<T: Value + Crdt + Diff<Digest: Value>>(value: &T) {
    let (bottom, mut copy) = (T::default(), value.clone());
    assert!(!copy.merge(value.clone()), "merging {value:?} with itself changes it");
    assert!(!copy.merge(T::default()), "merging bottom changes {value:?}");
    assert_eq!(copy, *value);
    let mut copy = T::default();
    assert_eq!(copy.merge(value.clone()), *value != bottom);
    assert_eq!(copy, *value);

    assert_eq!(value.diff(&value.digest()), None, "{value:?} lacks of itself");
    differs_from(value, &bottom);
}

/// The difference to less of `value` makes up for what is less.
fn differs_from<T: Value + Crdt + Diff>(value: &T, less: &T) {
    let mut joined = less.clone();
    if let Some(diff) = value.diff(&less.digest()) {
        joined.merge(diff);
    }
    // A dot is foretold because a write that replaced it was seen, so a digest tells of both. Only
    // untrusted bytes have the one without the other.
    if !format!("{value:?}").replace("foretold: {}", "").contains("foretold") {
        assert_eq!(joined, *value, "the difference to {less:?}");
    }
}

fn is_made_of_parts<T: Value + Crdt + Diff + Decompose>(value: &T) {
    let mut parts = Vec::new();
    value.decompose(&mut |part| parts.push(part));
    let join = |mut all: T, part: &T| {
        all.merge(part.clone());
        all
    };
    assert_eq!(parts.iter().fold(T::default(), join), *value);
    assert_eq!(parts.iter().rev().fold(T::default(), join), *value);
    for kept in [parts.len() / 3, parts.len() / 2] {
        differs_from(value, &parts[..kept].iter().fold(T::default(), join));
    }
    let mut joined = T::default();
    let mut chunks = 0;
    let each = &mut |bytes: Vec<u8>| {
        chunks += 1;
        joined.merge(from_slice(&bytes).expect("a chunk is a value"));
    };
    Codec::new().chunks(value, 64, each).expect("encodes");
    assert_eq!(joined, *value, "the join of {chunks} chunks");
}

fn meets<T: Value + Crdt + Diff<Digest: Value> + Decompose>(value: &T, honest: &T) {
    for (left, right) in [(value, honest), (honest, value)] {
        let mut joined = left.clone();
        joined.merge(right.clone());
        is_sound(&joined);
        if let Some(diff) = left.diff(&right.digest()) {
            is_sound(&diff);
            let mut joined = right.clone();
            joined.merge(diff);
            is_sound(&joined);
        }
    }
    let digest = value.digest();
    let bytes = to_vec(&digest).expect("encodes");
    assert_eq!(from_slice::<T::Digest>(&bytes).as_ref(), Ok(&digest));
}

/// What comes of a hostile value is itself one that is accepted.
fn is_sound<T: Value + Crdt>(value: &T) {
    let bytes = to_vec(value).expect("encodes");
    assert_eq!(from_slice::<T>(&bytes).as_ref(), Ok(value));
}
