use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Ident, LitStr, Path, Result, Token, WherePredicate};

use crate::location;
use crate::self_type::SelfType;

/// Where attributes stand.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Struct,
    Enum,
    Field,
}

impl Place {
    const ALL: [Self; 3] = [Self::Struct, Self::Enum, Self::Field];

    fn name(self) -> &'static str {
        match self {
            Self::Struct => "a struct",
            Self::Enum => "an enum",
            Self::Field => "a field",
        }
    }

    fn known(self) -> &'static [&'static str] {
        match self {
            Self::Struct => {
                &["bound", "change", "change_derive", "crate", "cursor", "rename", "reserved"]
            }
            Self::Enum => &["crate", "cursor", "ordered"],
            Self::Field => &["join", "rename", "skip", "unknown"],
        }
    }
}

/// What `#[crdt(…)]` on the struct or enum says.
#[derive(Default)]
pub(crate) struct ItemAttributes {
    bound: Option<Vec<WherePredicate>>,
    change: Option<Ident>,
    change_derive: Option<Vec<Ident>>,
    krate: Option<Path>,
    cursor: Option<Ident>,
    ordered: Option<()>,
    rename: Option<LitStr>,
    reserved: Option<Vec<LitStr>>,
}

impl ItemAttributes {
    /// What can be read of them, and the errors.
    pub(crate) fn parse(
        attributes: &[Attribute],
        place: Place,
        self_type: &SelfType<'_>,
    ) -> (Self, Result<()>) {
        let mut parsed = Self::default();
        let outcome = parse(attributes, |meta| {
            if !place.known().iter().any(|known| meta.path.is_ident(known)) {
                reject(meta, place)
            } else if meta.path.is_ident("bound") {
                let predicates = parse_bound(&meta.value()?.parse()?, self_type)?;
                set(&mut parsed.bound, predicates, meta)
            } else if meta.path.is_ident("change") {
                let name: LitStr = meta.value()?.parse()?;
                set(&mut parsed.change, name.parse()?, meta)
            } else if meta.path.is_ident("change_derive") {
                let names = parse_change_derive(&meta.value()?.parse()?)?;
                set(&mut parsed.change_derive, names, meta)
            } else if meta.path.is_ident("crate") {
                let path: LitStr = meta.value()?.parse()?;
                set(&mut parsed.krate, path.parse_with(Path::parse_mod_style)?, meta)
            } else if meta.path.is_ident("cursor") {
                let name: LitStr = meta.value()?.parse()?;
                set(&mut parsed.cursor, name.parse()?, meta)
            } else if meta.path.is_ident("rename") {
                set(&mut parsed.rename, meta.value()?.parse()?, meta)
            } else if meta.path.is_ident("reserved") {
                let names;
                syn::parenthesized!(names in meta.input);
                let names = Punctuated::<LitStr, Token![,]>::parse_terminated(&names)?;
                set(&mut parsed.reserved, names.into_iter().collect(), meta)
            } else {
                set(&mut parsed.ordered, (), meta)
            }
        });
        (parsed, outcome)
    }

    /// The predicates that replace the inferred bounds on field types.
    pub(crate) fn bound(&self) -> Option<&[WherePredicate]> {
        self.bound.as_deref()
    }

    /// Where the traits are, for the struct or enum `ident`.
    pub(crate) fn krate(&self, ident: &Ident) -> Result<Path> {
        self.krate.clone().map_or_else(|| location::of_core(ident), Ok)
    }

    /// The name of the cursor of the struct or enum `ident`.
    pub(crate) fn cursor(&self, ident: &Ident) -> Ident {
        self.cursor.clone().unwrap_or_else(|| beside(ident, "Cursor"))
    }

    /// The name of the changes of the struct `ident`.
    pub(crate) fn change(&self, ident: &Ident) -> Ident {
        self.change.clone().unwrap_or_else(|| beside(ident, "Change"))
    }

    /// Those of [`CHANGE_DERIVES`] that the changes have.
    pub(crate) fn change_derive(&self) -> Vec<Ident> {
        let all = || CHANGE_DERIVES.map(|name| Ident::new(name, Span::call_site())).to_vec();
        self.change_derive.clone().unwrap_or_else(all)
    }

    /// The name of the struct in encodings, if it is not its own.
    pub(crate) fn rename(&self) -> Option<LitStr> {
        self.rename.clone()
    }

    /// The names of fields that have been given up.
    pub(crate) fn reserved(&self) -> Vec<LitStr> {
        self.reserved.clone().unwrap_or_default()
    }

    /// Whether the variants are phases.
    pub(crate) fn ordered(&self) -> bool {
        self.ordered.is_some()
    }
}

/// What a change is, unless `#[crdt(change_derive = "…")]` leaves some out.
const CHANGE_DERIVES: [&str; 3] = ["Clone", "Debug", "PartialEq"];

/// The name of a type that is generated beside `ident`.
fn beside(ident: &Ident, suffix: &str) -> Ident {
    // Located at the struct, so that messages and editors lead there, but marked as generated, so
    // that the user's lints do not judge it.
    let span = Span::call_site().located_at(ident.span());
    Ident::new(&format!("{}{suffix}", ident.unraw()), span)
}

/// What `#[crdt(…)]` on a field says.
#[derive(Default)]
pub(crate) struct FieldAttributes {
    join: Option<()>,
    rename: Option<LitStr>,
    skip: Option<()>,
    unknown: Option<()>,
}

impl FieldAttributes {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut parsed = Self::default();
        parse(attributes, |meta| {
            if meta.path.is_ident("join") {
                set(&mut parsed.join, (), meta)?;
            } else if meta.path.is_ident("skip") {
                set(&mut parsed.skip, (), meta)?;
            } else if meta.path.is_ident("rename") {
                set(&mut parsed.rename, meta.value()?.parse()?, meta)?;
            } else if meta.path.is_ident("unknown") {
                set(&mut parsed.unknown, (), meta)?;
            } else {
                return reject(meta, Place::Field);
            }
            if parsed.join.and(parsed.skip).is_some() {
                return Err(meta.error(
                    "`join` edits a field, and `skip` leaves it out of the cursor: one or the other",
                ));
            }
            if parsed.unknown.and(parsed.skip).is_some() {
                return Err(meta.error("what is unknown is replicated, and cannot be skipped"));
            }
            Ok(())
        })?;
        Ok(parsed)
    }

    /// Whether the field is edited by joining.
    pub(crate) fn join(&self) -> bool {
        self.join.is_some()
    }

    /// The name of the field in encodings, if it is not its own.
    pub(crate) fn rename(&self) -> Option<LitStr> {
        self.rename.clone()
    }

    /// Whether the field holds those of later versions.
    pub(crate) fn unknown(&self) -> bool {
        self.unknown.is_some()
    }

    /// Whether the field stays on this replica.
    pub(crate) fn skip(&self) -> bool {
        self.skip.is_some()
    }
}

/// Hands every item of every `#[crdt(…)]` to `item`, and goes on after errors, so that all of them
/// are reported.
fn parse(
    attributes: &[Attribute],
    mut item: impl FnMut(&ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    let mut errors = Ok(());
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("crdt")) {
        let outcome = attribute.parse_nested_meta(|meta| {
            if let Err(error) = item(&meta) {
                combine(&mut errors, error);
                while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
                    meta.input.parse::<TokenTree>()?;
                }
            }
            Ok(())
        });
        if let Err(error) = outcome {
            combine(&mut errors, error);
        }
    }
    errors
}

/// Adds `error` to those in `errors`.
pub(crate) fn combine(errors: &mut Result<()>, error: Error) {
    match errors {
        Ok(()) => *errors = Err(error),
        Err(errors) => errors.combine(error),
    }
}

fn set<T>(slot: &mut Option<T>, value: T, meta: &ParseNestedMeta<'_>) -> Result<()> {
    if slot.is_some() {
        return Err(meta.error(format!("`{}` is given twice", name(meta))));
    }
    *slot = Some(value);
    Ok(())
}

fn reject(meta: &ParseNestedMeta<'_>, here: Place) -> Result<()> {
    let (name, place) = (name(meta), here.name());
    let known = here.known().iter().map(|known| format!("`{known}`"));
    let known = known.collect::<Vec<_>>().join(", ");
    let elsewhere = Place::ALL.iter().find(|elsewhere| elsewhere.known().contains(&name.as_str()));
    Err(meta.error(match elsewhere {
        Some(elsewhere) => {
            format!("`{name}` belongs on {}; on {place}, `crdt` takes: {known}", elsewhere.name())
        }
        None => format!("unknown `crdt` attribute `{name}`; on {place}, it takes: {known}"),
    }))
}

fn name(meta: &ParseNestedMeta<'_>) -> String {
    let segments = meta.path.segments.iter().map(|segment| segment.ident.to_string());
    segments.collect::<Vec<_>>().join("::")
}

fn parse_bound(bound: &LitStr, self_type: &SelfType<'_>) -> Result<Vec<WherePredicate>> {
    let tokens = self_type.write_out(bound.parse::<TokenStream>()?);
    let predicates = Punctuated::<_, Token![,]>::parse_terminated.parse2(tokens)?;
    Ok(predicates.into_iter().collect())
}

fn parse_change_derive(names: &LitStr) -> Result<Vec<Ident>> {
    let names = names.parse_with(Punctuated::<Ident, Token![,]>::parse_terminated)?;
    for name in &names {
        if CHANGE_DERIVES.iter().all(|known| name != known) {
            let message = format!("`{name}` is not among `{}`", CHANGE_DERIVES.join("`, `"));
            return Err(Error::new_spanned(name, message));
        }
    }
    Ok(names.into_iter().collect())
}
