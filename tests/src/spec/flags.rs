use rejoin_core::DotStore;
use rejoin_registers::{DwFlag, EwFlag};

use crate::oracle::{Effect, Live, Spec};
use crate::rng::Rng;
use crate::spec::StoreSubject;

/// Enabled while an enable is live. Both take the enables that they see.
impl Spec for EwFlag {
    /// Whether to enable.
    type Op = bool;
    type Piece = ();
    type Value = bool;

    fn op(rng: &mut Rng) -> bool {
        rng.once_in(2)
    }

    fn effect(enable: &bool, _: usize, live: &[Live<'_, ()>]) -> Effect<()> {
        Effect::take(enable.then_some(()), live, |()| true)
    }

    fn value(live: &[Live<'_, ()>]) -> bool {
        !live.is_empty()
    }
}

impl StoreSubject for EwFlag {
    type Real = Self;

    fn apply(cursor: &mut <Self as DotStore>::Cursor<'_>, enable: &bool) {
        if *enable {
            cursor.enable();
        } else {
            cursor.disable();
        }
        assert_eq!(cursor.is_enabled(), *enable);
    }

    fn read(real: &Self) -> bool {
        real.is_enabled()
    }
}

/// Enabled while an enable is live and no disable is. Both take all that they see.
impl Spec for DwFlag {
    type Op = bool;
    type Piece = bool;
    type Value = bool;

    fn op(rng: &mut Rng) -> bool {
        rng.once_in(2)
    }

    fn effect(enable: &bool, _: usize, live: &[Live<'_, bool>]) -> Effect<bool> {
        Effect::take(Some(*enable), live, |_| true)
    }

    fn value(live: &[Live<'_, bool>]) -> bool {
        !live.is_empty() && live.iter().all(|write| *write.piece)
    }
}

impl StoreSubject for DwFlag {
    type Real = Self;

    fn apply(cursor: &mut <Self as DotStore>::Cursor<'_>, enable: &bool) {
        if *enable {
            cursor.enable();
        } else {
            cursor.disable();
        }
        assert_eq!(cursor.is_enabled(), *enable);
    }

    fn read(real: &Self) -> bool {
        real.is_enabled()
    }
}
