//! What the derives write, on structs of every shape.

mod design;
mod digest;
mod evolution;
mod generics;
mod join;
mod json;
mod mixed;
mod names;
mod phases;
mod top;
mod watch;

use rejoin_core::{
    Causal, Crdt, Decompose, Diff, Dot, DotFun, DotMap, DotSet, DotStore, Edit, ReplicaId,
};
use top::Top;

const ALICE: ReplicaId = ReplicaId::from_u128(1);
const BOB: ReplicaId = ReplicaId::from_u128(2);

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
struct Shop {
    visits: Top,
    best: Top,
    cart: Causal<Cart>,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore)]
struct Cart {
    lines: DotMap<String, Line>,
    note: DotFun<&'static str>,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore)]
struct Line(DotFun<u32>, DotSet);

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
struct Pair(Top, Top);

#[derive(Clone, Copy, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
struct Unit;

#[derive(Clone, Debug, Default, PartialEq, DotStore)]
struct Nothing;

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
struct Braces {}

/// Its only field stays local.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
struct Local {
    #[crdt(skip)]
    cache: Vec<u8>,
}

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
struct Cached {
    #[crdt(skip)]
    reads: u32,
    count: Top,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore)]
struct CachedStore(#[crdt(skip)] u32, DotSet);

/// The type of its local field has no default.
#[derive(Clone, Debug, PartialEq, Crdt, Diff, Decompose)]
struct Named {
    #[crdt(skip)]
    name: Name,
    count: Top,
}

#[derive(Clone, Debug, PartialEq)]
struct Name(&'static str);

impl Default for Named {
    fn default() -> Self {
        Self { name: Name("nobody's"), count: Top::default() }
    }
}

/// Many fields.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
#[rustfmt::skip]
struct Wide {
    a: Top, b: Top, c: Top, d: Top, e: Top, f: Top, g: Top, h: Top, i: Top, j: Top, k: Top,
    l: Top, m: Top, #[crdt(skip)] local: u8, n: Top,
}

/// The laws, for two values and the parts of each.
fn check<T: Clone + std::fmt::Debug + PartialEq + Diff + Decompose>(a: &T, b: &T) {
    let join = |a: &T, b: &T| {
        let mut joined = a.clone();
        assert_eq!(joined.merge(b.clone()), joined != *a, "whether it changed");
        joined
    };
    let parts = |value: &T| {
        let mut parts = Vec::new();
        value.decompose(&mut |part| parts.push(part));
        parts
    };
    assert_eq!(join(a, b), join(b, a));
    assert_eq!(join(a, &T::default()), *a);
    assert_eq!(join(a, a), *a);
    for (here, there) in [(a, b), (b, a), (a, a), (a, &T::default())] {
        match here.diff(&there.digest()) {
            Some(news) => {
                assert_ne!(join(there, here), *there);
                assert_eq!(join(there, &news), join(there, here));
            }
            None => assert_eq!(join(there, here), *there),
        }
        assert_eq!(join(there, &here.difference(there)), join(there, here));
    }
    assert_eq!(parts(a).iter().fold(T::default(), |whole, part| join(&whole, part)), *a);
    for part in parts(a) {
        assert_eq!(parts(&part), [part], "irreducible");
    }
}

/// Edits a copy of `before`, and returns it after checking that the delta says all of the change.
fn edited<T: Edit + Clone + std::fmt::Debug + PartialEq>(
    before: &T,
    replica: ReplicaId,
    f: impl FnOnce(&mut T::Cursor<'_>),
) -> T {
    let (mut after, mut merged) = (before.clone(), before.clone());
    let delta = after.edit(replica, f);
    merged.merge(delta);
    assert_eq!(after, merged);
    after
}

fn shops() -> [Shop; 2] {
    let start = edited(&Shop::default(), ALICE, |shop| {
        shop.visits().raise(3);
        shop.cart().lines().entry("oat milk".into()).mark(2, false);
        shop.cart().lines().entry("tea".into()).mark(1, true);
    });
    let a = edited(&start, ALICE, |shop| {
        shop.best().raise(7);
        shop.cart().lines().remove("oat milk");
        shop.cart().note().write("ring twice");
    });
    let b = edited(&start, BOB, |shop| {
        shop.best().raise(5);
        shop.visits().raise(4);
        shop.cart().lines().entry("oat milk".into()).mark(6, true);
    });
    [a, b]
}

impl LineCursor<'_> {
    /// Cursors are open for methods of one's own.
    fn mark(&mut self, quantity: u32, gift: bool) {
        self._0().write(quantity);
        if gift {
            self._1().write();
        }
    }
}

#[test]
fn a_named_struct_obeys_the_laws() {
    let [a, b] = shops();
    check(&a, &b);
    check(&b, &a);
}

#[test]
fn merge_is_field_wise() {
    let [a, b] = shops();
    let mut whole = a.clone();
    whole.merge(b.clone());

    let mut fields = a;
    fields.visits.merge(b.visits);
    fields.best.merge(b.best);
    fields.cart.merge(b.cart);
    assert_eq!(whole, fields);
    assert_eq!((whole.visits, whole.best), (Top(4), Top(7)));
    let line = whole.cart.lines.get("oat milk").expect("the line that bob wrote again");
    let quantity: Vec<_> = line.0.iter().map(|(_, n)| *n).collect();
    assert_eq!(quantity, [6], "what bob wrote while alice removed the line");
}

#[test]
fn merge_does_not_stop_at_the_first_change() {
    let mut pair = Pair::default();
    assert!(pair.merge(Pair(Top(1), Top(2))));
    assert_eq!(pair, Pair(Top(1), Top(2)));
    assert!(pair.merge(Pair(Top(0), Top(3))), "the last field alone counts too");
    assert!(!pair.merge(Pair(Top(1), Top(3))));
}

#[test]
fn a_tuple_struct_has_numbered_methods() {
    let pair = edited(&Pair::default(), ALICE, |pair| {
        pair._0().raise(1);
        pair._1().raise(2);
        assert_eq!((pair.0, pair.1), (Top(1), Top(2)), "a cursor reads as its value");
    });
    check(&pair, &Pair(Top(9), Top(0)));
}

#[test]
fn a_delta_holds_what_changed() {
    let [mut shop, _] = shops();
    let delta = shop.edit(BOB, |shop| shop.best().raise(8));
    assert_eq!(delta, Shop { best: Top(8), ..Shop::default() });
    let delta = shop.edit(BOB, |_| {});
    assert_eq!(delta, Shop::default());
}

#[test]
fn a_difference_holds_what_the_peer_lacks() {
    let (here, there) = (Pair(Top(1), Top(2)), Pair(Top(1), Top(1)));
    assert_eq!(here.diff(&there.digest()), Some(Pair(Top(0), Top(2))));
    assert_eq!(there.diff(&here.digest()), None);
}

#[test]
fn nothing_obeys_the_laws() {
    check(&Unit, &Unit);
    check(&Braces {}, &Braces {});
    let nothing = Causal::<Nothing>::default();
    assert_eq!(edited(&nothing, ALICE, |cursor| assert_eq!(**cursor, Nothing)), nothing);
    check(&nothing, &nothing);
    assert!(Nothing.is_bottom());
}

#[test]
fn a_skipped_field_stays_here() {
    let mut here = Cached { reads: 5, count: Top(1) };
    let there = Cached { reads: 9, count: Top(2) };
    assert_eq!(here.diff(&there.digest()), None);
    assert_eq!(there.diff(&here.digest()), Some(Cached { reads: 0, count: Top(2) }));
    assert_eq!(there.difference(&here), Cached { reads: 0, count: Top(2) });

    assert!(here.merge(there.clone()));
    assert_eq!(here, Cached { reads: 5, count: Top(2) });
    assert!(!here.merge(there), "only the local field differs");

    let delta = here.edit(ALICE, |here| here.count().raise(3));
    assert_eq!(delta, Cached { reads: 0, count: Top(3) });

    let mut local = Local { cache: vec![1] };
    assert!(!local.merge(Local { cache: vec![2] }));
    assert_eq!(local.digest(), Local::default().digest());
    assert_eq!(local.cache, [1]);
}

#[test]
fn a_skipped_field_of_a_dot_store_stays_here() {
    let mut here = Causal::<CachedStore>::default();
    let delta = here.edit(ALICE, |store| store._1().write());
    assert_eq!(delta, here);
    let store = CachedStore(7, DotSet::default());
    let mut there = Causal::from_parts(store, <_>::default(), <_>::default())
        .expect("no dot to be wrong about");
    assert!(there.is_bottom(), "a local field is no content");
    there.edit(BOB, |store| store._1().write());
    there.merge(here);
    assert_eq!((there.0, there.1.len()), (7, 2));
    there.pieces(&mut |_, piece| assert_eq!(piece.0, 0));
    assert_eq!(there.within(there.context()).0, 0);
}

#[test]
fn a_skipped_field_is_as_in_the_default_of_the_struct() {
    let here = Named { name: Name("ours"), count: Top(2) };
    let delta = here.diff(&Named::default().digest()).expect("a count");
    assert_eq!(delta, Named { name: Name("nobody's"), count: Top(2) });
    here.decompose(&mut |part| assert_eq!(part.name, Name("nobody's")));
}

#[test]
fn a_struct_may_have_many_fields() {
    let start = Wide::default();
    let a = edited(&start, ALICE, |wide| {
        wide.a().raise(1);
        wide.l().raise(2);
        wide.m().raise(3);
    });
    let b = edited(&start, BOB, |wide| {
        wide.a().raise(2);
        wide.n().raise(4);
    });
    check(&a, &b);
    let digest = format!("{:?}", a.digest());
    assert!(digest.starts_with("WideDigest { a: 1, b: 0, ") && digest.ends_with("m: 3, n: 0 }"));
    let news = a.diff(&b.digest());
    assert_eq!(news, Some(Wide { l: Top(2), m: Top(3), ..Wide::default() }));
}

#[test]
fn a_dot_store_is_all_of_its_fields() {
    let [shop, _] = shops();
    let (mut dots, mut pieces) = (Vec::<Dot>::new(), Vec::new());
    shop.cart.dots(&mut |dot| dots.push(dot));
    shop.cart.pieces(&mut |dot, piece: Cart| pieces.push((dot, piece)));
    assert_eq!(dots.len(), 3, "a quantity, a gift and a note");
    assert_eq!(dots, pieces.iter().map(|(dot, _)| *dot).collect::<Vec<_>>());
    for (dot, piece) in pieces {
        let mut own = Vec::new();
        piece.dots(&mut |dot| own.push(dot));
        assert_eq!(own, [dot], "a piece has its dot and no other");
    }
    assert!(!shop.cart.is_bottom());
    assert_eq!(shop.cart.within(shop.cart.context()), *shop.cart.store());
    assert!(shop.cart.within(&<_>::default()).is_bottom());
}

#[test]
fn a_removal_reaches_every_field() {
    let [mut a, mut b] = shops();
    a.merge(b.clone());
    b.merge(a.edit(ALICE, |shop| {
        shop.cart().lines().remove("tea");
        shop.cart().note().clear();
    }));
    b.merge(a.clone());
    assert_eq!(a, b);
    assert!(!b.cart.lines.contains_key("tea") && b.cart.note.is_empty());
}

#[test]
fn a_cursor_is_debug() {
    let mut shop = Shop::default();
    shop.edit(ALICE, |shop| {
        assert_eq!(format!("{shop:?}"), "ShopCursor { .. }");
        assert_eq!(format!("{:?}", shop.cart()), "CartCursor { .. }");
    });
}
