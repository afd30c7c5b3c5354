//! Parameters, where clauses, inferred and given bounds, and structs that contain themselves.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

use rejoin_core::{Causal, Crdt, Decompose, Diff, DotFun, DotMap, DotSet, DotStore, Draft, Edit};

use super::top::Top;
use super::{ALICE, BOB, check, edited};

/// Bounds, where clause and default are the struct's own.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose)]
struct Both<A: Clone, B = Top>
where
    B: Debug,
{
    left: A,
    right: B,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore)]
struct Labelled<K: Clone + Hash + Ord, S>
where
    S: Clone,
{
    labels: DotMap<K, DotSet>,
    content: S,
}

/// An array of tops, as a lattice of any length.
#[derive(Clone, Debug, PartialEq)]
struct Row<const N: usize>([Top; N]);

impl<const N: usize> Default for Row<N> {
    fn default() -> Self {
        Self([Top(0); N])
    }
}

impl<const N: usize> Crdt for Row<N> {
    fn merge(&mut self, other: Self) -> bool {
        self.0.iter_mut().zip(other.0).fold(false, |changed, (a, b)| a.merge(b) | changed)
    }
}

impl<const N: usize> Edit for Row<N> {
    type Cursor<'a> = RowCursor<'a, N>;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> RowCursor<'a, N> {
        RowCursor { delta: draft.into_delta(self), value: self }
    }
}

#[derive(Debug)]
struct RowCursor<'a, const N: usize> {
    value: &'a mut Row<N>,
    delta: &'a mut Row<N>,
}

impl<const N: usize> RowCursor<'_, N> {
    fn raise(&mut self, at: usize, to: u64) {
        self.value.0[at].merge(Top(to));
        self.delta.0[at].merge(Top(to));
    }
}

#[derive(Clone, Debug, Default, PartialEq, Crdt)]
struct Grid<const N: usize, const M: usize = 2> {
    rows: Row<N>,
    columns: Row<M>,
}

/// `T` is in a skipped field only, so it need not be anything.
#[derive(Debug, Crdt, Diff, Decompose)]
struct Marked<T> {
    count: Top,
    #[crdt(skip)]
    marker: PhantomData<T>,
}

impl<T> Clone for Marked<T> {
    fn clone(&self) -> Self {
        Self { count: self.count, marker: PhantomData }
    }
}

impl<T> Default for Marked<T> {
    fn default() -> Self {
        Self { count: Top(0), marker: PhantomData }
    }
}

/// Needs no bounds, and says so.
#[derive(Debug, Crdt, Diff, Decompose)]
#[crdt(bound = "")]
struct Unbound<T> {
    count: Top,
    tag: Causal<Inert<T>>,
}

impl<T> Clone for Unbound<T> {
    fn clone(&self) -> Self {
        Self { count: self.count, tag: self.tag.clone() }
    }
}

impl<T> Default for Unbound<T> {
    fn default() -> Self {
        Self { count: Top(0), tag: Causal::default() }
    }
}

#[derive(Debug, DotStore)]
#[crdt(bound = "")]
struct Inert<T>(DotSet, #[crdt(skip)] PhantomData<T>);

impl<T> Clone for Inert<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<T> Default for Inert<T> {
    fn default() -> Self {
        Self(DotSet::default(), PhantomData)
    }
}

/// Recursive without parameters, by name.
#[derive(Clone, Debug, Default, PartialEq, DotStore)]
struct Json {
    text: DotFun<String>,
    list: DotMap<u32, Json>,
    map: DotMap<String, Json>,
}

/// Recursive without parameters, through another struct, as `Self`.
#[derive(Clone, Debug, Default, PartialEq, DotStore)]
struct Folder(DotMap<String, File>, DotMap<String, Self>);

#[derive(Clone, Debug, Default, PartialEq, DotStore)]
struct File {
    attached: DotMap<String, Folder>,
}

/// Recursive with a parameter that another field bounds.
#[derive(Clone, Debug, DotStore)]
struct Tree<T> {
    value: DotFun<T>,
    children: DotMap<u32, Tree<T>>,
}

impl<T> Default for Tree<T> {
    fn default() -> Self {
        Self { value: DotFun::default(), children: DotMap::default() }
    }
}

impl<T: PartialEq> PartialEq for Tree<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && self.children == other.children
    }
}

/// Recursive with a parameter that only the recursion needs.
#[derive(Clone, DotStore)]
#[crdt(bound = "K: Clone + Hash + Eq, Self: Sized")]
struct Trie<K> {
    present: DotSet,
    below: DotMap<K, Self>,
}

impl<K> Default for Trie<K> {
    fn default() -> Self {
        Self { present: DotSet::default(), below: DotMap::default() }
    }
}

/// A lattice that contains itself, through a map by hand. It has no `Diff`, because the tuple of
/// its fields' digests would contain itself as well.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Decompose)]
struct Org {
    size: Top,
    teams: Teams<Org>,
}

#[derive(Clone, Debug, PartialEq)]
struct Teams<T>(BTreeMap<u8, T>);

impl<T> Default for Teams<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Crdt> Crdt for Teams<T> {
    fn merge(&mut self, other: Self) -> bool {
        let mut changed = false;
        for (key, value) in other.0 {
            changed |= self.0.entry(key).or_default().merge(value);
        }
        changed
    }
}

impl<T: Crdt> Edit for Teams<T> {
    type Cursor<'a>
        = (&'a mut Self, &'a mut Self)
    where
        T: 'a;

    fn cursor<'a>(&'a mut self, draft: Draft<'a, Self>) -> Self::Cursor<'a> {
        let delta = draft.into_delta(self);
        (self, delta)
    }
}

impl<T: Decompose> Decompose for Teams<T> {
    fn decompose(&self, visit: &mut dyn FnMut(Self)) {
        for (key, value) in &self.0 {
            value.decompose(&mut |part| visit(Self([(*key, part)].into())));
        }
    }
}

#[test]
fn type_parameters_take_lattices() {
    type Value = Both<Top, Both<Causal<DotSet>>>;
    let start = Value::default();
    let a = edited(&start, ALICE, |both| {
        both.left().raise(1);
        both.right().left().write();
    });
    let b = edited(&a, BOB, |both| {
        both.right().left().clear();
        both.right().right().raise(2);
    });
    check(&a, &b);
    check(&start, &b);
}

#[test]
fn type_parameters_take_dot_stores() {
    type Value = Causal<Labelled<&'static str, Labelled<u8, DotFun<char>>>>;
    let start = Value::default();
    let a = edited(&start, ALICE, |outer| {
        outer.labels().entry("new").write();
        outer.content().labels().entry(1).write();
        outer.content().content().write('a');
    });
    let b = edited(&a, BOB, |outer| {
        outer.labels().remove("new");
        outer.content().content().write('b');
    });
    check(&a, &b);
    check(&b, &start);
}

#[test]
fn const_parameters_work() {
    let start = Grid::<3>::default();
    let a = edited(&start, ALICE, |grid| grid.rows().raise(2, 5));
    let mut b = edited(&start, BOB, |grid| grid.columns().raise(1, 6));
    assert!(b.merge(a));
    assert_eq!((b.rows.0[2], b.columns.0[1]), (Top(5), Top(6)));
}

#[test]
fn a_parameter_of_a_skipped_field_is_free() {
    struct NotEvenDefault;
    let mut value = Marked::<NotEvenDefault>::default();
    let delta = value.edit(ALICE, |value| value.count().raise(1));
    assert_eq!(delta.count, Top(1));
    assert!(value.diff(&delta.digest()).is_none());
    value.decompose(&mut |part| assert_eq!(part.count, Top(1)));

    let mut value = Unbound::<NotEvenDefault>::default();
    value.edit(ALICE, |value| value.tag()._0().write());
    assert!(value.diff(&<_>::default()).is_some());
}

#[test]
fn recursive_documents_nest() {
    let start = Causal::<Json>::default();
    let a = edited(&start, ALICE, |json| {
        json.map().entry("a".into()).list().entry(0).text().write("deep".into());
        json.map().entry("b".into()).text().write("flat".into());
    });
    let mut b = edited(&a, BOB, |json| {
        json.map()
            .entry("a".into())
            .list()
            .entry(0)
            .map()
            .entry("c".into())
            .text()
            .write("more".into());
    });
    check(&a, &b);
    let a = edited(&a, ALICE, |json| {
        json.map().remove("a");
    });
    check(&a, &b);
    b.merge(a);
    let kept = b.map.get("a").and_then(|a| a.list.get(&0)).expect("what the remover did not see");
    assert!(kept.text.is_empty(), "what the remover saw is gone");
    assert_eq!(kept.map.get("c").map(|c| c.text.len()), Some(1));
}

#[test]
fn mutually_recursive_documents_nest() {
    let a = edited(&Causal::<Folder>::default(), ALICE, |folder| {
        folder._0().entry("readme".into()).attached().entry("img".into())._1().entry("x".into());
        folder._1().entry("src".into())._0().entry("lib".into());
    });
    assert_eq!(a, Causal::default(), "no dot, no entry");
}

#[test]
fn recursive_generic_documents_nest() {
    let a = edited(&Causal::<Tree<String>>::default(), ALICE, |tree| {
        tree.children().entry(1).children().entry(2).value().write("leaf".into());
    });
    let b = edited(&Causal::<Tree<String>>::default(), BOB, |tree| {
        tree.children().entry(1).value().write("branch".into());
    });
    check(&a, &b);

    let mut trie = Causal::<Trie<char>>::default();
    trie.edit(ALICE, |trie| trie.below().entry('a').below().entry('b').present().write());
    let at_b = trie.below.get(&'a').and_then(|a| a.below.get(&'b'));
    assert_eq!(at_b.map(|b| b.present.len()), Some(1));
}

#[test]
fn recursive_lattices_nest() {
    let org = |to| Org { size: Top(to), teams: Teams::default() };
    let a = Org { size: Top(1), teams: Teams([(1, org(5)), (2, org(6))].into()) };
    let b = Org { size: Top(2), teams: Teams([(2, org(7))].into()) };
    let mut joined = a.clone();
    assert!(joined.merge(b.clone()));
    let expected = Org { size: Top(2), teams: Teams([(1, org(5)), (2, org(7))].into()) };
    assert_eq!(joined, expected);
    assert_eq!(b.difference(&a), b);
    assert_eq!(a.difference(&b), Org { size: Top(0), teams: Teams([(1, org(5))].into()) });
}
