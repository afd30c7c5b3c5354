use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::bounds;
use crate::checked::{Checked, LATTICE};
use crate::input::{Field, Input, anonymous};

/// `#[derive(Decompose)]`: the parts of the fields, each with bottom in the other fields.
pub(crate) fn implement(input: &Input) -> TokenStream {
    let Checked { input, items, .. } = &Checked::new(input, LATTICE, "Decompose");
    let Input { ident, krate, .. } = input;
    let (impl_generics, ty_generics, _) = input.generics.split_for_impl();
    let (supertrait, fields) = (quote!(#krate::Crdt), quote!(#krate::Decompose));
    let clause = bounds::where_clause(input, Some(&supertrait), Some(&fields));

    let parts: TokenStream = input
        .replicated()
        .map(|field| {
            let Field { member, ty, .. } = field;
            let part = input.only(field, &quote!(__part));
            quote_spanned! {field.span()=>
                <#ty as #krate::Decompose>::decompose(
                    &self.#member,
                    &mut |__part| __visit(#part),
                );
            }
        })
        .collect();

    anonymous(&quote! {
        #items

        #[automatically_derived]
        impl #impl_generics #krate::Decompose for #ident #ty_generics #clause {
            fn decompose(&self, __visit: &mut dyn ::core::ops::FnMut(Self)) {
                #parts
            }
        }
    })
}
