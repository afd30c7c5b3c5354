use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::bounds;
use crate::checked::{Checked, LATTICE};
use crate::cursor::{self, Kind};
use crate::input::{Field, Input, anonymous};

/// `#[derive(Crdt)]`: the field-wise merge, and the cursor.
pub(crate) fn implement(input: &Input) -> TokenStream {
    let Checked { input: checked, items, .. } = Checked::new(input, LATTICE, "Crdt");
    let (declared, input) = (input, &checked);
    let Input { ident, krate, .. } = input;
    let (impl_generics, ty_generics, _) = input.generics.split_for_impl();
    let fields = Some(quote!(#krate::Crdt));
    let merge_where = bounds::where_clause(input, None, fields.as_ref());
    let mut edit_where = bounds::where_clause(input, Some(&quote!(#krate::Crdt)), None);
    if input.bound.is_none() {
        let fields = input.replicated().filter(|field| !bounds::mentions_itself(input, field));
        edit_where.predicates.extend(fields.filter_map(|field| {
            let bound = if field.join { quote!(#krate::Crdt) } else { quote!(#krate::Edit) };
            bounds::of_field(input, field, &bound)
        }));
    }

    let merges = input.replicated().map(|field| {
        let Field { member, ty, .. } = field;
        quote_spanned! {field.span()=>
            __changed |= <#ty as #krate::Crdt>::merge(&mut self.#member, __other.#member);
        }
    });
    let covers = input.replicated().map(|field| {
        let Field { member, ty, .. } = field;
        quote_spanned! {field.span()=>
            && <#ty as #krate::Crdt>::covers(&self.#member, &__other.#member)
        }
    });
    let is_bottom = input.replicated().map(|field| {
        let Field { member, ty, .. } = field;
        quote_spanned! {field.span()=>
            && <#ty as #krate::Crdt>::is_bottom(&self.#member)
        }
    });
    let merge = if input.replicated().next().is_some() {
        quote! {
            let mut __changed = false;
            #(#merges)*
            __changed
        }
    } else {
        quote!(false)
    };
    let cursor = cursor::declare(declared, Kind::Lattice);
    let cursor_impls = cursor::implement(declared, input, Kind::Lattice);
    let edit = cursor::hand_out(input, Kind::Lattice);
    let settles = input.replicated().filter(|field| !field.join).map(|field| {
        let Field { member, ty, .. } = field;
        let part = Kind::Lattice.part(input, field, &quote!(&mut __draft));
        quote_spanned!(field.span()=> <#ty as #krate::Edit>::settle(&mut self.#member, #part);)
    });
    let undos = input.replicated().map(|field| {
        let Field { member, ty, .. } = field;
        if field.join {
            quote_spanned! {field.span()=>
                if !<#ty as #krate::Crdt>::is_bottom(&__delta.#member) {
                    self.#member = __before.#member;
                }
            }
        } else {
            quote_spanned! {field.span()=>
                <#ty as #krate::Edit>::undo(
                    &mut self.#member,
                    &__delta.#member,
                    __before.#member,
                );
            }
        }
    });

    let impls = anonymous(&quote! {
        #items

        #[automatically_derived]
        impl #impl_generics #krate::Crdt for #ident #ty_generics #merge_where {
            fn merge(&mut self, __other: Self) -> ::core::primitive::bool {
                #merge
            }

            #[allow(unused_variables)]
            fn covers(&self, __other: &Self) -> ::core::primitive::bool {
                true #(#covers)*
            }

            fn is_bottom(&self) -> ::core::primitive::bool {
                true #(#is_bottom)*
            }
        }

        #[automatically_derived]
        #[allow(unused_lifetimes, single_use_lifetimes)]
        impl #impl_generics #krate::Edit for #ident #ty_generics #edit_where {
            #edit

            #[allow(unused_variables, unused_mut)]
            fn settle(&mut self, mut __draft: #krate::Draft<'_, Self>) {
                #(#settles)*
            }

            #[allow(unused_variables)]
            fn undo(&mut self, __delta: &Self, __before: Self) {
                #(#undos)*
            }
        }

        #cursor_impls
    });
    quote!(#cursor #impls)
}
