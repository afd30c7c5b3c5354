use std::collections::BTreeMap;

use rejoin_core::DotStore;
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;
use serde::{Deserialize, Serialize};

use crate::oracle::{Effect, Live, Spec};
use crate::rng::Rng;
use crate::spec::StoreSubject;

/// A document of documents: each has a value of its own, and fields.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
pub struct Json {
    /// What is here.
    pub scalar: MvRegister<Scalar>,
    /// What is below.
    pub fields: OrMap<String, Json>,
}

/// A value without parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Scalar {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// Names from the top to a place.
type Path = Vec<String>;

/// An operation on a document.
#[derive(Clone, Debug)]
pub enum JsonOp {
    /// Sets the value at a place.
    Set(Path, Scalar),
    /// Removes the value at a place, and nothing below it.
    Clear(Path),
    /// Removes a place with everything below it; the top: all of its fields.
    Remove(Path),
}

fn path(rng: &mut Rng) -> Path {
    (0..rng.below(5)).map(|_| ["a", "b"][rng.below(2)].to_owned()).collect()
}

/// A write takes those at its place that it sees; a removal those at and below its place.
impl Spec for Json {
    type Op = JsonOp;
    type Piece = (Path, Scalar);
    /// The places with siblings, by writer and then by age.
    type Value = BTreeMap<Path, Vec<Scalar>>;

    fn op(rng: &mut Rng) -> JsonOp {
        match rng.below(10) {
            0..6 => {
                let scalar = match rng.below(4) {
                    0 => Scalar::Null,
                    1 => Scalar::Bool(rng.once_in(2)),
                    2 => Scalar::Number(i64::from(rng.small(3)) - 1),
                    _ => Scalar::Text(["", "x"][rng.below(2)].to_owned()),
                };
                JsonOp::Set(path(rng), scalar)
            }
            6 => JsonOp::Clear(path(rng)),
            _ => JsonOp::Remove(path(rng)),
        }
    }

    fn effect(op: &JsonOp, _: usize, live: &[Live<'_, Self::Piece>]) -> Effect<Self::Piece> {
        match op {
            JsonOp::Set(path, scalar) => {
                let piece = Some((path.clone(), scalar.clone()));
                Effect::take(piece, live, |(other, _)| other == path)
            }
            JsonOp::Clear(path) => Effect::take(None, live, |(other, _)| other == path),
            JsonOp::Remove(path) if path.is_empty() => {
                Effect::take(None, live, |(other, _)| !other.is_empty())
            }
            JsonOp::Remove(path) => Effect::take(None, live, |(other, _)| other.starts_with(path)),
        }
    }

    fn value(live: &[Live<'_, Self::Piece>]) -> Self::Value {
        let mut live = live.to_vec();
        live.sort_by_key(|write| write.replica);
        let mut value = Self::Value::new();
        for Live { piece: (path, scalar), .. } in live {
            value.entry(path.clone()).or_default().push(scalar.clone());
        }
        value
    }
}

/// Does `f` at the place below `cursor`.
fn at(
    cursor: &mut <Json as DotStore>::Cursor<'_>,
    path: &[String],
    f: &mut dyn FnMut(&mut <Json as DotStore>::Cursor<'_>),
) {
    match path {
        [] => f(cursor),
        [name, path @ ..] => at(&mut cursor.fields().entry(name), path, f),
    }
}

fn flatten(json: &Json, path: &mut Path, value: &mut BTreeMap<Path, Vec<Scalar>>) {
    let siblings: Vec<Scalar> = json.scalar.writes().map(|(_, scalar)| scalar.clone()).collect();
    if !siblings.is_empty() {
        value.insert(path.clone(), siblings);
    }
    for (name, below) in json.fields.iter() {
        path.push(name.clone());
        assert!(!below.is_bottom(), "nothing at {path:?}");
        flatten(below, path, value);
        path.pop();
    }
}

impl StoreSubject for Json {
    type Real = Self;

    fn apply(cursor: &mut <Self as DotStore>::Cursor<'_>, op: &JsonOp) {
        match op {
            JsonOp::Set(path, scalar) => {
                at(cursor, path, &mut |json| json.scalar().set(scalar.clone()));
            }
            JsonOp::Clear(path) => at(cursor, path, &mut |json| {
                json.scalar().clear();
            }),
            JsonOp::Remove(path) => match path.split_last() {
                Some((name, path)) => at(cursor, path, &mut |json| {
                    json.fields().remove(name);
                }),
                None => cursor.fields().clear(),
            },
        }
    }

    fn read(real: &Self) -> Self::Value {
        let mut value = BTreeMap::new();
        flatten(real, &mut Vec::new(), &mut value);
        value
    }
}
