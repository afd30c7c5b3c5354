/// Writes all of a [`DotStore`](crate::DotStore) impl but the cursor, for a struct that wraps one
/// other dot store.
///
/// ```
/// use rejoin_core::store::{Writer, forward_dot_store};
/// use rejoin_core::{Causal, DotSet, DotSetCursor, DotStore, Edit, ReplicaId};
///
/// /// A bell that someone has rung.
/// #[derive(Clone, Default)]
/// struct Bell {
///     rings: DotSet,
/// }
///
/// impl DotStore for Bell {
///     type Cursor<'a> = DotSetCursor<'a>;
///
///     fn cursor<'a>(&'a mut self, writer: Writer<'a, Self>) -> DotSetCursor<'a> {
///         self.rings.cursor(writer.part(|bell| &mut bell.rings))
///     }
///
///     forward_dot_store!(rings);
/// }
///
/// let mut bell = Causal::<Bell>::default();
/// bell.edit(ReplicaId::from_u128(1), |bell| bell.write());
/// assert!(!bell.is_bottom());
/// ```
#[doc(hidden)] // it is shown as `store::forward_dot_store`
#[macro_export]
macro_rules! __forward_dot_store {
    ($field:ident) => {
        fn is_bottom(&self) -> bool {
            $crate::DotStore::is_bottom(&self.$field)
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
    };
}
