use rejoin_core::{Crdt, Decompose, Diff, Draft, Edit, IntoValue, Unnumbered, ValueChange, Watch};

/// `Max` and `Min` are one type but for the direction.
macro_rules! extreme {
    (
        $(#[$doc:meta])*
        $name:ident, $cursor:ident, $better:tt, $edge:literal
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name<T> {
            value: Option<T>,
        }

        impl<T> $name<T> {
            /// A register that nothing was written to.
            #[must_use]
            pub const fn new() -> Self {
                Self { value: None }
            }

            #[doc = concat!("The ", $edge, " value written, if any was.")]
            #[must_use]
            pub fn get(&self) -> Option<&T> {
                self.value.as_ref()
            }

            #[doc = concat!("The ", $edge, " value written, if any was.")]
            #[must_use]
            pub fn into_inner(self) -> Option<T> {
                self.value
            }
        }

        impl<T: Ord> $name<T> {
            fn accepts(&self, value: &T) -> bool {
                self.value.as_ref().is_none_or(|held| value $better held)
            }
        }

        impl<T: Ord + Clone> Crdt for $name<T> {
            fn merge(&mut self, other: Self) -> bool {
                match other.value {
                    Some(value) if self.accepts(&value) => {
                        self.value = Some(value);
                        true
                    }
                    _ => false,
                }
            }

            fn covers(&self, other: &Self) -> bool {
                !other.value.as_ref().is_some_and(|value| self.accepts(value))
            }

            fn is_bottom(&self) -> bool {
                self.value.is_none()
            }
        }

        impl<T: Ord + Clone> Unnumbered for $name<T> {}

        impl<T: Ord + Clone> Diff for $name<T> {
            type Digest = Self;

            fn digest(&self) -> Self {
                self.clone()
            }

            fn diff(&self, peer: &Self) -> Option<Self> {
                let value = self.value.as_ref()?;
                peer.accepts(value).then(|| self.clone())
            }
        }

        impl<T: Ord + Clone> Decompose for $name<T> {
            /// The value is irreducible.
            fn decompose(&self, visit: &mut dyn FnMut(Self)) {
                if self.value.is_some() {
                    visit(self.clone());
                }
            }
        }

        impl<T: Ord + Clone> Edit for $name<T> {
            type Cursor<'a>
                = $cursor<'a, T>
            where
                T: 'a;

            fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> $cursor<'a, T> {
                $cursor { value: self, draft }
            }
        }

        impl<T: Ord + Clone> Watch for $name<T> {
            type Change = ValueChange<Option<T>>;

            fn changes(&self, other: &Self, visit: &mut dyn FnMut(Self::Change)) {
                if other.value.as_ref().is_some_and(|value| self.accepts(value)) {
                    visit(ValueChange { before: self.value.clone(), after: other.value.clone() });
                }
            }
        }

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<T> From<T> for $name<T> {
            fn from(value: T) -> Self {
                Self { value: Some(value) }
            }
        }

        /// In human-readable formats a list of the value, if there is one.
        #[cfg(feature = "serde")]
        impl<T: serde::Serialize> serde::Serialize for $name<T> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                rejoin_core::wire::serialize_optional(self.value.as_ref(), serializer)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for $name<T> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                rejoin_core::wire::deserialize_announced(deserializer)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de, T: serde::Deserialize<'de>> rejoin_core::wire::Announced<'de> for $name<T> {
            const NAME: &'static str = concat!("rejoin::", stringify!($name));

            fn read<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = rejoin_core::wire::deserialize_optional(deserializer)?;
                Ok(Self { value })
            }
        }

        #[doc = concat!("Edits a [`", stringify!($name), "`].")]
        #[derive(Debug)]
        pub struct $cursor<'a, T> {
            value: &'a mut $name<T>,
            draft: Draft<'a, $name<T>>,
        }

        impl<T: Ord + Clone> $cursor<'_, T> {
            #[doc = concat!("Writes `value`, and returns whether it is the ", $edge, " so far.")]
            pub fn set(&mut self, value: impl IntoValue<T>) -> bool {
                let value = value.into_value();
                let news = self.value.accepts(&value);
                if news {
                    let (delta, before) = self.draft.both();
                    let old = self.value.value.replace(value.clone());
                    if delta.value.replace(value).is_none() {
                        before.value = old;
                    }
                }
                news
            }
        }

        impl<T> core::ops::Deref for $cursor<'_, T> {
            type Target = $name<T>;

            fn deref(&self) -> &$name<T> {
                self.value
            }
        }
    };
}

extreme! {
    /// A register that keeps the largest value ever written.
    ///
    /// Under concurrency the larger write stays. Bottom is "nothing written", not the type's
    /// default, so that `Max<i64>` has negative values too.
    ///
    /// ```
    /// use rejoin_registers::{Crdt, Edit, Max, ReplicaId};
    ///
    /// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
    /// let (mut here, mut there) = (Max::<u32>::new(), Max::new());
    /// here.edit(alice, |score| score.set(31));
    /// let delta = there.edit(bob, |score| score.set(17));
    ///
    /// assert!(!here.merge(delta));
    /// assert_eq!(here.get(), Some(&31));
    /// ```
    ///
    /// All operations take O(1) comparisons. Values that compare equal must be equal.
    ///
    /// The methods that edit it are those of [`MaxCursor`].
    ///
    /// Source: the chain lattice; Almeida, Shoker, Baquero, *Delta State Replicated Data Types*
    /// (2018), section 5.
    Max, MaxCursor, >, "largest"
}

extreme! {
    /// A register that keeps the smallest value ever written.
    ///
    /// Under concurrency the smaller write stays. Bottom is "nothing written".
    ///
    /// ```
    /// use rejoin_registers::{Crdt, Edit, Min, ReplicaId};
    ///
    /// let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
    /// let (mut here, mut there) = (Min::<u32>::new(), Min::new());
    /// here.edit(alice, |best_lap| best_lap.set(93));
    /// let delta = there.edit(bob, |best_lap| best_lap.set(88));
    ///
    /// here.merge(delta);
    /// assert_eq!(here.get(), Some(&88));
    /// ```
    ///
    /// All operations take O(1) comparisons. Values that compare equal must be equal.
    ///
    /// The methods that edit it are those of [`MinCursor`].
    ///
    /// Source: the chain lattice, upside down; see [`Max`].
    Min, MinCursor, <, "smallest"
}
