//! A shape in bytes: the number of its kind, then its name if it has one, then its parts.

use core::error::Error;
use core::fmt;

use crate::shape::{Scalar, Shape};

/// How many shapes may be in each other, and how many bytes all may take.
pub(crate) const MAX_DEPTH: usize = 128;
const MAX_LEN: usize = 1 << 16;

/// Bytes are not a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapeError(());

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes are not the shape of a type, or that of a later release")
    }
}

impl Error for ShapeError {}

impl Shape {
    /// The shape in bytes. Equal shapes have equal bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        bytes
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        let (kind, name): (u8, Option<&str>) = match self {
            Self::Unknown => (0, None),
            Self::Scalar(_) => (1, None),
            Self::Optional(_) => (2, None),
            Self::List(_) => (3, None),
            Self::Map(..) => (4, None),
            Self::Tuple(_) => (5, None),
            Self::Newtype(name, _) => (6, Some(name)),
            Self::TupleStruct(name, _) => (7, Some(name)),
            Self::Struct(name, _) => (8, Some(name)),
            Self::Enum(name, _) => (9, Some(name)),
            Self::Within(_) => (10, None),
        };
        bytes.push(kind);
        if let Some(name) = name {
            write_text(bytes, name);
        }
        match self {
            Self::Unknown => {}
            Self::Scalar(scalar) => {
                let at = Scalar::ALL.iter().position(|other| other == scalar);
                bytes.push(at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX));
            }
            Self::Optional(inner) | Self::List(inner) | Self::Newtype(_, inner) => {
                inner.write(bytes);
            }
            Self::Map(key, value) => {
                key.write(bytes);
                value.write(bytes);
            }
            Self::Tuple(parts) | Self::TupleStruct(_, parts) => {
                write_number(bytes, parts.len());
                parts.iter().for_each(|part| part.write(bytes));
            }
            Self::Struct(_, parts) | Self::Enum(_, parts) => {
                write_number(bytes, parts.len());
                for (name, part) in parts {
                    write_text(bytes, name);
                    part.write(bytes);
                }
            }
            Self::Within(levels) => write_number(bytes, *levels),
        }
    }

    /// Reads what [`encode`](Self::encode) has made.
    ///
    /// # Errors
    ///
    /// When the bytes are anything else, are more than 64 KiB, or nest more than 128 deep. Nothing
    /// is allocated but for bytes that are there.
    pub fn decode(bytes: &[u8]) -> Result<Self, ShapeError> {
        let mut input = Input { rest: bytes };
        let fits = bytes.len() <= MAX_LEN;
        let shape = fits.then(|| input.shape(0)).flatten().filter(|_| input.rest.is_empty());
        shape.ok_or(ShapeError(()))
    }
}

/// Seven bits a byte, the lowest first; all but the last have the highest bit.
fn write_number(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 1 << 7 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    write_number(bytes, text.len());
    bytes.extend_from_slice(text.as_bytes());
}

struct Input<'a> {
    rest: &'a [u8],
}

impl Input<'_> {
    fn shape(&mut self, depth: usize) -> Option<Shape> {
        if depth > MAX_DEPTH {
            return None;
        }
        let inner = |input: &mut Self| input.shape(depth + 1).map(Box::new);
        Some(match self.byte()? {
            0 => Shape::Unknown,
            1 => Shape::Scalar(*Scalar::ALL.get(usize::from(self.byte()?))?),
            2 => Shape::Optional(inner(self)?),
            3 => Shape::List(inner(self)?),
            4 => Shape::Map(inner(self)?, inner(self)?),
            5 => Shape::Tuple(self.parts(depth)?),
            6 => Shape::Newtype(self.text()?, inner(self)?),
            7 => Shape::TupleStruct(self.text()?, self.parts(depth)?),
            8 => Shape::Struct(self.text()?, self.named(depth)?),
            9 => Shape::Enum(self.text()?, self.named(depth)?),
            10 => Shape::Within(self.number().filter(|levels| (1..=depth).contains(levels))?),
            _ => return None,
        })
    }

    fn parts(&mut self, depth: usize) -> Option<Vec<Shape>> {
        (0..self.number()?).map(|_| self.shape(depth + 1)).collect()
    }

    fn named(&mut self, depth: usize) -> Option<Vec<(String, Shape)>> {
        (0..self.number()?).map(|_| Some((self.text()?, self.shape(depth + 1)?))).collect()
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for place in 0..5 {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                let is_shortest = byte > 0 || place == 0;
                return is_shortest.then_some(number).filter(|number| *number <= MAX_LEN);
            }
        }
        None
    }

    fn text(&mut self) -> Option<String> {
        let length = self.number()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        String::from_utf8(text.to_vec()).ok()
    }
}
