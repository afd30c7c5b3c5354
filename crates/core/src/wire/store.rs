use core::fmt;
use core::marker::PhantomData;

use rejoin_clocks::Dot;
use rejoin_clocks::announce::DOT_STORE;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::Readable;

/// Serializes dots, which must be in ascending order.
///
/// # Errors
///
/// What the serializer says.
#[inline]
pub fn serialize_dots<S: Serializer>(
    dots: impl ExactSizeIterator<Item = Dot> + Clone,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        serializer.collect_seq(dots)
    } else {
        serializer.serialize_newtype_struct(DOT_STORE, &Seq(dots))
    }
}

/// Serializes dots with a value each, which must be in ascending order of dots.
///
/// # Errors
///
/// What the serializer says; in human-readable formats as [`Readable`].
#[inline]
pub fn serialize_store<'a, S, V>(
    pieces: impl ExactSizeIterator<Item = (Dot, &'a V)> + Clone,
    serializer: S,
) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    V: Serialize + 'a,
{
    if serializer.is_human_readable() {
        serializer.collect_map(pieces.map(|(dot, value)| (dot, Readable(value))))
    } else {
        serializer.serialize_newtype_struct(DOT_STORE, &Seq(pieces))
    }
}

struct Seq<I>(I);

impl<I: ExactSizeIterator<Item: Serialize> + Clone> Serialize for Seq<I> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

/// Hands dots to `each` as they come, in ascending order.
///
/// # Errors
///
/// What the deserializer says; if dots are not in ascending order, or one is there twice.
#[inline]
pub fn deserialize_dots<'de, D: Deserializer<'de>>(
    deserializer: D,
    mut each: impl FnMut(Dot),
) -> Result<(), D::Error> {
    let dots = Pieces { each: |dot, ()| each(dot), piece: PhantomData::<(Dot, ())> };
    if deserializer.is_human_readable() {
        deserializer.deserialize_seq(dots)
    } else {
        deserializer.deserialize_newtype_struct(DOT_STORE, dots)
    }
}

/// Hands dots with a value each to `each` as they come, in ascending order of dots.
///
/// # Errors
///
/// What the deserializer says; if dots are not in ascending order, or one is there twice.
#[inline]
pub fn deserialize_store<'de, D, V>(
    deserializer: D,
    each: impl FnMut(Dot, V),
) -> Result<(), D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    let pieces = Pieces { each, piece: PhantomData::<((Dot, V), V)> };
    if deserializer.is_human_readable() {
        deserializer.deserialize_map(pieces)
    } else {
        deserializer.deserialize_newtype_struct(DOT_STORE, pieces)
    }
}

/// A piece as an element of a sequence.
trait Piece<V> {
    fn take(self) -> (Dot, V);
}

impl Piece<()> for Dot {
    fn take(self) -> (Dot, ()) {
        (self, ())
    }
}

impl<V> Piece<V> for (Dot, V) {
    fn take(self) -> Self {
        self
    }
}

/// Reads elements of the type `P`, with values of the type `V`.
struct Pieces<F, P, V> {
    each: F,
    piece: PhantomData<(P, V)>,
}

/// Checks that `dot` comes after the last one.
#[inline]
fn check<E: Error>(last: &mut Option<Dot>, dot: Dot) -> Result<(), E> {
    if last.replace(dot).is_some_and(|last| last >= dot) {
        return Err(E::custom("dots are not in ascending order"));
    }
    Ok(())
}

impl<'de, F, P, V> Visitor<'de> for Pieces<F, P, V>
where
    F: FnMut(Dot, V),
    P: Piece<V> + Deserialize<'de>,
    V: Deserialize<'de>,
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("dots, in ascending order")
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<(), D::Error> {
        inner.deserialize_seq(self)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let mut last = None;
        while let Some(piece) = seq.next_element::<P>()? {
            let (dot, value) = piece.take();
            check(&mut last, dot)?;
            (self.each)(dot, value);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut last = None;
        while let Some((dot, value)) = map.next_entry()? {
            check(&mut last, dot)?;
            (self.each)(dot, value);
        }
        Ok(())
    }
}
