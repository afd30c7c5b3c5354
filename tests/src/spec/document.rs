use rejoin_core::DotStore;
use rejoin_counters::ResetCounter;
use rejoin_maps::OrMap;
use rejoin_registers::{DwFlag, EwFlag, MvRegister};
use rejoin_sets::{AwBag, AwSet, RwSet};
use serde::{Deserialize, Serialize};

use super::Both;
use super::Either::{A, B};
use crate::oracle::{Effect, Live, Spec};
use crate::rng::Rng;
use crate::spec::StoreSubject;

/// A struct of every dot store.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
pub struct Document {
    /// A map.
    pub entries: OrMap<u8, MvRegister<u8>>,
    /// An add-wins set.
    pub tags: AwSet<u8>,
    /// A remove-wins set.
    pub admins: RwSet<u8>,
    /// A register.
    pub title: MvRegister<u8>,
    /// A counter.
    pub votes: ResetCounter,
    /// A flag that concurrent writers raise.
    pub starred: EwFlag,
    /// A flag that concurrent writers hold down.
    pub public: DwFlag,
    /// A multiset.
    pub parts: AwBag<u8>,
}

type Containers = Both<Both<OrMap<u8, MvRegister<u8>>, AwSet<u8>>, Both<RwSet<u8>, MvRegister<u8>>>;
type Others = Both<Both<ResetCounter, EwFlag>, Both<DwFlag, AwBag<u8>>>;
type Fields = Both<Containers, Others>;

/// Fields do not know of each other.
impl Spec for Document {
    type Op = <Fields as Spec>::Op;
    type Piece = <Fields as Spec>::Piece;
    type Value = <Fields as Spec>::Value;

    fn op(rng: &mut Rng) -> Self::Op {
        Fields::op(rng)
    }

    fn split(op: &Self::Op) -> Vec<Self::Op> {
        Fields::split(op)
    }

    fn effect(
        op: &Self::Op,
        replica: usize,
        live: &[Live<'_, Self::Piece>],
    ) -> Effect<Self::Piece> {
        Fields::effect(op, replica, live)
    }

    fn value(live: &[Live<'_, Self::Piece>]) -> Self::Value {
        Fields::value(live)
    }
}

impl StoreSubject for Document {
    type Real = Self;

    fn apply(cursor: &mut <Self as DotStore>::Cursor<'_>, op: &Self::Op) {
        match op {
            A(A(A(op))) => OrMap::<u8, MvRegister<u8>>::apply(&mut cursor.entries(), op),
            A(A(B(op))) => AwSet::apply(&mut cursor.tags(), op),
            A(B(A(op))) => RwSet::apply(&mut cursor.admins(), op),
            A(B(B(op))) => MvRegister::apply(&mut cursor.title(), op),
            B(A(A(op))) => ResetCounter::apply(&mut cursor.votes(), op),
            B(A(B(op))) => EwFlag::apply(&mut cursor.starred(), op),
            B(B(A(op))) => DwFlag::apply(&mut cursor.public(), op),
            B(B(B(op))) => AwBag::apply(&mut cursor.parts(), op),
        }
    }

    fn read(real: &Self) -> Self::Value {
        let containers = (
            (OrMap::<u8, MvRegister<u8>>::read(&real.entries), AwSet::read(&real.tags)),
            (RwSet::read(&real.admins), MvRegister::read(&real.title)),
        );
        let others = (
            (ResetCounter::read(&real.votes), EwFlag::read(&real.starred)),
            (DwFlag::read(&real.public), AwBag::read(&real.parts)),
        );
        (containers, others)
    }
}
