use alloc::boxed::Box;
use alloc::vec::Vec;

use rejoin_clocks::{CausalContext, Dot, ReplicaId};

use super::Unknown;
use super::leaf::Leaf;
use crate::store::Journal;
use crate::{DotFun, DotMap, DotSet};

/// The content of a field that is not known: a dot store of any form.
///
/// A field has one form, and the other parts are bottom. If two versions meant different forms by
/// one name, each would keep its dots, as what lives depends on dots alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Content {
    pub(super) dots: DotSet,
    pub(super) values: DotFun<Leaf>,
    pub(super) entries: Option<Box<DotMap<Leaf, Self>>>,
    /// Those of a struct whose versions may differ.
    pub(super) fields: Unknown,
    /// Those of a struct or tuple whose versions do not differ.
    pub(super) parts: Vec<Part>,
}

/// A field of a struct whose fields have no names in the bytes, so that it is there even if it is
/// bottom.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(super) form: Form,
    pub(super) content: Content,
}

/// What a part is, which its content does not say if it is bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    /// Dots, or dots with values.
    Store,
    Entries,
    Fields,
    Parts,
}

impl Content {
    pub(super) fn is_bottom(&self) -> bool {
        let Self { dots, values, entries, fields, parts } = self;
        dots.is_empty()
            && values.is_empty()
            && entries.as_ref().is_none_or(|entries| entries.is_empty())
            && fields.is_empty()
            && parts.iter().all(|part| part.content.is_bottom())
    }
}

/// All of it part by part, as a derived struct does.
impl crate::DotStore for Content {
    /// Of unknown content nothing can be edited by itself.
    type Cursor<'a> = ();

    fn cursor<'a>(&'a mut self, _writer: crate::store::Writer<'a, Self>) {}

    fn is_bottom(&self) -> bool {
        self.is_bottom()
    }

    fn lowest_dot(&self) -> Option<Dot> {
        let own = [
            self.dots.lowest_dot(),
            self.values.lowest_dot(),
            self.entries.as_ref().and_then(|entries| entries.lowest_dot()),
            self.fields.lowest_dot(),
        ];
        let parts = self.parts.iter().map(|part| part.content.lowest_dot());
        own.into_iter().chain(parts).flatten().min()
    }

    fn dots(&self, visit: &mut dyn FnMut(Dot)) {
        self.dots.dots(visit);
        self.values.dots(visit);
        if let Some(entries) = &self.entries {
            entries.dots(visit);
        }
        self.fields.dots(visit);
        self.parts.iter().for_each(|part| part.content.dots(visit));
    }

    fn windows(&self, visit: &mut dyn FnMut(ReplicaId, u64, u64)) {
        self.dots.windows(visit);
        self.values.windows(visit);
        if let Some(entries) = &self.entries {
            entries.windows(visit);
        }
        self.fields.windows(visit);
        self.parts.iter().for_each(|part| part.content.windows(visit));
    }

    fn join(
        &mut self,
        own: &CausalContext,
        other: Self,
        theirs: &CausalContext,
        journal: &mut Journal,
    ) -> bool {
        let mut changed = self.dots.join(own, other.dots, theirs, journal);
        changed |= self.values.join(own, other.values, theirs, journal);
        match (&mut self.entries, other.entries) {
            (None, None) => {}
            (entries, other) => {
                let other = other.map(|other| *other).unwrap_or_default();
                let entries = entries.get_or_insert_default();
                changed |= entries.join(own, other, theirs, journal);
            }
        }
        if self.entries.as_ref().is_some_and(|entries| entries.is_empty()) {
            self.entries = None;
        }
        changed |= self.fields.join(own, other.fields, theirs, journal);
        let mut others = other.parts.into_iter();
        for part in &mut self.parts {
            let other = others.next().map(|part| part.content).unwrap_or_default();
            changed |= part.content.join(own, other, theirs, journal);
        }
        for Part { form, content } in others {
            let mut part = Part { form, content: Self::default() };
            changed |= part.content.join(own, content, theirs, journal);
            self.parts.push(part);
        }
        changed
    }

    fn within(&self, dots: &CausalContext) -> Self {
        let entries = self.entries.as_ref().map(|entries| entries.within(dots));
        let part = |part: &Part| Part { form: part.form, content: part.content.within(dots) };
        Self {
            dots: self.dots.within(dots),
            values: self.values.within(dots),
            entries: entries.filter(|entries| !entries.is_empty()).map(Box::new),
            fields: self.fields.within(dots),
            parts: self.parts.iter().map(part).collect(),
        }
    }

    fn relabel(&mut self, label: &dyn Fn(Dot) -> Dot) {
        self.dots.relabel(label);
        self.values.relabel(label);
        if let Some(entries) = &mut self.entries {
            entries.relabel(label);
        }
        self.fields.relabel(label);
        self.parts.iter_mut().for_each(|part| part.content.relabel(label));
    }
}
