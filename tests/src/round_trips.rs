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

/// A value of any type. What is done with it then is compiled once, and not for each type; what is
/// here is compiled for each, and plain.
pub trait AnyValue: Debug {
    /// Its bytes.
    ///
    /// # Errors
    ///
    /// When the form refuses it.
    fn encode(&self, form: Form) -> Result<Vec<u8>, String>;

    /// What `bytes` are read as.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn decode(&self, form: Form, bytes: &[u8]) -> Result<Decoded, String>;
}

/// What was read, beside the value that was written.
#[derive(Clone, Debug)]
pub enum Decoded {
    /// An equal value, and how that is written.
    Equal(Result<Vec<u8>, String>),
    /// Another value, as it is shown.
    Other(String),
}

/// Something to be done with values of any type.
pub trait Visitor {
    /// Takes a value, and what it is in.
    fn visit(&mut self, container: &str, value: &dyn AnyValue);
}

/// A way to write values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON, by serde_json.
    Json,
    /// The binary form of rejoin-codec.
    Compact,
    /// The same, read back before anything is done with it.
    Checked,
    /// Postcard, which goes by position alone: what is planted here, others must find. Only what is
    /// [`Positional`] is written in it.
    Postcard,
}

impl Form {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Compact => "compact",
            Self::Checked => "checked",
            Self::Postcard => "postcard",
        }
    }
}

fn text<T>(result: Result<T, impl Display>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

fn shown(value: &dyn Debug) -> String {
    format!("{value:?}")
}

const NOT_POSITIONAL: &str = "only for what is positional";

impl<T: Value> AnyValue for T {
    fn encode(&self, form: Form) -> Result<Vec<u8>, String> {
        match form {
            Form::Json => text(serde_json::to_vec(self)),
            Form::Compact => text(rejoin_codec::to_vec(self)),
            Form::Checked => text(rejoin_codec::to_vec_checked(self)),
            Form::Postcard => unreachable!("{NOT_POSITIONAL}"),
        }
    }

    fn decode(&self, form: Form, bytes: &[u8]) -> Result<Decoded, String> {
        let read: T = match form {
            Form::Json => match serde_json::from_slice(bytes) {
                Ok(read) => read,
                Err(error) => return Err(error.to_string()),
            },
            Form::Compact | Form::Checked => match rejoin_codec::from_slice(bytes) {
                Ok(read) => read,
                Err(error) => return Err(error.to_string()),
            },
            Form::Postcard => unreachable!("{NOT_POSITIONAL}"),
        };
        if read != *self {
            return Ok(Decoded::Other(shown(&read)));
        }
        Ok(Decoded::Equal(read.encode(form)))
    }
}

/// A value that is written with Postcard, whatever the form.
pub struct Positional<'a, T>(pub &'a T);

impl<T: Debug> Debug for Positional<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Value> AnyValue for Positional<'_, T> {
    fn encode(&self, _: Form) -> Result<Vec<u8>, String> {
        text(postcard::to_stdvec(self.0))
    }

    fn decode(&self, form: Form, bytes: &[u8]) -> Result<Decoded, String> {
        let read: T = text(postcard::from_bytes(bytes))?;
        if read != *self.0 {
            return Ok(Decoded::Other(shown(&read)));
        }
        Ok(Decoded::Equal(Positional(&read).encode(form)))
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
    pub fn check(&mut self, form: Form, kind: &'static str, container: &str, value: &dyn AnyValue) {
        let (outcome, why) = outcome(form, value);
        *self.outcomes.entry((outcome, kind)).or_default() += 1;
        if matches!(outcome, Outcome::Unreadable | Outcome::Different) {
            let form = form.name();
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

fn outcome(form: Form, value: &dyn AnyValue) -> (Outcome, String) {
    let bytes = match value.encode(form) {
        Ok(bytes) => bytes,
        Err(error) => return (Outcome::Refused, error),
    };
    let written = String::from_utf8_lossy(&bytes).into_owned();
    match value.decode(form, &bytes) {
        Err(error) => (Outcome::Unreadable, format!("{error}: {written}")),
        Ok(Decoded::Other(read)) => (Outcome::Different, format!("is read as {read}")),
        // Every byte is that of the value: what was read is written the same again.
        Ok(Decoded::Equal(again)) if again.as_deref() != Ok(&bytes) => {
            (Outcome::Different, format!("has two forms, one is {written}"))
        }
        Ok(Decoded::Equal(_)) => (Outcome::Same, String::new()),
    }
}
