use core::fmt::Debug;
use std::string::String;
use std::vec::Vec;

use quickcheck::Gen;

use super::Subject;
use super::values::{Edited, End, Place, Subjects, Values};
use crate::{Decompose, Diff, Edit, ReplicaId};

/// Values of a type, and what the kit needs to know of it.
///
/// This is compiled for each type that is checked, mostly without optimization. So it is small, and
/// does without adaptors of iterators and options: each would be one more function to compile.
pub(super) struct Arena<'a, T: Edit> {
    pub(super) values: Vec<T>,
    edit: &'a AnyEdit<'a, T>,
    ways: Option<Ways<T>>,
    property: Option<&'a Property<'a, T>>,
}

/// Does an edit that the generator chooses.
type AnyEdit<'a, T> = dyn Fn(&mut <T as Edit>::Cursor<'_>, &mut Gen) + 'a;

type Property<'a, T> = dyn Fn(&[T]) -> Result<(), String> + 'a;

/// How a value tells another what it lacks, and comes apart. Without, it is always sent whole.
pub(super) struct Ways<T> {
    /// What the second lacks of the first.
    pub(super) diff: fn(&T, &T) -> Option<T>,
    pub(super) decompose: fn(&T, &mut dyn FnMut(T)),
    pub(super) difference: fn(&T, &T) -> T,
}

impl<T: Diff + Decompose> Ways<T> {
    /// Those of the type itself.
    pub(super) const OWN: Self =
        Self { diff: lacking, decompose: T::decompose, difference: T::difference };
}

fn lacking<T: Diff>(value: &T, peer: &T) -> Option<T> {
    value.diff(&peer.digest())
}

impl<'a, T: Edit> Arena<'a, T> {
    pub(super) fn new(
        edit: &'a AnyEdit<'a, T>,
        ways: Option<Ways<T>>,
        property: Option<&'a Property<'a, T>>,
    ) -> Self {
        Self { values: Vec::new(), edit, ways, property }
    }

    fn get(&self, value: Place) -> &T {
        &self.values[value.0]
    }

    fn add(&mut self, value: T) -> Place {
        let place = Place(self.values.len());
        self.values.push(value);
        place
    }
}

impl<T: Edit> Values for Arena<'_, T> {
    fn count(&self) -> usize {
        self.values.len()
    }

    fn truncate(&mut self, count: usize) {
        self.values.truncate(count);
    }

    fn bottom(&mut self) -> Place {
        self.add(T::default())
    }

    fn copy(&mut self, value: Place) -> Place {
        self.add(self.get(value).clone())
    }

    fn merge(&mut self, value: Place, other: Place) -> bool {
        let other = self.get(other).clone();
        self.values[value.0].merge(other)
    }

    fn edit(&mut self, value: Place, id: ReplicaId, seeds: &[u64], end: End) -> Edited {
        let edit = self.edit;
        let edit = |cursor: &mut T::Cursor<'_>| {
            for seed in seeds {
                edit(cursor, &mut Gen::from_size_and_seed(8, *seed));
            }
        };
        // By the method that most callers use, which a type may have its own of.
        if let End::Keep = end {
            let delta = self.values[value.0].edit(id, edit);
            return Edited::Kept(self.add(delta));
        }
        let result = self.values[value.0].edit_if(
            id,
            |cursor| {
                edit(cursor);
                if let End::Fail = end { Err(None) } else { Ok(()) }
            },
            |value, delta| match end {
                End::Refuse => Err(Some([value.clone(), delta.clone()])),
                End::Keep | End::Fail => Ok(()),
            },
        );
        match result {
            Ok(((), delta)) => Edited::Kept(self.add(delta)),
            Err(None) => Edited::Failed,
            Err(Some([value, delta])) => Edited::Refused([self.add(value), self.add(delta)]),
        }
    }

    fn diff(&mut self, value: Place, peer: Place) -> Option<Place> {
        let Some(ways) = &self.ways else { return Some(self.copy(value)) };
        let diff = (ways.diff)(self.get(value), self.get(peer))?;
        Some(self.add(diff))
    }

    fn decompose(&mut self, value: Place) {
        if let Some(ways) = &self.ways {
            let mut parts = Vec::new();
            (ways.decompose)(self.get(value), &mut |part| parts.push(part));
            self.values.append(&mut parts);
        } else {
            self.copy(value);
        }
    }
}

impl<T: Subject> Subjects for Arena<'_, T> {
    fn equal(&self, left: Place, right: Place) -> bool {
        self.get(left) == self.get(right)
    }

    fn debug(&self, value: Place) -> &dyn Debug {
        self.get(value)
    }

    fn covers(&self, value: Place, other: Place) -> bool {
        self.get(value).covers(self.get(other))
    }

    fn is_bottom(&self, value: Place) -> bool {
        self.get(value).is_bottom()
    }

    fn difference(&mut self, value: Place, known: Place) -> Place {
        let Some(ways) = &self.ways else { return self.copy(value) };
        self.add((ways.difference)(self.get(value), self.get(known)))
    }

    fn property(&mut self, sample: &[Place]) -> Result<(), String> {
        let Some(property) = self.property else { return Ok(()) };
        // To the front. None of the sample is nearer to it than its number in the sample, so no
        // swap moves one that is still to come.
        for (at, value) in sample.iter().enumerate() {
            self.values.swap(at, value.0);
        }
        property(&self.values[..sample.len()])
    }
}
