//! Names that the generated code must not stumble over, and renamed crates and cursors.

use rejoin_core::{Causal, Crdt, Decompose, Diff, DotFun, DotSet, DotStore, ValueChange, Watch};

use super::top::Top;
use super::{ALICE, BOB, check, edited};

/// Names of the fields and locals of generated code, of trait methods, and keywords.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
struct Hostile {
    value: Top,
    delta: Top,
    writer: Top,
    replica: Top,
    edit: Top,
    cursor: Top,
    merge: Top,
    digest: Top,
    diff: Top,
    other: Top,
    changed: Top,
    deref: Top,
    fmt: Top,
    drop: Top,
    clone: Top,
    r#type: Top,
    r#match: Top,
    _0: Top,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore)]
struct HostileStore {
    value: DotSet,
    delta: DotSet,
    writer: DotSet,
    cursor: DotSet,
    dots: DotSet,
    join: DotSet,
    own: DotSet,
    journal: DotSet,
    visit: DotSet,
    piece: DotSet,
    unseen: DotSet,
    pieces: DotSet,
    is_bottom: DotSet,
    reborrow: DotSet,
    r#type: DotFun<u8>,
}

/// Parameters named as what generated code names.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
struct Shadow<Option, Edit, Digest> {
    some: Option,
    edit: Edit,
    cursor: Digest,
}

/// Types that shadow std's and core's names.
mod shadowed {
    use super::{Top, check, edited};

    #[derive(
        Clone,
        Debug,
        Default,
        PartialEq,
        rejoin_core::Crdt,
        rejoin_core::Diff,
        rejoin_core::Decompose,
        rejoin_core::Watch,
    )]
    struct Option {
        bool: Top,
    }

    #[derive(Clone, Debug, Default, PartialEq, rejoin_core::DotStore, rejoin_core::WatchStore)]
    struct Dot {
        set: rejoin_core::DotSet,
    }

    #[derive(
        Debug,
        PartialEq,
        Clone,
        rejoin_core::Crdt,
        rejoin_core::Diff,
        rejoin_core::Decompose,
        rejoin_core::Watch,
    )]
    #[crdt(ordered)]
    enum Ordering {
        None,
        Some,
    }

    #[expect(non_camel_case_types, dead_code, reason = "shadows a primitive")]
    struct bool;
    #[expect(dead_code, reason = "shadows a trait of the prelude")]
    trait Default {}

    #[test]
    fn shadowed_names_do_not_matter() {
        let one = edited(&<Option as ::core::default::Default>::default(), super::ALICE, |one| {
            one.bool().raise(1);
        });
        check(&one, &Option { bool: Top(2) });
        let some = edited(&Ordering::None, super::ALICE, |it| {
            it.advance(Ordering::Some);
        });
        check(&some, &Ordering::None);
        let dot = edited(&rejoin_core::Causal::<Dot>::default(), super::BOB, |dot| {
            dot.set().write();
        });
        check(&dot, &dot);
    }
}

/// The crate under another name, without `rejoin_core` being in reach of relative paths.
mod renamed {
    extern crate rejoin_core as crdts;

    use super::Top;

    #[derive(
        Clone, Debug, Default, PartialEq, crdts::Crdt, crdts::Diff, crdts::Decompose, crdts::Watch,
    )]
    #[crdt(crate = "crdts")]
    pub(super) struct Lattice {
        pub(super) top: Top,
        #[crdt(join)]
        pub(super) phase: Phase,
    }

    #[derive(
        Clone, Debug, Default, PartialEq, crdts::Crdt, crdts::Diff, crdts::Decompose, crdts::Watch,
    )]
    #[crdt(ordered, crate = "crdts")]
    pub(super) enum Phase {
        #[default]
        First,
        Last,
    }
}

/// A crate that re-exports just what the derives name.
mod facade {
    pub(super) use rejoin_core::{
        __private, CausalContext, Crdt, Decompose, Diff, Dot, DotStore, Draft, Edit, ForkedId,
        JoinCursor, ReplicaId, ValueChange, Watch, WatchStore, store,
    };
}

/// A crate that re-exports core is enough.
mod leaf {
    #[derive(
        Clone,
        Debug,
        Default,
        PartialEq,
        rejoin_maps::Crdt,
        rejoin_maps::Diff,
        rejoin_maps::laws::AnyEdit,
    )]
    #[crdt(crate = "rejoin_maps::rejoin_core")]
    pub(super) struct Scores {
        best: rejoin_maps::GMap<u8, rejoin_counters::GCounter>,
    }

    #[test]
    fn a_leaf_crate_stands_for_core() {
        rejoin_maps::laws::check_merge::<Scores>(|scores, g| {
            rejoin_maps::laws::AnyEdit::any_edit(scores, g);
        });
    }
}

#[derive(
    Clone, Debug, Default, PartialEq, facade::Crdt, facade::Diff, facade::Decompose, facade::Watch,
)]
#[crdt(crate = "crate::derive::names::facade", cursor = "LatticeEditor", change = "LatticeNews")]
struct Lattice<T>(T, #[crdt(join)] Top);

#[derive(
    Clone, Debug, Default, PartialEq, facade::Crdt, facade::Diff, facade::Decompose, facade::Watch,
)]
#[crdt(ordered, crate = "crate::derive::names::facade", cursor = "PhaseEditor")]
enum Phase {
    #[default]
    First,
    Last,
}

#[derive(Clone, Debug, Default, PartialEq, facade::DotStore, facade::WatchStore)]
#[crdt(crate = "crate::derive::names::facade", change = "StoreNews")]
#[crdt(cursor = "StoreEditor")]
struct Store {
    set: DotSet,
}

/// What the renamed types would be called otherwise.
#[expect(dead_code, reason = "only its name counts")]
struct LatticeCursor;
#[expect(dead_code, reason = "only its name counts")]
struct LatticeChange;
#[expect(dead_code, reason = "only its name counts")]
struct PhaseCursor;
#[expect(dead_code, reason = "only its name counts")]
struct StoreCursor;
#[expect(dead_code, reason = "only its name counts")]
struct StoreChange;

/// Cursors are as visible as their structs, and their methods as the fields.
mod public {
    use super::Top;

    #[derive(Clone, Debug, Default, PartialEq, rejoin_core::Crdt)]
    pub(crate) struct Gate {
        pub(crate) open: Top,
        hidden: Top,
    }

    pub(crate) fn hide(gate: &mut GateCursor<'_>) {
        gate.hidden().raise(9);
    }
}

#[test]
fn hostile_field_names_work() {
    let start = Hostile::default();
    let a = edited(&start, ALICE, |it| {
        it.value().raise(1);
        it.delta().raise(2);
        it.edit().raise(3);
        it.cursor().raise(4);
        it.deref().raise(5);
        it.drop().raise(6);
        it.r#type().raise(7);
        it.r#match().raise(8);
        it._0().raise(9);
        assert_eq!((it.value, it.delta, it.r#type), (Top(1), Top(2), Top(7)));
        assert_eq!((it.writer, it.replica), (Top(0), Top(0)));
    });
    let b = edited(&start, BOB, |it| {
        it.writer().raise(1);
        it.replica().raise(2);
        it.merge().raise(3);
        it.fmt().raise(4);
        it.clone().raise(5);
    });
    check(&a, &b);
}

#[test]
fn hostile_field_names_work_in_dot_stores() {
    let start = Causal::<HostileStore>::default();
    let a = edited(&start, ALICE, |it| {
        it.value().write();
        it.delta().write();
        it.writer().write();
        it.journal().write();
        it.r#type().write(1);
        assert!(!it.value.is_empty() && it.reborrow.is_empty());
    });
    let b = edited(&a, BOB, |it| {
        it.value().clear();
        it.is_bottom().write();
        it.pieces().write();
    });
    check(&a, &b);
}

#[test]
fn parameters_may_be_named_as_traits() {
    let a = edited(&Shadow::<Top, Top, Top>::default(), ALICE, |it| {
        it.some().raise(1);
        it.cursor().raise(2);
    });
    check(&a, &Shadow { some: Top(0), edit: Top(3), cursor: Top(1) });
}

#[test]
fn the_crate_may_be_renamed() {
    let a = edited(&renamed::Lattice::default(), ALICE, |it| it.top().raise(1));
    check(&a, &renamed::Lattice::default());
    let a = edited(&Lattice::<Top>::default(), ALICE, |it: &mut LatticeEditor<'_, Top>| {
        it._0().raise(1);
        it._1().join(Top(3));
    });
    check(&a, &Lattice(Top(2), Top(1)));
    let a = edited(&Causal::<Store>::default(), ALICE, |it: &mut StoreEditor<'_>| {
        it.set().write();
    });
    check(&a, &a);
    let a = edited(&Phase::First, ALICE, |it: &mut PhaseEditor<'_>| {
        it.advance(Phase::Last);
    });
    check(&a, &Phase::First);
    let a = edited(&renamed::Lattice::default(), ALICE, |it| {
        it.phase().join(renamed::Phase::Last);
    });
    let mut seen = Vec::new();
    renamed::Lattice::default().changes(&a, &mut |change| seen.push(change));
    assert!(matches!(seen[..], [renamed::LatticeChange::Phase(_)]));
    let mut seen: Vec<LatticeNews<Top>> = Vec::new();
    Lattice::<Top>::default().changes(&Lattice(Top(1), Top(0)), &mut |change| seen.push(change));
    assert_eq!(seen, [LatticeNews::Field0(ValueChange { before: 0, after: 1 })]);
    let mut seen: Vec<StoreNews> = Vec::new();
    Causal::<Store>::default().changes(&Causal::default(), &mut |news| seen.push(news));
    assert_eq!(seen, []);
}

#[test]
fn cursors_are_as_visible_as_their_structs() {
    let gate = edited(&public::Gate::default(), ALICE, |gate: &mut public::GateCursor<'_>| {
        gate.open().raise(1);
        public::hide(gate);
    });
    assert_eq!(gate.open, Top(1));
}

/// A struct inside a function.
#[test]
fn structs_may_be_local() {
    #[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
    struct Inner {
        top: Top,
    }
    let a = edited(&Inner::default(), ALICE, |it: &mut InnerCursor<'_>| it.top().raise(1));
    check(&a, &Inner::default());
}

/// A struct that a macro writes.
#[test]
fn structs_may_come_from_macros() {
    macro_rules! two {
        ($name:ident<$param:ident> { $field:ident: $ty:ty }) => {
            #[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
            struct $name<$param: Clone> {
                $field: $ty,
                other: $param,
            }
        };
    }
    two!(r#Try<T> { r#yield: Top });
    let a = edited(&Try::<Top>::default(), ALICE, |it: &mut TryCursor<'_, Top>| {
        it.r#yield().raise(1);
        it.other().raise(2);
    });
    check(&a, &Try::default());
}
