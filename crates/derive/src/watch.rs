use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{
    Error, GenericParam, Generics, Result, Type, WhereClause, WherePredicate, parse_quote,
    parse_quote_spanned,
};

use crate::attributes::combine;
use crate::bounds;
use crate::checked::{Checked, DOT_STORE, LATTICE};
use crate::cursor::Kind;
use crate::input::{Field, Input, anonymous};
use crate::self_type::mentions;

/// `#[derive(Watch)]`: the changes of the fields.
pub(crate) fn lattice(input: &Input) -> TokenStream {
    implement(input, Kind::Lattice)
}

/// `#[derive(WatchStore)]`: the changes of the fields, for a dot store.
pub(crate) fn dot_store(input: &Input) -> TokenStream {
    implement(input, Kind::DotStore)
}

fn implement(input: &Input, kind: Kind) -> TokenStream {
    if let Err(errors) = distinct(input) {
        return errors.into_compile_error();
    }
    let checked = match kind {
        Kind::Lattice => Checked::new(input, LATTICE, "Watch"),
        Kind::DotStore => Checked::new(input, DOT_STORE, "WatchStore"),
    };
    let (declared, Checked { inline, input, items }) = (input, &checked);
    let Input { ident, krate, change, .. } = input;
    let (impl_generics, ty_generics, _) = input.generics.split_for_impl();
    let changes = Changes::of(input, kind);
    let Changes { watcher, generics, .. } = &changes;
    let (_, change_generics, _) = generics.split_for_impl();
    let (supertrait, own, theirs) = match kind {
        Kind::Lattice => (quote!(#krate::Crdt), None, None),
        Kind::DotStore => (quote!(#krate::DotStore), Some(quote!(__own)), Some(quote!(__theirs))),
    };
    let (own, theirs) = (own.as_slice(), theirs.as_slice());
    let clause = bounds::where_clause(input, Some(&supertrait), Some(watcher));

    let visits = input.replicated().map(|field| {
        let (Field { member, ty, .. }, variant) = (field, field.variant());
        quote_spanned! {field.span()=>
            <#ty as #watcher>::changes(
                &self.#member,
                #(#own,)*
                &__other.#member,
                #(#theirs,)*
                &mut |__change| __visit(#change::#variant(__change)),
            );
        }
    });
    let (declaration, std_impls) = (changes.declare(declared, inline), changes.std_impls());
    let impls = anonymous(&quote! {
        #items

        #[automatically_derived]
        impl #impl_generics #watcher for #ident #ty_generics #clause {
            type Change = #change #change_generics;

            fn changes(
                &self,
                #(#own: &#krate::CausalContext,)*
                __other: &Self,
                #(#theirs: &#krate::CausalContext,)*
                __visit: &mut dyn ::core::ops::FnMut(#change #change_generics),
            ) {
                #(#visits)*
            }
        }

        #std_impls
    });
    quote!(#declaration #impls)
}

/// Whether every field has a variant of its own.
fn distinct(input: &Input) -> Result<()> {
    let mut errors = Ok(());
    for (at, field) in input.replicated().enumerate() {
        let variant = field.variant();
        if let Some(earlier) = input.replicated().take(at).find(|it| it.variant() == variant) {
            let (earlier, later) = (earlier.name(), field.name());
            let message = format!(
                "the fields `{earlier}` and `{later}` would both have the variant `{variant}` of \
                 `{}`: give one of them another name",
                input.change,
            );
            combine(&mut errors, Error::new_spanned(&field.member, message));
        }
    }
    errors
}

/// The enum of the changes, which stands beside the struct so that it can be named and matched.
struct Changes<'a> {
    input: &'a Input,
    /// The trait whose `Change` each variant holds.
    watcher: TokenStream,
    generics: Generics,
}

impl<'a> Changes<'a> {
    fn of(input: &'a Input, kind: Kind) -> Self {
        let watcher = kind.watcher(input);
        let generics = generics(input, &watcher);
        Self { input, watcher, generics }
    }

    /// The enum, in which documentation has the types as they were `declared`, and everyone else
    /// the checked ones, `inline`.
    fn declare(&self, declared: &Input, inline: &Input) -> TokenStream {
        let Self { input, watcher, generics } = self;
        let Input { ident, vis, change, .. } = input;
        let clause = &generics.where_clause;
        let doc = format!("A visible change of a [`{}`]: one variant a field.", ident.unraw());
        let variants = declared.replicated().zip(inline.replicated()).map(|(field, checked)| {
            let (name, doc) =
                (field.variant(), format!("A change of the field `{}`.", field.name()));
            let variant = |ty: &Type| {
                quote_spanned! {field.span()=>
                    #[doc = #doc]
                    #name(<#ty as #watcher>::Change),
                }
            };
            let documented = variant(&field.ty);
            if bounds::depends(declared, field) {
                return documented;
            }
            let written = variant(&checked.ty);
            quote!(#[cfg(doc)] #documented #[cfg(not(doc))] #written)
        });
        quote! {
            #[doc = #doc]
            // A field may be private to begin with; who sees the change of one knows what it is.
            #[allow(deprecated, private_bounds, private_interfaces)]
            #[allow(clippy::derive_partial_eq_without_eq)]
            #vis enum #change #generics #clause {
                #(#variants)*
            }
        }
    }

    /// `Clone`, `Debug` and `PartialEq`, where the changes of the fields have them.
    fn std_impls(&self) -> TokenStream {
        let change = &self.input.change;
        let (impl_generics, ty_generics, _) = self.generics.split_for_impl();
        let impls = self.input.change_derive.iter().map(|name| {
            let (path, body) = match name.to_string().as_str() {
                "Clone" => (quote!(::core::clone::Clone), self.clone_fn()),
                "Debug" => (quote!(::core::fmt::Debug), self.debug_fn()),
                _ => (quote!(::core::cmp::PartialEq), self.eq_fn()),
            };
            let clause = self.std_where(&path);
            quote! {
                #[automatically_derived]
                #[allow(clippy::trait_duplication_in_bounds)] // the struct may have them too
                impl #impl_generics #path for #change #ty_generics #clause {
                    #body
                }
            }
        });
        quote!(#(#impls)*)
    }

    fn clone_fn(&self) -> TokenStream {
        let clones = self.input.replicated().map(|field| {
            let variant = field.variant();
            quote_spanned! {field.span()=>
                Self::#variant(__change) => Self::#variant(::core::clone::Clone::clone(__change)),
            }
        });
        let value = self.matched();
        quote! {
            fn clone(&self) -> Self {
                match #value { #(#clones)* }
            }
        }
    }

    fn debug_fn(&self) -> TokenStream {
        let fields = self.input.replicated().map(|field| {
            let (variant, name) = (field.variant(), field.variant().to_string());
            quote_spanned! {field.span()=>
                Self::#variant(__change) => ::core::fmt::DebugTuple::finish(
                    ::core::fmt::DebugTuple::field(
                        &mut ::core::fmt::Formatter::debug_tuple(__f, #name),
                        __change,
                    ),
                ),
            }
        });
        let value = self.matched();
        quote! {
            fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match #value { #(#fields)* }
            }
        }
    }

    fn eq_fn(&self) -> TokenStream {
        let pairs = self.input.replicated().map(|field| {
            let variant = field.variant();
            quote_spanned! {field.span()=>
                (Self::#variant(__one), Self::#variant(__other)) => {
                    ::core::cmp::PartialEq::eq(__one, __other)
                }
            }
        });
        let otherwise = (self.input.replicated().count() != 1).then(|| quote!(_ => false));
        quote! {
            fn eq(&self, __other: &Self) -> ::core::primitive::bool {
                match (self, __other) { #(#pairs)* #otherwise }
            }
        }
    }

    /// What is matched: without variants, a reference would have to be.
    fn matched(&self) -> TokenStream {
        if self.input.replicated().next().is_some() { quote!(self) } else { quote!(*self) }
    }

    /// The where clause of the impl of a std trait.
    ///
    /// It asks for the trait of the changes of each field that depends on a parameter. Where that
    /// could be a circle (see [`bounds::mentions_itself`]), it asks for it of the parameters, as
    /// the derives of std do. Other fields are what they are.
    fn std_where(&self, required: &TokenStream) -> WhereClause {
        let (input, watcher) = (self.input, &self.watcher);
        let mut clause = bounds::own_of(&self.generics);
        for field in input.replicated() {
            let (ty, tokens) = (&field.ty, field.ty.to_token_stream());
            let params = || input.generics.type_params().map(|param| &param.ident);
            let name = tokens.to_string();
            let is_param = params().any(|param| *param == name);
            if is_param || input.bound.is_none() && !bounds::mentions_itself(input, field) {
                let change: WherePredicate = parse_quote_spanned! {field.span()=>
                    <#ty as #watcher>::Change: #required
                };
                clause.predicates.extend(mentions(tokens, &input.params()).then_some(change));
            } else {
                let bounds = params()
                    .filter(|param| mentions(tokens.clone(), &[param]))
                    .map(|param| -> WherePredicate { parse_quote!(#param: #required) });
                clause.predicates.extend(bounds);
            }
        }
        clause
    }
}

/// The struct's parameters that occur in what is watched, and what is asked of them.
fn generics(input: &Input, watcher: &TokenStream) -> Generics {
    let (used, unused): (Vec<&Ident>, Vec<&Ident>) =
        input.params().into_iter().partition(|param| {
            input.replicated().any(|field| mentions(field.ty.to_token_stream(), &[param]))
        });
    let is_gone = |tokens: TokenStream| mentions(tokens, &unused);

    let mut generics = input.generics.clone();
    generics.params = generics
        .params
        .into_iter()
        .filter_map(|mut param| {
            match &mut param {
                GenericParam::Type(param) => {
                    param.bounds = std::mem::take(&mut param.bounds)
                        .into_iter()
                        .filter(|bound| !is_gone(bound.to_token_stream()))
                        .collect();
                    // A default may mention what is left out, or follow it.
                    param.default = param.default.take().filter(|_| unused.is_empty());
                    used.contains(&&param.ident)
                }
                GenericParam::Const(param) => {
                    param.default = param.default.take().filter(|_| unused.is_empty());
                    used.contains(&&param.ident)
                }
                GenericParam::Lifetime(_) => true,
            }
            .then_some(param)
        })
        .collect();

    let mut clause = bounds::own(input);
    match &input.bound {
        Some(bound) => clause.predicates.extend(bound.iter().cloned()),
        None => clause.predicates.extend(
            input
                .replicated()
                .filter(|field| !bounds::mentions_itself(input, field))
                .filter_map(|field| bounds::of_field(input, field, watcher)),
        ),
    }
    clause.predicates = clause
        .predicates
        .into_iter()
        .filter(|predicate| !is_gone(predicate.to_token_stream()))
        .collect();
    generics.where_clause = Some(clause);
    generics
}
