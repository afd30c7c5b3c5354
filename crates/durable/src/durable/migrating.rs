//! From a type to another that cannot take its place.

use rejoin_shape::Shape;
use rejoin_store::{Config, Replicated};

use super::Durable;
use crate::error::{EpochError, MigrateError};
use crate::storage::{Storage, Stored};
use crate::stored;

impl<S: Replicated, D: Storage> Durable<S, D> {
    /// Opens a storage of this type, or of the type `Old`, whose value it converts and stores.
    ///
    /// It is for changes of a type that cannot be made in place, such as other keys of a map. Most
    /// changes can, in a struct that derives `Upgradable`. `convert` has to give equal values for
    /// equal values, at every replica, and should keep dots and contexts, as `Causal::convert`
    /// does: then replicas that are converted one by one meet as before, and exchange what they
    /// lack. Before they have been, they refuse each other. The value is in the next
    /// [epoch](Self::begin_epoch) then; deltas for peers are forgotten, and what these lack they
    /// get as a difference.
    ///
    /// The storage is of either type at any time: a crash or an error on the way leaves it as it
    /// was. A storage that has been converted is opened as by [`open`](Self::open).
    ///
    /// ```
    /// use rejoin_core::{Causal, DotFun, DotSet, DotStore};
    /// use rejoin_durable::{Config, Durable, Memory, NodeId};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
    /// struct Old {
    ///     title: DotFun<String>,
    /// }
    ///
    /// #[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
    /// struct New {
    ///     title: DotFun<String>,
    ///     done: DotSet,
    /// }
    ///
    /// # let mut disk = Memory::new(NodeId::from_u128(1));
    /// let mut note = Durable::<Causal<Old>, _>::open(disk, Config::default())?;
    /// note.edit(|note| note.title().write("Groceries".to_owned()))?;
    /// # disk = note.into_storage();
    ///
    /// let convert = |Old { title }| New { title, done: DotSet::default() };
    /// let mut note = Durable::<Causal<New>, _>::open_migrating(
    ///     disk,
    ///     Config::default(),
    ///     |old: Causal<Old>| old.convert(convert),
    /// )?;
    /// note.edit(|note| note.done().write())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: it reads the storage twice and writes the whole value once.
    ///
    /// # Errors
    ///
    /// When the storage cannot be read or is of neither type, when records are unreadable, when
    /// `convert` fails, or when the value cannot be stored.
    pub fn open_migrating<Old: Replicated, E>(
        mut storage: D,
        config: Config,
        convert: impl FnOnce(Old) -> Result<S, E>,
    ) -> Result<Self, MigrateError<E, D::Error>> {
        let own = Shape::of::<S>();
        let mut fits = true;
        let mut look = |stored: Stored<'_>| {
            if let Stored::Record(bytes) = stored
                && let Some(Ok(shape)) = stored::decode_shape(bytes)
            {
                fits &= own.check(&shape).is_ok();
            }
        };
        storage.load(&mut look).map_err(MigrateError::read)?;
        if fits {
            return Self::open(storage, config).map_err(MigrateError::Load);
        }
        let old = Durable::<Old, D>::open(storage, config).map_err(MigrateError::Load)?;
        old.migrate(own, convert).map_err(MigrateError::Convert)
    }

    fn migrate<New: Replicated, E>(
        self,
        shape: Shape,
        convert: impl FnOnce(S) -> Result<New, E>,
    ) -> Result<Durable<New, D>, EpochError<E, D::Error>> {
        if !self.unreadable.is_empty() {
            return Err(EpochError::Unreadable);
        }
        let state = convert(self.replica.state().clone()).map_err(EpochError::Rewrite)?;
        let replica = self.replica.next_epoch(state).ok_or(EpochError::Exhausted)?;
        let mut next = Durable {
            replica,
            storage: self.storage,
            shape,
            says_shape: false,
            unsaved: None,
            compact_above: 0,
            compact_error: None,
            unreadable: Vec::new(),
        };
        next.replace_log().map_err(EpochError::Commit)?;
        Ok(next)
    }
}
