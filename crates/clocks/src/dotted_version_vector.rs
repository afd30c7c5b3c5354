use core::cmp::Ordering;

use crate::{Dot, VersionVector};

/// The version of one value: the dot of the write, if any, on top of the causal past that the
/// writer had read.
///
/// A server that keeps *siblings*, the concurrent values of a key, gives each one such clock. Two
/// clients that read the same version and write through the same server get different dots on top
/// of the same past, which shows them as concurrent; a plain [`VersionVector`] with an entry a
/// server cannot, and would need an entry for each client.
///
/// # When to use it
///
/// Take it for opaque values that are replaced as a whole, with a client that hands back what it
/// read, as in Dynamo and Riak. It holds one dot beyond the past, which is all that a single write
/// needs. Data types that merge inside, and states that collect many dots out of order, need a
/// [`CausalContext`](crate::CausalContext).
///
/// # Order
///
/// Clocks are compared as sets of dots: the past and the dot. The dot need not follow the past
/// without gaps, which is the point: `{a: 1}` with the dot `a:3` has not seen `a:2`. Clocks without
/// a dot stand for what a client has read.
///
/// The source is Preguiça, Baquero, Almeida, Fonte and Gonçalves, *Dotted Version Vectors: Logical
/// Clocks for Optimistic Replication* (2010).
///
/// # Examples
///
/// ```
/// use rejoin_clocks::{Dot, DottedVersionVector, ReplicaId, VersionVector};
///
/// let server = ReplicaId::from_u128(1);
/// let mut seen = VersionVector::new(); // all that this server has minted or stored
///
/// // Two clients write to an empty key, through the same server.
/// let x = DottedVersionVector::new(seen.advance(server), VersionVector::new());
/// let y = DottedVersionVector::new(seen.advance(server), VersionVector::new());
/// assert!(x.concurrent(&y));
///
/// // A third reads both siblings, and writes what replaces them.
/// let mut siblings = vec![(x, "milk"), (y, "eggs")];
/// let read = DottedVersionVector::context(siblings.iter().map(|(clock, _)| clock));
/// siblings.retain(|(clock, _)| !clock.is_covered_by(&read));
/// siblings.push((DottedVersionVector::new(seen.advance(server), read), "milk and eggs"));
/// assert_eq!(siblings.len(), 1);
/// ```
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DottedVersionVector {
    /// Not in `past`.
    dot: Option<Dot>,
    past: VersionVector,
}

impl DottedVersionVector {
    /// The version written as `dot` by one that had read `past`.
    ///
    /// A dot that is already in the past adds nothing and is dropped; a fresh one never is.
    #[must_use]
    pub fn new(dot: impl Into<Option<Dot>>, past: VersionVector) -> Self {
        let dot = dot.into().filter(|dot| !past.contains(*dot));
        Self { dot, past }
    }

    /// The dot of the write on top of the past.
    #[must_use]
    pub const fn dot(&self) -> Option<Dot> {
        self.dot
    }

    /// What the writer had read.
    #[must_use]
    pub const fn past(&self) -> &VersionVector {
        &self.past
    }

    /// Whether the dot was seen.
    ///
    /// Computes in O(log n) time.
    #[must_use]
    pub fn contains(&self, dot: Dot) -> bool {
        self.dot == Some(dot) || self.past.contains(dot)
    }

    /// Whether `other` has seen all that this one has, and this one has not: `self < other`.
    ///
    /// Computes in O(n) time. If both are writes of one execution, with dots that were minted once,
    /// [`is_covered_by`](Self::is_covered_by) the past of the other says the same in O(log n).
    #[must_use]
    pub fn happens_before(&self, other: &Self) -> bool {
        self.dominated_by(other) && !other.dominated_by(self)
    }

    /// Whether `other` has seen all that this one has: `self <= other`.
    ///
    /// Computes in O(n) time.
    #[must_use]
    pub fn dominated_by(&self, other: &Self) -> bool {
        self.dot.is_none_or(|dot| other.contains(dot))
            && other.past.dominates_with(other.dot, &self.past)
    }

    /// Whether each has seen a dot that the other has not.
    ///
    /// Computes in O(n) time.
    #[must_use]
    pub fn concurrent(&self, other: &Self) -> bool {
        self.partial_cmp(other).is_none()
    }

    /// Whether one with this context has read the version, so that its write replaces it.
    ///
    /// This is the one lookup of the paper: the dot stands for its past, which everyone who has
    /// the dot has seen too. Computes in O(log n) time; O(n) if there is no dot.
    #[must_use]
    pub fn is_covered_by(&self, context: &VersionVector) -> bool {
        match self.dot {
            Some(dot) => context.contains(dot),
            None => context.dominates(&self.past),
        }
    }

    /// What one has read who read all of `siblings`: the least version vector that covers them.
    ///
    /// It is exact if the siblings are all that the server has of the key, as the paper requires;
    /// otherwise it may cover dots that none of them has.
    ///
    /// Computes in O(m n) time for m siblings.
    #[must_use]
    pub fn context<'a>(siblings: impl IntoIterator<Item = &'a Self>) -> VersionVector {
        let mut context = VersionVector::new();
        for sibling in siblings {
            context.join(&sibling.past);
            if let Some(dot) = sibling.dot {
                context.insert(dot);
            }
        }
        context
    }
}

/// As sets of dots, like the order: where the dot follows the past without a gap, it does not
/// matter whether it is written as the dot or as part of the past. Serialization keeps the
/// spelling.
impl PartialEq for DottedVersionVector {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl Eq for DottedVersionVector {}

/// By inclusion of the sets of dots; `None` when concurrent. Computes in O(n) time.
impl PartialOrd for DottedVersionVector {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.dominated_by(other), other.dominated_by(self)) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Less),
            (false, true) => Some(Ordering::Greater),
            (false, false) => None,
        }
    }
}

/// A struct with the fields `dot`, which may be absent or null, and `past`.
#[cfg(feature = "serde")]
mod wire {
    use serde::de::{Deserialize, Deserializer, Error};

    use super::DottedVersionVector;
    use crate::{Dot, VersionVector};

    #[derive(serde::Deserialize)]
    #[serde(rename = "DottedVersionVector")]
    struct Fields {
        dot: Option<Dot>,
        past: VersionVector,
    }

    impl<'de> Deserialize<'de> for DottedVersionVector {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let Fields { dot, past } = Fields::deserialize(deserializer)?;
            match dot {
                Some(dot) if past.contains(dot) => Err(D::Error::custom(
                    "invalid dotted version vector: `dot` is already in `past`",
                )),
                _ => Ok(Self { dot, past }),
            }
        }
    }
}
