//! Structs whose versions may differ: what is found of them, what fits, and what is in unions.

use std::collections::BTreeMap;
use std::num::NonZeroU8;

use rejoin_shape::Shape;
use serde::{Deserialize, Serialize};

use crate::open_struct::open_struct;

open_struct! {
    #[derive(Default)]
    struct Book as "Book" { author: String, title: String, }
}

open_struct! {
    #[derive(Default)]
    struct Noted as "Book" { author: String, notes: Vec<String>, title: String, }
}

open_struct! {
    #[derive(Default)]
    struct Flagged as "Book" { author: String, notes: bool, rated: u8, title: String, }
}

open_struct! {
    #[derive(Default)]
    struct Rated as "Book" { author: String, rated: u8, }
}

open_struct! {
    #[derive(Default)]
    struct Paper as "Paper" { author: String, title: String, }
}

open_struct! {
    #[derive(Default)]
    struct Place as "Place" { row: u8, }
}

open_struct! {
    #[derive(Default)]
    struct Shelf as "Shelf" { books: Vec<Book>, place: Place, }
}

mod closed {
    use super::*;

    #[derive(Default, Serialize, Deserialize)]
    pub(super) struct Book {
        author: String,
        title: String,
    }
}

fn of<T: for<'de> Deserialize<'de>>() -> Shape {
    Shape::of::<T>()
}

fn says(own: &Shape, theirs: &Shape) -> String {
    assert!(theirs.check(own).is_err());
    assert_eq!(own.union(theirs), Err(own.check(theirs).unwrap_err()));
    own.check(theirs).unwrap_err().to_string()
}

#[test]
fn they_are_found() {
    assert_eq!(of::<Vec<Book>>().to_string(), "[Book { author: string, title: string, .. }]");
    // One is no version of the other, though both announce themselves by one name.
    assert_eq!(
        of::<Shelf>().to_string(),
        "Shelf { books: [Book { author: string, title: string, .. }], \
         place: Place { row: u8, .. }, .. }"
    );
}

/// Refuses the plainest text.
#[derive(Default, Serialize)]
struct Long(String);

impl<'de> Deserialize<'de> for Long {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let long = (text.len() > 9).then_some(Self(text));
        long.ok_or_else(|| serde::de::Error::custom("a short text"))
    }
}

open_struct! {
    #[derive(Default)]
    struct Titled as "Titled" { title: Long, }
}

/// The plainest of them has no fields, so whatever comes after it can be reached.
#[test]
fn what_comes_after_one_is_found() {
    let shape = of::<(Titled, NonZeroU8)>();
    assert_eq!(shape.to_string(), "(Titled { title: string, .. }, u8)");
    assert_eq!(of::<(Long, NonZeroU8)>().to_string(), "(string, ?)");
}

#[test]
fn fields_go_by_their_names() {
    let (book, noted, rated) = (of::<Book>(), of::<Noted>(), of::<Rated>());
    assert_eq!(book.check(&noted), Ok(()));
    assert_eq!(rated.check(&noted), Ok(()), "each has a field that the other lacks");
    let union = noted.union(&rated).unwrap();
    assert_eq!(
        union.to_string(),
        "Book { author: string, notes: [string], rated: u8, title: string, .. }"
    );
    assert_eq!(rated.union(&noted), Ok(union));
}

#[test]
fn fields_of_both_have_to_fit() {
    let (book, flagged) = (of::<Vec<Book>>(), of::<Vec<Flagged>>());
    assert_eq!(book.check(&flagged), Ok(()), "a version that knows of no notes");
    let both = book.union(&of::<Vec<Noted>>()).unwrap();
    assert_eq!(says(&both, &flagged), "at `[].notes` it is a list here, and bool there");
}

#[test]
fn names_of_structs_count() {
    assert_eq!(
        says(&of::<Book>(), &of::<Paper>()),
        "it is Book { author, title, .. } here, and Paper { author, title, .. } there"
    );
    assert_eq!(
        says(&of::<(u8, Book)>(), &of::<(u8, closed::Book)>()),
        "at `1` it is Book { author, title, .. } here, and Book { author, title } there"
    );
}

/// Where there is no struct in what announces itself as one, it is as anything else with a name.
#[test]
fn a_mark_without_a_struct_is_a_name() {
    let mark = |inner| Shape::Newtype("rejoin::Fields".into(), Box::new(inner));
    let shape = mark(of::<u8>());
    assert_eq!(shape.union(&shape).as_ref(), Ok(&shape));
    assert_eq!(says(&shape, &mark(of::<u16>())), "it is u8 here, and u16 there");
    assert_eq!(says(&shape, &of::<Place>()), "it is Fields here, and Place { row, .. } there");
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Phase")]
enum Two {
    Sent(Book),
    Draft,
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Phase")]
enum Three {
    Archived,
    Sent(Noted),
    Draft,
}

#[test]
fn variants_are_put_together_by_their_names() {
    let (two, three) = (of::<BTreeMap<u8, Two>>(), of::<BTreeMap<u8, Three>>());
    let union = two.union(&three).unwrap();
    assert_eq!(
        union.to_string(),
        "{u8: Phase { Archived | Draft | \
         Sent: Book { author: string, notes: [string], title: string, .. } }}"
    );
    assert_eq!(three.union(&two).as_ref(), Ok(&union));
    assert_eq!(union.union(&two).as_ref(), Ok(&union));
}

open_struct! {
    #[derive(Default)]
    struct Tree as "Tree" { children: Vec<Tree>, }
}

open_struct! {
    #[derive(Default)]
    struct Named as "Tree" { children: Vec<Named>, name: String, }
}

open_struct! {
    #[derive(Default)]
    struct Numbered as "Tree" { children: Vec<Numbered>, name: u8, }
}

/// It has a name further in only.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Again(Vec<Named>);

open_struct! {
    #[derive(Default)]
    struct Outer as "Tree" { children: Again, }
}

#[test]
fn a_field_is_added_to_a_type_that_contains_itself() {
    let (tree, named) = (of::<Tree>(), of::<Named>());
    assert_eq!(tree.to_string(), "Tree { children: [^3], .. }");
    let union = tree.union(&named).unwrap();
    assert_eq!(union, named);
    assert_eq!(says(&union, &of::<Numbered>()), "at `name` it is string here, and u8 there");
    assert_eq!(tree.check(&of::<Numbered>()), Ok(()));
}

#[test]
fn it_does_not_matter_where_a_type_that_contains_itself_says_so() {
    let (tree, outer) = (of::<Tree>(), of::<Outer>());
    assert_eq!(
        outer.to_string(),
        "Tree { children: [Tree { children: ^3, name: string, .. }], .. }"
    );
    let union = tree.union(&outer).unwrap();
    assert_eq!(union, outer, "on the outside there is no name in either");
    assert_eq!(union.union(&of::<Named>()), Ok(of::<Named>()));
    assert_eq!(
        says(&union, &of::<Numbered>()),
        "at `children[].name` it is string here, and u8 there"
    );
}

/// Shapes are not so long that what has them cannot be sent or stored.
#[test]
fn what_is_too_long_together_is_refused() {
    let with = |fields: usize, letter: char| {
        let field = |at| (format!("{letter}{at:05}"), of::<u8>());
        let fields = (0..fields).map(field).collect();
        let inner = Shape::Struct("Wide".into(), fields);
        Shape::Newtype("rejoin::Fields".into(), Box::new(inner))
    };
    let (one, other) = (with(3_000, 'a'), with(3_000, 'b'));
    assert_eq!(one.union(&one).as_ref(), Ok(&one));
    assert_eq!(one.check(&other), Ok(()));
    let mismatch = one.union(&other).unwrap_err();
    let expected = "the shapes are too long together: 27024 bytes here, and 27024 bytes there";
    assert_eq!(mismatch.to_string(), expected);
    let deep = |depth| (0..depth).fold(of::<u8>(), |inner, _| Shape::Optional(Box::new(inner)));
    assert_eq!(deep(128).union(&deep(128)), Ok(deep(128)));
    assert!(deep(129).union(&deep(129)).is_err());
}

/// A way of many thousand steps is needed to tell what is in it apart.
#[test]
fn shapes_that_cannot_be_put_together_end() {
    let cycle = |length: usize, extra: &str| {
        let open = |fields| {
            let inner = Shape::Struct("Cycle".into(), fields);
            Shape::Newtype("rejoin::Fields".into(), Box::new(inner))
        };
        let last = open(vec![
            (extra.to_owned(), of::<u8>()),
            ("next".to_owned(), Shape::Within(2 * length)),
        ]);
        (1..length).fold(last, |inner, _| open(vec![("next".to_owned(), inner)]))
    };
    let (one, other) = (cycle(61, "a"), cycle(59, "b"));
    assert_eq!(one.check(&other), Ok(()));
    let refused = one.union(&other).unwrap_err().to_string();
    assert!(refused.starts_with("the shapes are too long together"), "{refused}");
    assert!(cycle(3, "a").union(&cycle(2, "b")).is_ok());
}
