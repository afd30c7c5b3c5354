use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Generics, WhereClause, WherePredicate, parse_quote, parse_quote_spanned};

use crate::input::{Field, Input};
use crate::self_type::mentions;

/// The where clause of an impl: the struct's own, `Self: supertrait` (if that is not `Default`),
/// and what the fields need.
///
/// Every merged field gets the bound `field type: of_fields` where the type depends on a parameter
/// but not on the struct itself; `#[crdt(bound = "…")]` replaces these.
pub(crate) fn where_clause(
    input: &Input,
    supertrait: Option<&TokenStream>,
    of_fields: Option<&TokenStream>,
) -> WhereClause {
    let mut clause = own(input);
    let (_, generics, _) = input.generics.split_for_impl();
    let ident = &input.ident;
    if !input.params().is_empty() {
        let default = quote!(::core::default::Default + ::core::clone::Clone);
        let supertrait = supertrait.unwrap_or(&default);
        clause.predicates.push(parse_quote!(#ident #generics: #supertrait));
    } else if let Some(supertrait) = supertrait {
        // As a plain bound it would have to hold here and now, and a struct that is not `Default`
        // would hear so from every impl. From that of the supertrait is enough.
        clause.predicates.push(parse_quote!(for<'__any> #ident: #supertrait));
    }
    if let Some(bound) = &input.bound {
        clause.predicates.extend(bound.iter().cloned());
        return clause;
    }
    if let Some(bound) = of_fields {
        let fields = input.replicated().filter(|field| !mentions_itself(input, field));
        clause.predicates.extend(fields.filter_map(|field| of_field(input, field, bound)));
    }
    clause
}

/// Whether the impl may not depend on this field's: whether `Tree<T>` is a dot store would depend
/// on whether `OrMap<u8, Tree<T>>` is, and that on `Tree<T>` again (E0275).
pub(crate) fn mentions_itself(input: &Input, field: &Field) -> bool {
    mentions(field.ty.to_token_stream(), &[&input.ident])
}

/// The where clause that the struct itself has.
pub(crate) fn own(input: &Input) -> WhereClause {
    own_of(&input.generics)
}

/// The where clause that these generics have.
pub(crate) fn own_of(generics: &Generics) -> WhereClause {
    generics.where_clause.clone().unwrap_or_else(|| parse_quote!(where))
}

/// The bound `field type: bound`, if it depends on a parameter.
pub(crate) fn of_field(
    input: &Input,
    field: &Field,
    bound: &TokenStream,
) -> Option<WherePredicate> {
    let ty = &field.ty;
    depends(input, field).then(|| parse_quote_spanned!(field.span()=> #ty: #bound))
}

/// Whether the field's type depends on a parameter.
pub(crate) fn depends(input: &Input, field: &Field) -> bool {
    mentions(field.ty.to_token_stream(), &input.params())
}
