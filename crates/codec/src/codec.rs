use alloc::vec::Vec;

use rejoin_core::ReplicaId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::de::Decoder;
use crate::head::{self, Columns};
use crate::ser::Encoder;
use crate::{DecodeError, EncodeError};

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
pub struct Codec<'a> {
    max_depth: usize,
    enclosed: Option<&'a [ReplicaId]>,
}

impl Codec<'static> {
    /// The default limits.
    #[must_use]
    pub const fn new() -> Self {
        Self { max_depth: 128, enclosed: None }
    }
}

impl<'a> Codec<'a> {
    /// The form of a value within something else, which says the version and knows these ids, each
    /// of them once: they are not written.
    ///
    /// A delta in a message that says who wrote it takes 19 bytes less than by itself. It is read
    /// with the same ids, or it is read as something else.
    ///
    /// ```
    /// use rejoin_codec::Codec;
    /// use rejoin_core::{Causal, Edit, ReplicaId};
    /// use rejoin_sets::AwSet;
    ///
    /// let alice = ReplicaId::from_u128(0xa11ce);
    /// let mut tags = Causal::<AwSet<String>>::default();
    /// let delta = tags.edit(alice, |tags| tags.insert("red"));
    /// let known = [alice];
    /// let within = Codec::new().enclosed(&known);
    /// let bytes = within.to_vec(&delta)?;
    /// assert_eq!(bytes.len() + 19, Codec::new().to_vec(&delta)?.len());
    /// assert_eq!(within.from_slice::<Causal<AwSet<String>>>(&bytes)?, delta);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn enclosed<'b>(self, known: &'b [ReplicaId]) -> Codec<'b> {
        Codec { max_depth: self.max_depth, enclosed: Some(known) }
    }

    /// How deeply containers may be nested: sequences, maps, dot stores, options and enums, which
    /// are what a recursive type recurses through. 128 by default.
    ///
    /// Each level takes stack, some hundred bytes to a few kilobytes by its type. What one replica
    /// writes the others must be able to read, so all need the same limit.
    #[must_use]
    pub const fn with_max_depth(self, max_depth: usize) -> Self {
        Self { max_depth, ..self }
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
        let mut encoder = self.encoder(value)?;
        let sketch = encoder.drawing.finish(self.max_depth)?;
        let known = self.enclosed.map_or(0, <[_]>::len);
        let columns = Columns {
            ids: &encoder.replicas.items()[known..],
            runs: encoder.runs.finish(),
            counts: encoder.counts.finish(),
            sketch: &sketch,
        };
        let data = encoder.data.bytes();
        match self.enclosed {
            Some(_) => columns.put_enclosed(out, data.len()),
            None => columns.put_versioned(out, data.len()),
        }
        out.extend_from_slice(data);
        Ok(())
    }

    fn encoder<T: Serialize + ?Sized>(&self, value: &T) -> Result<Encoder, EncodeError> {
        let mut encoder = self.empty_encoder();
        let mut result = encoder.encode(value);
        if encoder.must_draw() {
            encoder = self.empty_encoder().drawing();
            result = encoder.encode(value);
        }
        result.map(|()| encoder)
    }

    fn empty_encoder(&self) -> Encoder {
        let mut encoder = Encoder::new(self.max_depth);
        for id in self.enclosed.unwrap_or_default() {
            encoder.replicas.place(*id.as_bytes());
        }
        encoder
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
        self.to_vec(value).map(|bytes| bytes.len())
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
    pub fn from_slice<'de, T>(&self, bytes: &'de [u8]) -> Result<T, DecodeError>
    where
        T: Deserialize<'de>,
        'a: 'de,
    {
        self.decoder(bytes)?.decode()
    }

    /// Takes the columns apart.
    fn decoder<'de>(&self, bytes: &'de [u8]) -> Result<Decoder<'de>, DecodeError>
    where
        'a: 'de,
    {
        let mut left = bytes;
        let columns = match self.enclosed {
            Some(known) => head::take_enclosed(known, &mut left),
            None => head::take_versioned(&mut left),
        };
        let decoder =
            columns.and_then(|columns| Decoder::new(left, columns, bytes.len(), self.max_depth));
        decoder.map_err(|reason| DecodeError::from(reason).at(bytes.len() - left.len()))
    }
}

impl Default for Codec<'static> {
    fn default() -> Self {
        Self::new()
    }
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
/// assert_eq!(bytes, b"\x02\x08oat milk\x03");
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

/// The length of the encoding of `value`, in the time and memory of making it.
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
