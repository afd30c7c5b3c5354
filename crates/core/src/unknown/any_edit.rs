use alloc::boxed::Box;

use quickcheck::{Arbitrary, Gen};
use rejoin_clocks::{CausalContext, Dot};

use super::content::{Content, Form, Part};
use super::leaf::Leaf;
use super::{Unknown, UnknownCursor};
use crate::laws::{AnyEdit, key};
use crate::store::{Journal, Writer};
use crate::{DotFun, DotMap, DotSet, DotStore};

/// Content as a later version of a type would write it: each field of a form of its own.
impl AnyEdit for UnknownCursor<'_> {
    fn any_edit(&mut self, g: &mut Gen) {
        if u8::arbitrary(g) % 8 == 0 {
            self.clear();
            return;
        }
        let Self { value, writer } = self;
        let name = ["dots", "entries", "fields", "parts", "values"];
        let (at, name) = (usize::arbitrary(g) % name.len(), name[usize::arbitrary(g) % name.len()]);
        if at == 0 {
            remove_some(value, writer, g);
            return;
        }
        let dot = writer.mint_unnoted();
        let mut piece = Unknown::default();
        piece.insert(name.into(), content(name, dot, g));
        let none = CausalContext::new(); // under which both sides stay
        value.join(&none, piece, &CausalContext::from(dot), writer.journal());
    }
}

/// Removes some of the dots that are live.
fn remove_some(value: &mut Unknown, writer: &mut Writer<'_, Unknown>, g: &mut Gen) {
    let (mut kept, mut gone) = (CausalContext::new(), CausalContext::new());
    value.dots(&mut |dot| {
        if bool::arbitrary(g) {
            kept.insert(dot)
        } else {
            gone.insert(dot)
        };
    });
    if gone.is_empty() {
        return;
    }
    let none = CausalContext::new();
    let taken = value.within(&gone);
    taken.dots(&mut |dot| writer.supersede(dot));
    *value = value.within(&kept);
    writer.removed().join(&none, taken, &none, &mut Journal::new());
    writer.mint_removal();
}

/// One piece, of the form that the name says.
fn content(form: &str, dot: Dot, g: &mut Gen) -> Content {
    let mut content = Content::default();
    let values = |g: &mut Gen| DotFun::of(dot, leaf(g));
    match form {
        "dots" => content.dots = DotSet::from(dot),
        "entries" => {
            let below = Content { values: values(g), ..Content::default() };
            let key = Leaf::Char(key(g));
            content.entries = Some(Box::new(DotMap::of_piece(key, below, dot)));
        }
        "fields" => {
            let below = Content { dots: DotSet::from(dot), ..Content::default() };
            content.fields.insert("below".into(), below);
        }
        "parts" => {
            let (filled, empty) = (usize::arbitrary(g) % 2, Content::default());
            let below = Content { dots: DotSet::from(dot), ..Content::default() };
            let part = |content| Part { form: Form::Store, content };
            content.parts = [part(empty.clone()), part(empty)].into();
            content.parts[filled].content = below;
        }
        _ => content.values = values(g),
    }
    content
}

/// Of one kind, as all that one field has is.
fn leaf(g: &mut Gen) -> Leaf {
    let number = Leaf::Option(Option::<u8>::arbitrary(g).map(|n| Box::new(Leaf::U8(n))));
    let text = Leaf::Text(std::string::String::arbitrary(g).into());
    Leaf::Tuple([number, text, Leaf::Unit].into())
}
