/// Writes the impls of a struct that wraps one dot store: each does what the field does.
///
/// Before the arrow stands the field, and after it the headers of the impls, with all bounds. Of
/// these traits: [`DotStore`](crate::DotStore), [`WatchStore`](crate::WatchStore), `Default`,
/// `PartialEq`, `Eq` and `Hash`. The cursor is a struct of one field, too, which has the same name
/// and holds the field's cursor. Parameters are types, their bounds names.
///
/// ```
/// use rejoin_core::store::forward;
/// use rejoin_core::{Causal, DotMap, DotMapCursor, DotSet, Edit, EntryChange, ReplicaId, Watch};
///
/// /// The guests of a party.
/// #[derive(Clone, Debug)]
/// struct Guests {
///     names: DotMap<String, DotSet>,
/// }
///
/// struct GuestsCursor<'a> {
///     names: DotMapCursor<'a, String, DotSet>,
/// }
///
/// impl GuestsCursor<'_> {
///     fn invite(&mut self, name: &str) {
///         self.names.entry(name.to_owned()).write();
///     }
/// }
///
/// forward! {
///     names =>
///     impl DotStore for Guests { type Cursor = GuestsCursor; }
///     impl WatchStore for Guests { type Change = EntryChange<String>; }
///     impl Default for Guests {}
///     impl PartialEq for Guests {}
/// }
///
/// let (mut here, mut there) = (Causal::<Guests>::default(), Causal::<Guests>::default());
/// let delta = here.edit(ReplicaId::from_u128(1), |guests| guests.invite("Zoe"));
/// let mut changes = Vec::new();
/// there.merge_watched(delta, &mut |change| changes.push(change));
/// assert_eq!(changes, [EntryChange::Added("Zoe".to_owned())]);
/// assert_eq!(there, here);
/// ```
///
/// A store that readers see as one value says what that is, and changes when it does:
///
/// ```
/// # use rejoin_core::store::forward;
/// # use rejoin_core::{Causal, DotSet, DotSetCursor, Edit, ReplicaId, ValueChange, Watch};
/// /// A bell that someone has rung.
/// #[derive(Clone, Default)]
/// struct Bell {
///     rings: DotSet,
/// }
///
/// struct BellCursor<'a> {
///     rings: DotSetCursor<'a>,
/// }
///
/// forward! {
///     rings =>
///     impl DotStore for Bell { type Cursor = BellCursor; }
///     impl WatchStore for Bell { type Change = ValueChange<bool>; |bell| !bell.rings.is_empty() }
/// }
///
/// let (mut here, mut there) = (Causal::<Bell>::default(), Causal::<Bell>::default());
/// let delta = here.edit(ReplicaId::from_u128(1), |bell| bell.rings.write());
/// there.merge_watched(delta, &mut |change| assert!(!change.before && change.after));
/// ```
///
/// For serialization, `#[serde(transparent)]` does the same.
#[doc(hidden)] // it is shown as `store::forward`
#[macro_export]
macro_rules! __forward {
    ($field:ident => $(
        impl $(<$($param:ident $(: $bound:ident $(+ $more:ident)*)?),*>)? $trait:ident
        for $name:ident $(<$($arg:ident),*>)? { $($body:tt)* }
    )*) => {
        $($crate::__forward_one! {
            $field, [$($($param $(: $bound $(+ $more)*)?),*)?],
            $trait, $name, [$($($arg),*)?], { $($body)* }
        })*
    };
}

/// One impl of [`forward!`](crate::store::forward).
#[doc(hidden)]
#[macro_export]
macro_rules! __forward_one {
    (
        $field:ident, [$($params:tt)*], DotStore, $name:ident, [$($arg:ident),*],
        { type Cursor = $cursor:ident; }
    ) => {
        impl<$($params)*> $crate::DotStore for $name<$($arg),*> {
            type Cursor<'a> = $cursor<'a, $($arg),*> where Self: 'a;

            fn cursor<'a>(
                &'a mut self,
                writer: $crate::store::Writer<'a, Self>,
            ) -> $cursor<'a, $($arg),*> {
                let writer = writer.part(|whole| &mut whole.$field);
                $cursor { $field: $crate::DotStore::cursor(&mut self.$field, writer) }
            }

            fn is_bottom(&self) -> bool {
                $crate::DotStore::is_bottom(&self.$field)
            }

            fn lowest_dot(&self) -> ::core::option::Option<$crate::Dot> {
                $crate::DotStore::lowest_dot(&self.$field)
            }

            fn dots(&self, visit: &mut dyn FnMut($crate::Dot)) {
                $crate::DotStore::dots(&self.$field, visit);
            }

            fn windows(&self, visit: &mut dyn FnMut($crate::ReplicaId, u64, u64)) {
                $crate::DotStore::windows(&self.$field, visit);
            }

            fn join(
                &mut self,
                own: &$crate::CausalContext,
                other: Self,
                theirs: &$crate::CausalContext,
                journal: &mut $crate::store::Journal,
            ) -> bool {
                $crate::DotStore::join(&mut self.$field, own, other.$field, theirs, journal)
            }

            fn within(&self, dots: &$crate::CausalContext) -> Self {
                Self { $field: $crate::DotStore::within(&self.$field, dots) }
            }

            fn pieces(&self, visit: &mut dyn FnMut($crate::Dot, Self)) {
                $crate::DotStore::pieces(&self.$field, &mut |dot, $field| {
                    visit(dot, Self { $field });
                });
            }

            fn relabel(&mut self, label: &dyn Fn($crate::Dot) -> $crate::Dot) {
                $crate::DotStore::relabel(&mut self.$field, label);
            }
        }
    };

    (
        $field:ident, [$($params:tt)*], WatchStore, $name:ident, [$($arg:ident),*],
        { type Change = $change:ty; }
    ) => {
        impl<$($params)*> $crate::WatchStore for $name<$($arg),*> {
            type Change = $change;

            fn changes(
                &self,
                own: &$crate::CausalContext,
                other: &Self,
                theirs: &$crate::CausalContext,
                visit: &mut dyn FnMut($change),
            ) {
                $crate::WatchStore::changes(&self.$field, own, &other.$field, theirs, visit);
            }
        }
    };

    (
        $field:ident, [$($params:tt)*], WatchStore, $name:ident, [$($arg:ident),*],
        { type Change = $change:ty; $read:expr }
    ) => {
        impl<$($params)*> $crate::WatchStore for $name<$($arg),*> {
            type Change = $change;

            fn changes(
                &self,
                own: &$crate::CausalContext,
                other: &Self,
                theirs: &$crate::CausalContext,
                visit: &mut dyn FnMut($change),
            ) {
                let after = $crate::store::joined(self, own, other, theirs);
                let [before, after] = [self, &after].map($read);
                $crate::ValueChange::between(before, after).into_iter().for_each(visit);
            }
        }
    };

    ($field:ident, [$($params:tt)*], Default, $name:ident, [$($arg:ident),*], {}) => {
        impl<$($params)*> Default for $name<$($arg),*> {
            fn default() -> Self {
                Self { $field: Default::default() }
            }
        }
    };

    ($field:ident, [$($params:tt)*], PartialEq, $name:ident, [$($arg:ident),*], {}) => {
        impl<$($params)*> PartialEq for $name<$($arg),*> {
            fn eq(&self, other: &Self) -> bool {
                self.$field == other.$field
            }
        }
    };

    ($field:ident, [$($params:tt)*], Eq, $name:ident, [$($arg:ident),*], {}) => {
        impl<$($params)*> Eq for $name<$($arg),*> {}
    };

    ($field:ident, [$($params:tt)*], Hash, $name:ident, [$($arg:ident),*], {}) => {
        impl<$($params)*> ::core::hash::Hash for $name<$($arg),*> {
            fn hash<__H: ::core::hash::Hasher>(&self, state: &mut __H) {
                ::core::hash::Hash::hash(&self.$field, state);
            }
        }
    };
}
