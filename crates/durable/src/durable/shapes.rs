//! What the content of a replica, and of its peers, may be of.

use rejoin_shape::{Shape, ShapeMismatch};

use super::Durable;
use crate::storage::Storage;

impl<S, D: Storage> Durable<S, D> {
    /// The shape of everything that may be in the value: the [union](Shape::union) of that of `S`,
    /// of those that the storage had when this was opened, and of those that were
    /// [accepted](Self::accept_shape) since.
    ///
    /// A replica tells it to its peers, and again when it has become another one: what they get
    /// from here may be of any of these versions.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Takes in the [shape](Self::shape) that a peer tells, before any content of that peer, and
    /// returns whether the shape of this replica is another one now.
    ///
    /// From now on, and after every restart, what does not fit that peer does not fit this replica:
    /// another type for a field, say, which the type `S` of this version does not have at all. It
    /// is stored in the next commit that stores anything, before that; a commit that fails leaves
    /// it to the next one.
    ///
    /// ```
    /// use rejoin_core::{Causal, DotMap, DotSet};
    /// use rejoin_durable::{Config, Durable, Memory, NodeId, Shape};
    ///
    /// type Tags = Causal<DotMap<String, DotSet>>;
    /// let disk = Memory::new(NodeId::from_u128(1));
    /// let mut tags: Durable<Tags, _> = Durable::open(disk, Config::default())?;
    /// assert!(!tags.accept_shape(&Shape::of::<Tags>())?);
    ///
    /// let numbers = Shape::of::<Causal<DotMap<u64, DotSet>>>();
    /// let mismatch = tags.accept_shape(&numbers).unwrap_err();
    /// let expected = "at `store{key}` it is string here, and u64 there";
    /// assert_eq!(mismatch.to_string(), expected);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: a comparison if the two are equal, as they are between replicas of one version.
    ///
    /// # Errors
    ///
    /// When the two do not fit, as [`Shape::union`] has it. Nothing has changed then.
    pub fn accept_shape(&mut self, theirs: &Shape) -> Result<bool, ShapeMismatch> {
        if self.shape == *theirs {
            return Ok(false);
        }
        let union = self.shape.union(theirs)?;
        let is_news = union != self.shape;
        if is_news {
            self.shape = union;
            self.says_shape = false;
        }
        Ok(is_news)
    }
}
