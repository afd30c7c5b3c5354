use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Ident, LitStr, Path, Result, Token, WherePredicate, parse_quote};

use crate::self_type::SelfType;

const ON_A_STRUCT: [&str; 3] = ["bound", "crate", "cursor"];
const ON_A_FIELD: [&str; 1] = ["skip"];

/// What `#[crdt(…)]` on the struct says.
#[derive(Default)]
pub(crate) struct StructAttributes {
    bound: Option<Vec<WherePredicate>>,
    krate: Option<Path>,
    cursor: Option<Ident>,
}

impl StructAttributes {
    pub(crate) fn parse(attributes: &[Attribute], self_type: &SelfType<'_>) -> Result<Self> {
        let mut parsed = Self::default();
        parse(attributes, |meta| {
            if meta.path.is_ident("bound") {
                let predicates = parse_bound(&meta.value()?.parse()?, self_type)?;
                set(&mut parsed.bound, predicates, meta)
            } else if meta.path.is_ident("crate") {
                let path: LitStr = meta.value()?.parse()?;
                set(&mut parsed.krate, path.parse_with(Path::parse_mod_style)?, meta)
            } else if meta.path.is_ident("cursor") {
                let name: LitStr = meta.value()?.parse()?;
                set(&mut parsed.cursor, name.parse()?, meta)
            } else {
                reject(meta, "struct", &ON_A_STRUCT, "field", &ON_A_FIELD)
            }
        })?;
        Ok(parsed)
    }

    /// The predicates that replace the inferred bounds on field types.
    pub(crate) fn bound(&self) -> Option<&[WherePredicate]> {
        self.bound.as_deref()
    }

    /// Where the traits are.
    pub(crate) fn krate(&self) -> Path {
        self.krate.clone().unwrap_or_else(|| parse_quote!(::rejoin_core))
    }

    /// The name of the cursor of the struct `ident`.
    pub(crate) fn cursor(&self, ident: &Ident) -> Ident {
        self.cursor.clone().unwrap_or_else(|| {
            // Located at the struct, so that messages and editors lead there, but marked as
            // generated, so that the user's lints do not judge it.
            let span = Span::call_site().located_at(ident.span());
            Ident::new(&format!("{}Cursor", ident.unraw()), span)
        })
    }
}

/// What `#[crdt(…)]` on a field says.
#[derive(Default)]
pub(crate) struct FieldAttributes {
    skip: Option<()>,
}

impl FieldAttributes {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut parsed = Self::default();
        parse(attributes, |meta| {
            if meta.path.is_ident("skip") {
                set(&mut parsed.skip, (), meta)
            } else {
                reject(meta, "field", &ON_A_FIELD, "struct", &ON_A_STRUCT)
            }
        })?;
        Ok(parsed)
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

fn reject(
    meta: &ParseNestedMeta<'_>,
    here: &str,
    known: &[&str],
    elsewhere: &str,
    misplaced: &[&str],
) -> Result<()> {
    let name = name(meta);
    let known = known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
    Err(meta.error(if misplaced.contains(&name.as_str()) {
        format!("`{name}` belongs on a {elsewhere}; on a {here}, `crdt` takes: {known}")
    } else {
        format!("unknown `crdt` attribute `{name}`; on a {here}, it takes: {known}")
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
