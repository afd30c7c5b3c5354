use alloc::boxed::Box;
use alloc::vec::Vec;
use core::{fmt, mem, slice};

/// A sorted list that nearly always has exactly one element, which is then stored inline.
///
/// Several elements stand for concurrent writes, none for a bottom value that is about to be
/// written or dropped; so the list is as small as its element where that has a niche, as a `Dot`
/// has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Few<T> {
    One(T),
    /// None, or more than one.
    #[allow(clippy::box_collection, reason = "a `Vec` would not fit into the room of a dot")]
    Other(Option<Box<Vec<T>>>),
}

impl<T> Few<T> {
    pub(crate) const fn new() -> Self {
        Self::Other(None)
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(item) => slice::from_ref(item),
            Self::Other(None) => &[],
            Self::Other(Some(items)) => items,
        }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::One(item) => slice::from_mut(item),
            Self::Other(None) => &mut [],
            Self::Other(Some(items)) => items,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.as_slice().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Other(None))
    }

    /// Inserts `item` before the element at `at`, or at the end.
    #[inline]
    pub(crate) fn insert(&mut self, at: usize, item: T) {
        if self.is_empty() {
            *self = Self::One(item); // written where it stays: this is what nearly always happens
        } else {
            *self = mem::take(self).with(at, item);
        }
    }

    fn with(self, at: usize, item: T) -> Self {
        match self {
            Self::Other(None) => Self::One(item),
            Self::One(only) => {
                let pair = if at == 0 { [item, only] } else { [only, item] };
                Self::Other(Some(Box::new(Vec::from(pair))))
            }
            Self::Other(Some(mut items)) => {
                items.insert(at.min(items.len()), item);
                Self::Other(Some(items))
            }
        }
    }

    /// A copy of the elements that `keep` accepts.
    #[inline] // so that a copy is put together where it is stored
    pub(crate) fn filtered(&self, keep: impl Fn(&T) -> bool) -> Self
    where
        T: Clone,
    {
        match self {
            Self::One(item) if keep(item) => Self::One(item.clone()),
            Self::One(_) | Self::Other(None) => Self::new(),
            Self::Other(Some(items)) => items.iter().filter(|item| keep(item)).cloned().collect(),
        }
    }

    /// Keeps the elements that `keep` accepts.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.retain_or(keep, |_| ());
    }

    /// Keeps the elements that `keep` accepts, and gives the others to `gone`, in order.
    #[inline]
    pub(crate) fn retain_or(&mut self, mut keep: impl FnMut(&T) -> bool, gone: impl FnMut(T)) {
        match self {
            Self::One(item) => {
                if !keep(item) {
                    mem::take(self).into_iter().for_each(gone);
                }
            }
            Self::Other(None) => {}
            Self::Other(Some(items)) => {
                items.extract_if(.., |item| !keep(item)).for_each(gone);
                if items.len() < 2 {
                    *self = items.pop().map_or(Self::new(), Self::One);
                }
            }
        }
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(mut items: Vec<T>) -> Self {
        match items.len() {
            0 => Self::new(),
            1 => items.pop().map_or(Self::new(), Self::One),
            _ => Self::Other(Some(Box::new(items))),
        }
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut items = items.into_iter();
        let Some(first) = items.next() else { return Self::new() };
        let Some(second) = items.next() else { return Self::One(first) };
        let mut list = Vec::from([first, second]);
        list.extend(items);
        Self::Other(Some(Box::new(list)))
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = core::iter::Chain<core::option::IntoIter<T>, alloc::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        let (one, items) = match self {
            Self::One(item) => (Some(item), Vec::new()),
            Self::Other(None) => (None, Vec::new()),
            Self::Other(Some(items)) => (None, *items),
        };
        one.into_iter().chain(items)
    }
}

impl<T: fmt::Debug> fmt::Debug for Few<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::mem::size_of;

    use rejoin_clocks::Dot;

    use super::Few;

    #[test]
    fn a_list_of_dots_is_as_small_as_a_dot() {
        assert_eq!(size_of::<Few<Dot>>(), size_of::<Dot>());
        assert_eq!(size_of::<Few<(Dot, u64)>>(), size_of::<(Dot, u64)>());
    }

    #[test]
    fn it_does_what_a_vector_does() {
        // Each number is a list of insertions at places, and of what is kept at the end.
        for seed in 0..5_000_u32 {
            let (mut few, mut list) = (Few::new(), Vec::new());
            for round in 0..4 {
                let digit = (seed >> (round * 3)) & 7;
                let at = (digit as usize & 3).min(list.len());
                if digit < 6 {
                    few.insert(at, round);
                    list.insert(at, round);
                } else {
                    few.retain(|item| item % 2 == digit % 2);
                    list.retain(|item| item % 2 == digit % 2);
                }
                assert_eq!(few.as_slice(), list);
                assert_eq!((few.len(), few.is_empty()), (list.len(), list.is_empty()));
                assert_eq!(few, list.iter().copied().collect());
                assert_eq!(few, list.clone().into());
                assert_eq!(few.clone().into_iter().collect::<Vec<_>>(), list);
            }
        }
    }
}
