use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Type, parse_quote};

use crate::bounds;
use crate::input::{Field, Input};

/// A struct whose fields have checked types, so that a mistake makes one message.
///
/// The type of a field that depends on no parameter has its traits or not right here. Were it used
/// as it is, then each method of each impl would complain that it has not. So it is asked in one
/// place, by a constant. Where that does not compile, the checked type, which depends on it, is one
/// that the compiler knows to be wrong, and it passes over all that is done with it, by the impls
/// and by those who use them. Where it compiles, the checked type is the field's.
///
/// There is a constant per trait, each of which takes the type that the one before has checked:
/// what is no lattice is not asked for a cursor. All derives of a family ask for its first trait in
/// the same words, and the compiler says the same thing once. Structs without parameters go
/// further: they remember, in a constant per derive, whether it found a mistake, and then the
/// derives that come later in the family are silent.
pub(crate) struct Checked {
    /// The struct with the checked types written out.
    pub(crate) inline: Input,
    /// The struct with the checked types by name.
    pub(crate) input: Input,
    /// What these names stand for, and what the struct remembers.
    pub(crate) items: TokenStream,
}

/// Traits that are derived for the same structs. The first one is the supertrait of the others.
#[derive(Clone, Copy)]
pub(crate) struct Family {
    derives: &'static [Trait],
    /// What the derive of the first trait asks for besides, where it writes a cursor.
    cursor: Option<Trait>,
    /// A type that has the first trait.
    member: fn(&Input) -> TokenStream,
}

#[derive(Clone, Copy)]
struct Trait {
    name: &'static str,
    /// Any method of it: to name that is to ask for the trait.
    method: &'static str,
    /// The constant by which a struct remembers how its derive went.
    remembered: &'static str,
}

const fn derived(name: &'static str, method: &'static str, remembered: &'static str) -> Trait {
    Trait { name, method, remembered }
}

pub(crate) const LATTICE: Family = Family {
    derives: &[
        derived("Crdt", "merge", "__CRDT"),
        derived("Diff", "digest", "__DIFF"),
        derived("Decompose", "decompose", "__DECOMPOSE"),
        derived("Watch", "changes", "__WATCH"),
    ],
    cursor: Some(derived("Edit", "settle", "__CRDT")),
    member: |_| quote!(()),
};

pub(crate) const DOT_STORE: Family = Family {
    derives: &[
        derived("DotStore", "is_bottom", "__DOT_STORE"),
        derived("WatchStore", "changes", "__WATCH_STORE"),
    ],
    cursor: None,
    member: |Input { krate, .. }| quote!(#krate::__private::DotSet),
};

impl Checked {
    /// Checks the fields for the derive of a trait of this family.
    pub(crate) fn new(declared: &Input, family: Family, derived: &str) -> Self {
        let at = family.derives.iter().position(|Trait { name, .. }| *name == derived);
        let at = at.expect("a trait of the family");
        let (mut inline, mut input) = (declared.clone(), declared.clone());
        let (mut items, mut names) = (TokenStream::new(), Vec::new());
        for (place, field) in declared.fields.iter().enumerate() {
            if field.skip || bounds::depends(declared, field) {
                continue;
            }
            let name = format_ident!("__Field{place}", span = field.span());
            let ty = family.check(declared, field, at);
            items.extend(quote!(type #name = #ty;));
            inline.fields[place].ty = Type::Verbatim(ty);
            input.fields[place].ty = parse_quote!(#name);
            names.push(name);
        }
        if declared.params().is_empty() {
            items.extend(family.remember(declared, at, &names));
        }
        Self { inline, input, items }
    }
}

impl Family {
    /// The type of the field, if it has what the derive of the trait asks for.
    fn check(self, input: &Input, field: &Field, at: usize) -> TokenStream {
        let (span, ty) = (field.span(), &field.ty);
        let (ident, krate) = (respanned(&input.ident, span), respanned(&input.krate, span));
        let if_compiles = |check: &TokenStream| {
            quote_spanned! {span=>
                <[(); { #check }] as #krate::__private::Checked>::Type<#ty>
            }
        };
        let if_has = |checked: &TokenStream, Trait { name, method, .. }: &Trait| {
            let (name, method) = (Ident::new(name, span), Ident::new(method, span));
            if_compiles(&quote_spanned!(span=> let _ = <#checked as #krate::#name>::#method; 0))
        };
        let (first, own) = (&self.derives[0], &self.derives[at]);
        if at == 0 {
            let checked = if_has(&quote!(#ty), first);
            let cursor = self.cursor.filter(|_| !field.join);
            cursor.map_or(checked.clone(), |cursor| if_has(&checked, &cursor))
        } else if input.params().is_empty() {
            let earlier = self.derives[..at].iter().map(|it| Ident::new(it.remembered, span));
            if_has(
                &if_compiles(&quote_spanned! {span=>
                    use #krate::__private::Derived as _;
                    #(#ident::#earlier)|*
                }),
                own,
            )
        } else {
            if_has(&if_has(&quote!(#ty), first), own)
        }
    }

    /// A constant of the struct, which compiles if the checked types and the supertrait do.
    fn remember(self, input: &Input, at: usize, checked: &[Ident]) -> TokenStream {
        let Input { ident, krate, .. } = input;
        let Trait { name, method, .. } = self.derives[0];
        let [name, method, remembered] =
            [name, method, self.derives[at].remembered].map(|it| format_ident!("{it}"));
        let earlier = self.derives[..at].iter().map(|it| format_ident!("{}", it.remembered));
        let member = (self.member)(input);
        let supertrait = (at > 0).then(|| {
            quote_spanned! {Span::call_site().located_at(ident.span())=>
                use #krate::__private::Derived as _;
                let _ = <
                    <
                        [(); #(#ident::#earlier)|*]
                            as #krate::__private::Underived
                    >::Type<#ident, #member> as #krate::#name
                >::#method;
            }
        });
        quote! {
            impl #ident {
                #[doc(hidden)]
                const #remembered: ::core::primitive::usize = {
                    #supertrait
                    let _: fn(#(#checked),*);
                    1
                };
            }
        }
    }
}

/// The tokens, which then all point to one place.
fn respanned(tokens: impl ToTokens, span: Span) -> TokenStream {
    let respanned = tokens.into_token_stream().into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    respanned.collect()
}
