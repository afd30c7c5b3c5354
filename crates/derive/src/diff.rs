use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use crate::bounds;
use crate::checked::{Checked, LATTICE};
use crate::digest::Digest;
use crate::input::{Field, Input, anonymous};

/// `#[derive(Diff)]`: a digest and a difference a field.
pub(crate) fn implement(input: &Input) -> TokenStream {
    let Checked { input, items, .. } = &Checked::new(input, LATTICE, "Diff");
    let Input { ident, krate, .. } = input;
    let (impl_generics, ty_generics, _) = input.generics.split_for_impl();
    let (supertrait, bound) = (quote!(#krate::Crdt), quote!(#krate::Diff));
    let clause = bounds::where_clause(input, Some(&supertrait), Some(&bound));

    let fields: Vec<_> = input.replicated().collect();
    let digest = Digest::new(input, bounds::where_clause(input, None, Some(&bound)));
    let (declared, mark) = (digest.declare(), digest.mark());
    let name = &digest.name;
    let names: Vec<_> = (0..fields.len())
        .map(|at| format_ident!("__field{at}", span = Span::call_site()))
        .collect();
    let digests = fields.iter().zip(&names).map(|(field, name)| {
        let Field { member, ty, .. } = field;
        quote_spanned!(field.span()=> #name: <#ty as #krate::Diff>::digest(&self.#member))
    });
    let diffs = fields.iter().zip(&names).map(|(field, name)| {
        let Field { member, ty, .. } = field;
        quote_spanned! {field.span()=>
            let #name = <#ty as #krate::Diff>::diff(&self.#member, &__peer.#name);
        }
    });
    let checks = fields.iter().map(|field| {
        let Field { member, ty, .. } = field;
        quote_spanned! {field.span()=>
            <#ty as #krate::Diff>::check_fork(&self.#member, &__other.#member, __own)?;
        }
    });
    let news = input.build(|field| {
        let at = fields.iter().position(|replicated| replicated.member == field.member)?;
        let name = &names[at];
        Some(quote!(::core::option::Option::unwrap_or_default(#name)))
    });

    anonymous(&quote! {
        #items

        #declared

        #[automatically_derived]
        #[allow(unused_lifetimes, single_use_lifetimes)]
        impl #impl_generics #krate::Diff for #ident #ty_generics #clause {
            type Digest = #name #ty_generics;

            fn digest(&self) -> Self::Digest {
                #name { #(#digests,)* #mark }
            }

            fn diff(&self, __peer: &Self::Digest) -> ::core::option::Option<Self> {
                #(#diffs)*
                if true #(&& ::core::option::Option::is_none(&#names))* {
                    return ::core::option::Option::None;
                }
                ::core::option::Option::Some(#news)
            }

            #[allow(unused_variables)]
            fn check_fork(
                &self,
                __other: &Self,
                __own: #krate::ReplicaId,
            ) -> ::core::result::Result<(), #krate::ForkedId> {
                #(#checks)*
                ::core::result::Result::Ok(())
            }
        }
    })
}
