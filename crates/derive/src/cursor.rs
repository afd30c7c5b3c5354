use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Generics, Type, parse_quote};

use crate::bounds;
use crate::input::{Field, Input};

/// Which trait a cursor belongs to.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// `Edit`: each field has its own context, and its cursor takes the replica.
    Lattice,
    /// `DotStore`: all fields share a context, and each borrows the writer.
    DotStore,
}

impl Kind {
    /// The trait that watches a value.
    pub(crate) fn watcher(self, input: &Input) -> TokenStream {
        let krate = &input.krate;
        match self {
            Self::Lattice => quote!(#krate::Watch),
            Self::DotStore => quote!(#krate::WatchStore),
        }
    }

    /// The trait whose `cursor` makes the cursor of a field.
    fn editor(self, input: &Input) -> TokenStream {
        let krate = &input.krate;
        match self {
            Self::Lattice => quote!(#krate::Edit),
            Self::DotStore => quote!(#krate::DotStore),
        }
    }

    /// What a cursor records an edit in.
    fn record(self, input: &Input) -> TokenStream {
        let krate = &input.krate;
        match self {
            Self::Lattice => quote!(#krate::Draft),
            Self::DotStore => quote!(#krate::store::Writer),
        }
    }

    /// The part of `record` that is about a field.
    pub(crate) fn part(self, input: &Input, field: &Field, record: &TokenStream) -> TokenStream {
        let (ty, member) = (self.record(input), &field.member);
        quote_spanned! {field.span()=>
            #ty::part(#ty::reborrow(#record), |__it| &mut __it.#member)
        }
    }
}

/// The cursor type, which stands beside the struct so that it can be named.
///
/// Its fields have names that no field of the struct has, because reading `cursor.value` would
/// otherwise find the cursor's field in place of the struct's.
pub(crate) fn declare(input: &Input, kind: Kind) -> TokenStream {
    let Input { ident, vis, cursor, .. } = input;
    let (_, ty_generics, _) = input.generics.split_for_impl();
    let generics = with_lifetime(&input.generics);
    let clause = bounds::own(input);
    let record = kind.record(input);
    let doc = format!(
        "Edits a [`{}`], which it reads as: one method a field hands out that field's cursor.",
        ident.unraw(),
    );
    quote! {
        #[doc = #doc]
        #[allow(deprecated)]
        #vis struct #cursor #generics #clause {
            __value: &'__cursor mut #ident #ty_generics,
            __record: #record<'__cursor, #ident #ty_generics>,
        }
    }
}

/// The methods and std traits of the cursor of `checked`, which was declared as `input`.
pub(crate) fn implement(input: &Input, checked: &Input, kind: Kind) -> TokenStream {
    let Input { ident, cursor, .. } = input;
    let (_, target_generics, _) = input.generics.split_for_impl();
    let generics = with_lifetime(&input.generics);
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let std_where = bounds::own(input);
    let mut methods_where = std_where.clone();
    methods_where.predicates.extend(input.bound.iter().flatten().cloned());
    let methods = input.replicated().zip(checked.replicated());
    let methods = methods.map(|(declared, field)| method(input, kind, declared, field));
    let name = cursor.to_string();
    quote! {
        impl #impl_generics #cursor #ty_generics #methods_where {
            #(#methods)*
        }

        #[automatically_derived]
        impl #impl_generics ::core::ops::Deref for #cursor #ty_generics #std_where {
            type Target = #ident #target_generics;

            fn deref(&self) -> &#ident #target_generics {
                self.__value
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::fmt::Debug for #cursor #ty_generics #std_where {
            fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::DebugStruct::finish_non_exhaustive(
                    &mut ::core::fmt::Formatter::debug_struct(__f, #name),
                )
            }
        }
    }
}

/// The method that hands out the cursor of a field.
///
/// Documentation has the field's type as it was `declared`, and everyone else the checked one.
fn method(input: &Input, kind: Kind, declared: &Field, field: &Field) -> TokenStream {
    let Field { member, ty, vis, .. } = field;
    let (krate, name) = (&input.krate, field.method());
    let doc = format!("The cursor of the field `{}`.", field.name());
    let editor = kind.editor(input);
    let part = kind.part(input, field, &quote!(&mut self.__record));
    let bound = match &input.bound {
        Some(_) => None, // stands on the impl
        None => bounds::of_field(input, field, &editor).filter(|_| !field.join),
    };
    let clause = bound.map(|bound| quote!(where #bound));
    let signature = |ty: &Type| {
        let cursor = if field.join {
            quote_spanned!(field.span()=> #krate::JoinCursor<'_, #ty>)
        } else {
            quote_spanned!(field.span()=> <#ty as #editor>::Cursor<'_>)
        };
        quote_spanned! {field.span()=>
            #[doc = #doc]
            #vis fn #name(&mut self) -> #cursor #clause
        }
    };
    let body = if field.join {
        quote_spanned! {field.span()=>
            #krate::JoinCursor::new(&mut self.__value.#member, #part)
        }
    } else {
        quote_spanned! {field.span()=>
            <#ty as #editor>::cursor(&mut self.__value.#member, #part)
        }
    };
    let written = signature(ty);
    if bounds::depends(input, declared) {
        return quote_spanned!(field.span()=> #written { #body });
    }
    let documented = signature(&declared.ty);
    quote_spanned! {field.span()=>
        #[cfg(doc)]
        #documented { loop {} }

        #[cfg(not(doc))]
        #written { #body }
    }
}

/// The associated type `Cursor` and the function `cursor` of the struct's impl.
pub(crate) fn hand_out(input: &Input, kind: Kind) -> TokenStream {
    let cursor = &input.cursor;
    let generics = with_lifetime(&input.generics);
    let (_, ty_generics, _) = generics.split_for_impl();
    let record = kind.record(input);
    quote! {
        type Cursor<'__cursor> = #cursor #ty_generics where Self: '__cursor;

        fn cursor<'__cursor>(
            &'__cursor mut self,
            __record: #record<'__cursor, Self>,
        ) -> #cursor #ty_generics {
            #cursor { __value: self, __record }
        }
    }
}

/// The generics of the cursor: the struct's, and the lifetime of its borrows.
fn with_lifetime(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    generics.where_clause = None;
    generics.params.insert(0, parse_quote!('__cursor));
    generics
}
