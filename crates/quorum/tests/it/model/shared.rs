use core::hash::{BuildHasher, BuildHasherDefault, Hash};
use std::hash::DefaultHasher;
use std::sync::Arc;

/// The ways to give three voters each other's names; the first one changes nothing.
pub(crate) const RENAMINGS: [[usize; 3]; 6] =
    [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Something with voters in it.
pub(crate) trait Rename {
    /// The hash of what it would be if the voters had these other names.
    fn hash_of_renamed(&self, renaming: usize) -> u64;
}

/// A part of a state, shared between all states that have the same, with its hashes computed once.
#[derive(Debug)]
pub(crate) struct Shared<T> {
    hashes: [u64; RENAMINGS.len()],
    value: Arc<T>,
}

impl<T: Rename> Shared<T> {
    pub(crate) fn new(value: T) -> Self {
        let hashes = core::array::from_fn(|renaming| value.hash_of_renamed(renaming));
        Self { hashes, value: Arc::new(value) }
    }

    /// Changes it, for this state only.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut T))
    where
        T: Clone,
    {
        let mut value = (*self.value).clone();
        change(&mut value);
        *self = Self::new(value);
    }
}

impl<T> Shared<T> {
    /// What it is known by.
    pub(crate) fn key(&self) -> u64 {
        self.hashes[0]
    }

    /// What it would be known by if the voters had these other names.
    pub(crate) fn renamed_key(&self, renaming: usize) -> u64 {
        self.hashes[renaming]
    }
}

pub(crate) fn hash_of(value: impl Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

impl<T> core::ops::Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self { hashes: self.hashes, value: Arc::clone(&self.value) }
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
