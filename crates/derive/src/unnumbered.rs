use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::bounds;
use crate::input::{Input, anonymous};
use crate::phases::Phases;

/// `#[derive(Unnumbered)]`: the impl, and the demand that the fields have it.
pub(crate) fn implement(input: &Input) -> TokenStream {
    let Input { ident, krate, .. } = input;
    let (impl_generics, ty_generics, _) = input.generics.split_for_impl();
    let (supertrait, fields) = (quote!(#krate::Crdt), quote!(#krate::Unnumbered));
    let clause = bounds::where_clause(input, Some(&supertrait), Some(&fields));
    // The others are asked for by the where clause.
    let fixed = input.replicated().filter(|field| !bounds::depends(input, field));
    let demands = fixed.map(|field| {
        let ty = &field.ty;
        quote_spanned!(field.span()=> let _ = __unnumbered::<#ty>;)
    });
    anonymous(&quote! {
        #[automatically_derived]
        impl #impl_generics #krate::Unnumbered for #ident #ty_generics #clause {}

        const _: () = {
            const fn __unnumbered<__T: #krate::Unnumbered>() {}
            #(#demands)*
        };
    })
}

/// `#[derive(Unnumbered)]`: a phase is what it is.
pub(crate) fn phases(phases: &Phases) -> TokenStream {
    let (ident, krate) = phases.names();
    anonymous(&quote! {
        #[automatically_derived]
        impl #krate::Unnumbered for #ident {}
    })
}
