use alloc::vec::Vec;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::columns::{CountReader, Id, ReplicaReader, RunReader};
use crate::de::Decoder;
use crate::ser::{Count, Encoder, Sink};
use crate::varint;
use crate::{DecodeError, EncodeError, Reason};

/// The version of the format that this release writes, and the only one that it reads.
pub const VERSION: u8 = 1;

/// The bits of the first byte that hold the version; the others are flags.
const VERSION_BITS: u8 = 0x3f;

/// The flag in the first byte that says that columns come before the data.
const COLUMNS: u8 = 0x80;

/// How values are turned into bytes and back: what the functions of the crate do, with other
/// limits.
///
/// ```
/// use rejoin_codec::Codec;
///
/// let nested: Vec<Vec<Vec<u8>>> = vec![vec![vec![1]]];
/// let bytes = Codec::new().to_vec(&nested)?;
/// let strict = Codec::new().with_max_depth(2);
/// assert!(strict.from_slice::<Vec<Vec<Vec<u8>>>>(&bytes).is_err());
/// assert!(strict.to_vec(&nested).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codec {
    max_depth: usize,
}

impl Codec {
    /// The default limits.
    #[must_use]
    pub const fn new() -> Self {
        Self { max_depth: 128 }
    }

    /// How deeply containers may be nested: sequences, maps, dot stores, options and enums, which
    /// are what a recursive type recurses through. 128 by default.
    ///
    /// Each level takes stack, some hundred bytes to a few kilobytes by its type. What one replica
    /// writes the others must be able to read, so all need the same limit.
    #[must_use]
    pub const fn with_max_depth(self, max_depth: usize) -> Self {
        Self { max_depth }
    }

    /// See [`to_vec`].
    ///
    /// # Errors
    ///
    /// As [`to_vec`].
    pub fn to_vec<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>, EncodeError> {
        let mut bytes = Vec::new();
        self.encode_into(value, &mut bytes)?;
        Ok(bytes)
    }

    /// See [`encode_into`].
    ///
    /// # Errors
    ///
    /// As [`to_vec`]. `out` is as it was then.
    pub fn encode_into<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let mut encoder = Encoder::new(Vec::new(), self.max_depth);
        encoder.encode(value)?;
        let (ids, runs, counts) =
            (encoder.replicas.items(), encoder.runs.finish(), encoder.counts.finish());
        out.reserve(size(ids, runs, counts, encoder.data.len()));
        if ids.is_empty() && counts.is_empty() {
            out.push(VERSION);
        } else {
            out.push(VERSION | COLUMNS);
            varint::put(out, ids.len() as u64);
            out.extend_from_slice(ids.as_flattened());
            varint::put(out, runs.len() as u64);
            varint::put(out, counts.len() as u64);
            out.extend_from_slice(runs);
            out.extend_from_slice(counts);
        }
        out.extend_from_slice(&encoder.data);
        Ok(())
    }

    /// See [`to_vec_checked`].
    ///
    /// # Errors
    ///
    /// As [`to_vec_checked`].
    pub fn to_vec_checked<T>(&self, value: &T) -> Result<Vec<u8>, EncodeError>
    where
        T: Serialize + DeserializeOwned + PartialEq,
    {
        let bytes = self.to_vec(value)?;
        let read: T = self.from_slice(&bytes).map_err(EncodeError::NotReadable)?;
        if read == *value {
            return Ok(bytes);
        }
        // Not whether it equals what was read: that it does not.
        let equals_itself = PartialEq::eq(value, value);
        Err(if equals_itself {
            EncodeError::ReadsDifferently
        } else {
            EncodeError::NotEqualToItself
        })
    }

    /// See [`encoded_len`].
    ///
    /// # Errors
    ///
    /// As [`to_vec`].
    pub fn encoded_len<T: Serialize + ?Sized>(&self, value: &T) -> Result<usize, EncodeError> {
        let mut encoder = Encoder::new(Count::default(), self.max_depth);
        encoder.encode(value)?;
        let (ids, runs, counts) =
            (encoder.replicas.items(), encoder.runs.finish(), encoder.counts.finish());
        Ok(size(ids, runs, counts, encoder.data.len()))
    }

    /// See [`to_writer`].
    ///
    /// # Errors
    ///
    /// As [`to_writer`].
    #[cfg(feature = "std")]
    pub fn to_writer<T: Serialize + ?Sized>(
        &self,
        value: &T,
        mut writer: impl std::io::Write,
    ) -> std::io::Result<()> {
        use std::io::{Error, ErrorKind};

        let bytes =
            self.to_vec(value).map_err(|error| Error::new(ErrorKind::InvalidInput, error))?;
        writer.write_all(&bytes)
    }

    /// See [`from_slice`].
    ///
    /// # Errors
    ///
    /// As [`from_slice`].
    pub fn from_slice<'de, T: Deserialize<'de>>(&self, bytes: &'de [u8]) -> Result<T, DecodeError> {
        self.decoder(bytes)?.decode()
    }

    /// Takes the columns apart.
    fn decoder<'de>(&self, bytes: &'de [u8]) -> Result<Decoder<'de>, DecodeError> {
        let mut left = bytes;
        let columns = columns(&mut left);
        let (replicas, runs, counts) =
            columns.map_err(|reason| DecodeError::from(reason).at(bytes.len() - left.len()))?;
        Ok(Decoder::new(left, replicas, runs, counts, bytes.len(), self.max_depth))
    }
}

impl Default for Codec {
    fn default() -> Self {
        Self::new()
    }
}

/// The length of an encoding with these columns and this much data.
fn size(ids: &[Id], runs: &[u8], counts: &[u8], data: usize) -> usize {
    if ids.is_empty() && counts.is_empty() {
        return 1 + data;
    }
    let lengths = [ids.len(), runs.len(), counts.len()].map(|len| varint::len(len as u64));
    let columns = size_of_val(ids) + runs.len() + counts.len();
    1 + lengths.iter().sum::<usize>() + columns + data
}

type Columns<'de> = (ReplicaReader<'de>, RunReader<'de>, CountReader<'de>);

/// Takes the header and the columns off the front of `bytes`.
fn columns<'de>(bytes: &mut &'de [u8]) -> Result<Columns<'de>, Reason> {
    let (&first, rest) = bytes.split_first().ok_or(Reason::Empty)?;
    let version = first & VERSION_BITS;
    if version != VERSION {
        return Err(Reason::Version { found: version, expected: VERSION });
    }
    let has_columns = match first & !VERSION_BITS {
        0 => false,
        COLUMNS => true,
        _ => return Err(Reason::Flag),
    };
    *bytes = rest;
    let (mut ids, mut runs, mut counts): (&[Id], &[u8], &[u8]) = (&[], &[], &[]);
    if has_columns {
        let table = varint::take(bytes)?;
        ids = split(bytes, table.checked_mul(16).ok_or(Reason::Length(table))?)?.as_chunks().0;
        let (runs_len, counts_len) = (varint::take(bytes)?, varint::take(bytes)?);
        runs = split(bytes, runs_len)?;
        counts = split(bytes, counts_len)?;
        if ids.is_empty() && counts.is_empty() {
            return Err(Reason::Flag);
        }
    }
    Ok((ReplicaReader::new(ids)?, RunReader::new(runs), CountReader::new(counts)?))
}

/// Takes so many bytes off the front.
fn split<'de>(bytes: &mut &'de [u8], length: u64) -> Result<&'de [u8], Reason> {
    let at = usize::try_from(length).map_err(|_| Reason::Length(length))?;
    let (front, rest) = bytes.split_at_checked(at).ok_or(Reason::Length(length))?;
    *bytes = rest;
    Ok(front)
}

/// The encoding of `value`.
///
/// Equal values have equal bytes, if they are of types whose `Serialize` says the same of equal
/// values; all of this workspace do, and `HashMap` does not. Computes in O(n log r) time for r
/// replicas.
///
/// ```
/// use rejoin_codec::{from_slice, to_vec};
///
/// let bytes = to_vec(&("oat milk", 3_u8))?;
/// assert_eq!(bytes, b"\x01\x08oat milk\x03");
/// assert_eq!(from_slice::<(String, u8)>(&bytes)?, ("oat milk".to_owned(), 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the value nests too deep, leaves a field out, announces a wrong length or a map without one
/// (as `flatten` does), or if its own `Serialize` fails. What only reading shows,
/// [`to_vec_checked`] finds.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, EncodeError> {
    Codec::new().to_vec(value)
}

/// The encoding of `value`, if a value that is equal can be read back from it.
///
/// An encoder does not see how a type will be read. Some write what only a format that describes
/// its types can read (`tag`, `untagged`), or write less than they have (`skip`); of others the two
/// sides do not agree. Who has to keep what was written, as a store does that acknowledges an edit,
/// encodes with this function. It costs a copy of the value for a moment, and the time to read and
/// to compare it.
///
/// ```
/// use rejoin_codec::{EncodeError, to_vec_checked};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(PartialEq, Serialize, Deserialize)]
/// #[serde(tag = "kind")]
/// enum Shape {
///     Circle { radius: u32 },
/// }
/// let refused = to_vec_checked(&Shape::Circle { radius: 1 });
/// assert!(matches!(refused, Err(EncodeError::NotReadable(_))));
/// assert_eq!(to_vec_checked(&f64::NAN), Err(EncodeError::NotEqualToItself));
/// assert_eq!(to_vec_checked(&7_u8), rejoin_codec::to_vec(&7_u8));
/// ```
///
/// # Errors
///
/// As [`to_vec`]; if the bytes cannot be read, or are read as a value that is not equal.
pub fn to_vec_checked<T>(value: &T) -> Result<Vec<u8>, EncodeError>
where
    T: Serialize + DeserializeOwned + PartialEq,
{
    Codec::new().to_vec_checked(value)
}

/// Appends the encoding of `value` to `out`.
///
/// # Errors
///
/// As [`to_vec`]. `out` is as it was then.
pub fn encode_into<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    Codec::new().encode_into(value, out)
}

/// The length of the encoding of `value`, found without making it.
///
/// # Errors
///
/// As [`to_vec`].
pub fn encoded_len<T: Serialize + ?Sized>(value: &T) -> Result<usize, EncodeError> {
    Codec::new().encoded_len(value)
}

/// Writes the encoding of `value`, in one piece.
///
/// # Errors
///
/// What the writer says; `InvalidInput` with an [`EncodeError`] inside, as [`to_vec`].
#[cfg(feature = "std")]
pub fn to_writer<T: Serialize + ?Sized>(
    value: &T,
    writer: impl std::io::Write,
) -> std::io::Result<()> {
    Codec::new().to_writer(value, writer)
}

/// The value that `bytes` are the encoding of. Every byte counts.
///
/// The bytes may be anything: there is no panic, no deep recursion, and no more is allocated than
/// a small multiple of their length, with a factor that depends on the type. What is returned went
/// through the checks of its types; it need not have been made by an honest replica.
///
/// # Errors
///
/// If the bytes are not what [`to_vec`] gives for a value of the type. Of the types of this
/// workspace exactly one sequence of bytes is accepted for each value.
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, DecodeError> {
    Codec::new().from_slice(bytes)
}
