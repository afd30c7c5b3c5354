//! Whether values come back from their encodings: for each value, decoding what was encoded gives
//! an equal value, or encoding is an error. Never another value, and never what cannot be read.
//!
//! [`kinds`] has many kinds of contents, [`contents`] makes one type of them all, [`containers`]
//! puts it into every type, and a [`Report`] tells what became of the values in each [`Form`].

pub mod containers;
pub mod contents;
pub mod kinds;

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Display};
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is asked of a type whose values are to come back.
pub trait Value: Clone + Debug + PartialEq + Serialize + DeserializeOwned + 'static {}

impl<T: Clone + Debug + PartialEq + Serialize + DeserializeOwned + 'static> Value for T {}

/// What is asked of one that is to be a key, or an element.
pub trait Key: Value + Ord + Hash {}

impl<T: Value + Ord + Hash> Key for T {}

/// Something to be done with values of any type.
pub trait Visitor {
    /// Takes a value, and what it is in.
    fn visit<T: Value>(&mut self, container: &str, value: &T);
}

/// A way to write values.
pub trait Form {
    /// What it is called.
    const NAME: &'static str;

    /// The bytes of `value`.
    ///
    /// # Errors
    ///
    /// When the form refuses it.
    fn encode<T: Value>(value: &T) -> Result<Vec<u8>, String>;

    /// The value of `bytes`.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn decode<T: Value>(bytes: &[u8]) -> Result<T, String>;
}

fn text<T>(result: Result<T, impl Display>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

/// JSON, by serde_json.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl Form for Json {
    const NAME: &'static str = "json";

    fn encode<T: Value>(value: &T) -> Result<Vec<u8>, String> {
        text(serde_json::to_vec(value))
    }

    fn decode<T: Value>(bytes: &[u8]) -> Result<T, String> {
        text(serde_json::from_slice(bytes))
    }
}

/// The binary form of rejoin-codec.
#[derive(Clone, Copy, Debug)]
pub struct Compact;

impl Form for Compact {
    const NAME: &'static str = "compact";

    fn encode<T: Value>(value: &T) -> Result<Vec<u8>, String> {
        text(rejoin_codec::to_vec(value))
    }

    fn decode<T: Value>(bytes: &[u8]) -> Result<T, String> {
        text(rejoin_codec::from_slice(bytes))
    }
}

/// The same, read back before anything is done with it.
#[derive(Clone, Copy, Debug)]
pub struct Checked;

impl Form for Checked {
    const NAME: &'static str = "checked";

    fn encode<T: Value>(value: &T) -> Result<Vec<u8>, String> {
        text(rejoin_codec::to_vec_checked(value))
    }

    fn decode<T: Value>(bytes: &[u8]) -> Result<T, String> {
        Compact::decode(bytes)
    }
}

/// Postcard, which goes by position alone: what is planted here, others must find.
#[derive(Clone, Copy, Debug)]
pub struct Postcard;

impl Form for Postcard {
    const NAME: &'static str = "postcard";

    fn encode<T: Value>(value: &T) -> Result<Vec<u8>, String> {
        text(postcard::to_stdvec(value))
    }

    fn decode<T: Value>(bytes: &[u8]) -> Result<T, String> {
        text(postcard::from_bytes(bytes))
    }
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It came back.
    Same,
    /// It was refused when it was encoded.
    Refused,
    /// It was encoded, and could not be read.
    Unreadable,
    /// It was encoded, and read as another.
    Different,
}

/// What became of many values.
#[derive(Debug, Default)]
pub struct Report {
    outcomes: BTreeMap<(Outcome, &'static str), usize>,
    /// One line for each value that was written and did not come back.
    pub faults: Vec<String>,
}

impl Report {
    /// Encodes and decodes `value`, which has contents of this kind.
    pub fn check<F: Form, T: Value>(&mut self, kind: &'static str, container: &str, value: &T) {
        let (outcome, why) = outcome::<F, T>(value);
        *self.outcomes.entry((outcome, kind)).or_default() += 1;
        if matches!(outcome, Outcome::Unreadable | Outcome::Different) {
            let form = F::NAME;
            self.faults
                .push(format!("{form}, {kind} in {container}: {outcome:?}, {value:?}: {why}"));
        }
    }

    /// How many values of each kind came to this end.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> BTreeMap<&'static str, usize> {
        let counts = self.outcomes.iter().filter(|((is, _), _)| *is == outcome);
        counts.map(|((_, kind), count)| (*kind, *count)).collect()
    }
}

/// The counts, and the first faults.
impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in [Outcome::Refused, Outcome::Unreadable, Outcome::Different] {
            let counts = self.count(outcome);
            writeln!(f, "{outcome:?}: {}, {counts:?}", counts.values().sum::<usize>())?;
        }
        self.faults.iter().take(40).try_for_each(|fault| writeln!(f, "{fault}"))
    }
}

fn outcome<F: Form, T: Value>(value: &T) -> (Outcome, String) {
    let bytes = match F::encode(value) {
        Ok(bytes) => bytes,
        Err(error) => return (Outcome::Refused, error),
    };
    let written = String::from_utf8_lossy(&bytes).into_owned();
    match F::decode::<T>(&bytes) {
        Err(error) => (Outcome::Unreadable, format!("{error}: {written}")),
        Ok(read) if read != *value => (Outcome::Different, format!("is read as {read:?}")),
        // Every byte is that of the value: what was read is written the same again.
        Ok(read) if F::encode(&read).as_deref() != Ok(&bytes) => {
            (Outcome::Different, format!("has two forms, one is {written}"))
        }
        Ok(_) => (Outcome::Same, String::new()),
    }
}
