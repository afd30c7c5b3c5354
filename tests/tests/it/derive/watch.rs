//! What a merge changes, field by field.

use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

use rejoin_core::{
    Causal, CausalContext, Crdt, DotFun, DotMap, DotSet, DotStore, Edit, EntryChange, ValueChange,
    Watch, WatchStore,
};
use rejoin_counters::GCounter;
use rejoin_maps::OrMap;
use rejoin_registers::{EwFlag, Max, MvRegister};
use rejoin_sets::AwSet;

use super::{ALICE, BOB};

#[derive(Clone, Debug, Default, PartialEq, Crdt, Watch)]
struct Shop {
    visits: GCounter,
    #[crdt(skip)]
    opened: u32,
    cart: Causal<Cart>,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, WatchStore)]
struct Cart {
    lines: OrMap<&'static str, Line>,
    coupons: AwSet<&'static str>,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, WatchStore)]
struct Line(MvRegister<u32>, EwFlag, #[crdt(skip)] u8);

fn changes<W: Watch>(here: &mut W, other: W) -> Vec<W::Change> {
    let mut changes = Vec::new();
    here.merge_watched(other, &mut |change| changes.push(change));
    changes
}

#[test]
fn a_nested_struct_tells_what_changed_in_the_order_of_its_fields() {
    let mut here = Shop::default();
    here.edit(ALICE, |shop| {
        shop.cart().lines().entry("tea")._0().set(1u32);
        shop.cart().coupons().insert("OLD");
    });
    let mut there = here.clone();
    let delta = there.edit(BOB, |shop| {
        shop.cart().coupons().insert("NEW");
        shop.cart().coupons().remove("OLD");
        shop.cart().lines().entry("milk")._0().set(2u32);
        shop.cart().lines().entry("tea")._0().set(3u32);
        shop.cart().lines().entry("tea")._1().enable();
        shop.visits().increment(5);
    });

    let tea = [
        LineChange::Field0(ValueChange { before: vec![1], after: vec![3] }),
        LineChange::Field1(ValueChange { before: false, after: true }),
    ];
    let expected = [
        ShopChange::Visits(ValueChange { before: 0, after: 5 }),
        ShopChange::Cart(CartChange::Lines(EntryChange::Added("milk"))),
        ShopChange::Cart(CartChange::Lines(EntryChange::Updated("tea", tea.into()))),
        ShopChange::Cart(CartChange::Coupons(EntryChange::Added("NEW"))),
        ShopChange::Cart(CartChange::Coupons(EntryChange::Removed("OLD"))),
    ];
    assert_eq!(changes(&mut here, delta.clone()), expected);
    assert_eq!(here, there);
    assert_eq!(changes(&mut here, delta), []);
    assert_eq!(changes(&mut here, Shop { opened: 7, ..Shop::default() }), []);
}

/// Watched structs that come back to themselves through each other.
#[derive(Clone, Debug, Default, PartialEq, DotStore, WatchStore)]
struct Folder {
    files: OrMap<u8, File>,
    folders: OrMap<u8, Self>,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, WatchStore)]
struct File {
    starred: EwFlag,
    attached: OrMap<u8, Folder>,
}

#[test]
fn structs_may_contain_each_other() {
    let mut here = Causal::<Folder>::default();
    here.edit(ALICE, |root| root.files().entry(1).starred().enable());
    let mut there = here.clone();
    there.edit(BOB, |root| {
        root.files()
            .entry(1)
            .attached()
            .entry(2)
            .folders()
            .entry(3)
            .files()
            .entry(4)
            .starred()
            .enable();
    });
    let attached = FileChange::Attached(EntryChange::Added(2));
    let expected = FolderChange::Files(EntryChange::Updated(1, [attached].into()));
    let seen = changes(&mut here, there);
    assert_eq!(seen, [expected]);
    assert_eq!(format!("{seen:?}"), "[Files(Updated(1, [Attached(Added(2))]))]");
}

/// Bounds, where clause and default are the struct's own.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Watch)]
struct Both<A: Clone, B = Max<u64>>
where
    B: Debug,
{
    left: A,
    right: B,
}

/// Parameters of which the changes use some.
#[derive(Clone, Debug, Default, PartialEq, DotStore, WatchStore)]
struct Labelled<K: Clone + Hash + Ord, S, T: From<K> = String, const N: usize = 1>
where
    S: Clone,
    T: Default,
{
    labels: DotMap<K, DotSet>,
    content: S,
    #[crdt(skip)]
    marker: PhantomData<T>,
}

/// Recursive with a parameter.
#[derive(Clone, Debug, PartialEq, DotStore, WatchStore)]
#[crdt(bound = "T: Clone + PartialEq")]
struct Tree<T> {
    value: MvRegister<T>,
    children: OrMap<u32, Tree<T>>,
}

impl<T> Default for Tree<T> {
    fn default() -> Self {
        Self { value: MvRegister::default(), children: OrMap::default() }
    }
}

#[test]
fn parameters_are_carried_over() {
    let mut both = Both::<Max<u8>, GCounter>::default();
    let mut other = both.clone();
    other.edit(ALICE, |both| {
        both.left().set(3);
        both.right().increment(4);
    });
    let expected: [BothChange<Max<u8>, GCounter>; 2] = [
        BothChange::Left(ValueChange { before: None, after: Some(3) }),
        BothChange::Right(ValueChange { before: 0, after: 4 }),
    ];
    assert_eq!(changes(&mut both, other), expected);

    let mut labelled = Causal::<Labelled<u8, EwFlag, u16>>::default();
    let mut other = labelled.clone();
    other.edit(ALICE, |labelled| {
        labelled.labels().entry(1).write();
        labelled.content().enable();
    });
    let expected: [LabelledChange<u8, EwFlag>; 2] = [
        LabelledChange::Labels(EntryChange::Added(1)),
        LabelledChange::Content(ValueChange { before: false, after: true }),
    ];
    assert_eq!(changes(&mut labelled, other), expected);

    let mut tree = Causal::<Tree<char>>::default();
    tree.edit(ALICE, |tree| tree.children().entry(1u32).value().set('a'));
    let mut other = tree.clone();
    other.edit(BOB, |tree| tree.children().entry(1u32).value().set('b'));
    let value = TreeChange::Value(ValueChange { before: vec!['a'], after: vec!['b'] });
    let expected = TreeChange::Children(EntryChange::Updated(1, [value].into()));
    assert_eq!(changes(&mut tree, other), [expected]);
}

/// The value of a parameter may lack what the changes could have.
#[derive(Clone, Default)]
struct Secret(u8);

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

#[derive(Clone, Default, DotStore, WatchStore)]
struct Account<T: Clone + PartialEq> {
    password: MvRegister<T>,
}

/// And so may that of a field, if that is said.
#[derive(Clone, Default, DotStore, WatchStore)]
#[crdt(change = "Login", change_derive = "Clone, PartialEq")]
struct User {
    account: Account<Secret>,
    logins: Counted,
}

/// A dot store whose changes are nothing but changes.
#[derive(Clone, Default, DotStore, WatchStore)]
#[crdt(change_derive = "")]
struct Silent(Counted);

#[derive(Clone, Default, DotStore)]
struct Counted(DotFun<u8>);

impl WatchStore for Counted {
    type Change = Secret;

    fn changes(
        &self,
        own: &CausalContext,
        other: &Self,
        _theirs: &CausalContext,
        visit: &mut dyn FnMut(Secret),
    ) {
        other.dots(&mut |dot| {
            if !own.contains(dot) {
                visit(Secret(0));
            }
        });
    }
}

#[test]
fn changes_have_the_traits_that_their_fields_have() {
    let mut user = Causal::<User>::default();
    let mut other = user.clone();
    other.edit(ALICE, |user| {
        user.account().password().set(Secret(1));
        user.logins()._0().write(1);
    });
    let seen = changes(&mut user, other);
    let password = ValueChange { before: vec![], after: vec![Secret(1)] };
    let expected = [Login::Account(AccountChange::Password(password)), Login::Logins(Secret(0))];
    assert!(seen.clone() == expected);

    let mut silent = Causal::<Silent>::default();
    let mut other = silent.clone();
    other.edit(ALICE, |silent| silent._0()._0().write(1));
    assert!(matches!(&changes(&mut silent, other)[..], [SilentChange::Field0(Secret(0))]));

    let password =
        |to| AccountChange::<u8>::Password(ValueChange { before: vec![], after: vec![to] });
    assert_eq!(format!("{:?}", password(1)), "Password(ValueChange { before: [], after: [1] })");
    assert_eq!(password(1).clone(), password(1));
    assert_ne!(password(1), password(2));
    let same = ValueChange { before: None, after: Some(1) };
    assert_ne!(HostileChange::Change(same), HostileChange::Other(same), "another field");
}

#[derive(Clone, Debug, Default, PartialEq, Crdt, Watch)]
struct Unit;

#[derive(Clone, Debug, Default, PartialEq, DotStore, WatchStore)]
struct Braces {
    #[crdt(skip)]
    local: u8,
}

#[test]
fn nothing_never_changes() {
    assert_eq!(changes(&mut Unit, Unit), []);
    let mut braces = Causal::<Braces>::default();
    let other = Causal::default();
    assert_eq!(changes(&mut braces, other), []);
}

/// Names that generated code uses, keywords, and names that are no variants as they are.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Watch)]
struct Hostile {
    change: Max<u8>,
    other: Max<u8>,
    visit: Max<u8>,
    r#type: Max<u8>,
    self_: Max<u8>,
    _0: Max<u8>,
    __: Max<u8>,
    snake_case_2: Max<u8>,
    option: Max<u8>,
    ünder: Max<u8>,
}

#[test]
fn variants_are_named_as_fields() {
    let max = || ValueChange { before: None, after: Some(1) };
    let all = [
        HostileChange::Change(max()),
        HostileChange::Other(max()),
        HostileChange::Visit(max()),
        HostileChange::Type(max()),
        HostileChange::Self_(max()),
        HostileChange::Field0(max()),
        HostileChange::Field(max()),
        HostileChange::SnakeCase2(max()),
        HostileChange::Option(max()),
        HostileChange::Ünder(max()),
    ];
    let mut here = Hostile::default();
    let mut other = here.clone();
    other.edit(ALICE, |it| {
        it.change().set(1);
        it.other().set(1);
        it.visit().set(1);
        it.r#type().set(1);
        it.self_().set(1);
        it._0().set(1);
        it.__().set(1);
        it.snake_case_2().set(1);
        it.option().set(1);
        it.ünder().set(1);
    });
    assert_eq!(changes(&mut here, other), all);
}

/// The changes are as visible as the struct, whatever its fields are.
mod public {
    use super::{Causal, Crdt, DotStore, EwFlag, Watch, WatchStore};

    #[derive(Clone, Debug, Default, PartialEq, Crdt, Watch)]
    pub(crate) struct Gate {
        open: Causal<Hinge>,
    }

    #[derive(Clone, Debug, Default, PartialEq, DotStore, WatchStore)]
    struct Hinge {
        turned: EwFlag,
    }

    pub(crate) fn turn(gate: &mut Gate) {
        rejoin_core::Edit::edit(gate, super::ALICE, |gate| gate.open().turned().enable());
    }
}

#[test]
fn changes_are_as_visible_as_their_structs() {
    let (mut here, mut there) = (public::Gate::default(), public::Gate::default());
    public::turn(&mut there);
    let seen: Vec<public::GateChange> = changes(&mut here, there);
    assert!(matches!(&seen[..], [public::GateChange::Open(..)]));
}
