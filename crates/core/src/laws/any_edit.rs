use core::hash::Hash;

use quickcheck::{Arbitrary, Gen};

use super::seeded::key;
use crate::{Crdt, DotFunCursor, DotMapCursor, DotSetCursor, DotStore, JoinCursor};

/// Cursors that can do *some* edit, so that tests can make executions.
///
/// Every cursor of this workspace can, for elements and keys that are
/// [`Arbitrary`](quickcheck::Arbitrary). Derive it for a struct or enum that derives `Crdt` or
/// `DotStore`: its cursor then edits one field, or advances to some phase.
///
/// ```
/// use rejoin_core::laws::{self, AnyEdit};
/// use rejoin_core::{Causal, DotFun, DotMap, DotStore};
///
/// #[derive(Clone, Debug, Default, PartialEq, DotStore, AnyEdit)]
/// struct Note {
///     tags: DotMap<u8, DotFun<bool>>,
///     text: DotFun<String>,
/// }
/// laws::check::<Causal<Note>>(|note, g| note.any_edit(g));
/// ```
///
/// For a cursor that is written by hand, or one with parameters, implement it. Prefer few keys and
/// small values: what concurrent edits do to each other shows only where they meet.
#[diagnostic::on_unimplemented(
    message = "the law kit does not know how to edit by `{Self}`",
    label = "is not `AnyEdit`",
    note = "a struct that derives `Crdt` or `DotStore`: `#[derive(AnyEdit)]`, from `rejoin_core::laws`",
    note = "elements, keys and values have to be `quickcheck::Arbitrary`"
)]
pub trait AnyEdit {
    /// Does an edit that `g` chooses.
    fn any_edit(&mut self, g: &mut Gen);
}

impl AnyEdit for DotSetCursor<'_> {
    fn any_edit(&mut self, g: &mut Gen) {
        if u8::arbitrary(g) % 4 == 0 {
            self.clear();
        } else {
            self.write();
        }
    }
}

impl<V: Arbitrary> AnyEdit for DotFunCursor<'_, V> {
    fn any_edit(&mut self, g: &mut Gen) {
        if u8::arbitrary(g) % 4 == 0 {
            self.clear();
        } else {
            self.write(V::arbitrary(g));
        }
    }
}

impl<K, V> AnyEdit for DotMapCursor<'_, K, V>
where
    K: Arbitrary + Hash + Eq,
    V: DotStore + 'static,
    for<'a> V::Cursor<'a>: AnyEdit,
{
    fn any_edit(&mut self, g: &mut Gen) {
        match u8::arbitrary(g) % 16 {
            0 => self.clear(),
            1..5 => {
                self.remove(&key::<K>(g));
            }
            _ => self.entry(key(g)).any_edit(g),
        }
    }
}

impl<L: Crdt + Arbitrary> AnyEdit for JoinCursor<'_, L> {
    fn any_edit(&mut self, g: &mut Gen) {
        self.join(L::arbitrary(g));
    }
}
