use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::bounds;
use crate::checked::{Checked, DOT_STORE};
use crate::cursor::{self, Kind};
use crate::input::{Field, Input, anonymous};

/// `#[derive(DotStore)]`: the field-wise dot store, and the cursor.
pub(crate) fn implement(input: &Input) -> TokenStream {
    let Checked { input: checked, items, .. } = Checked::new(input, DOT_STORE, "DotStore");
    let (declared, input) = (input, &checked);
    let Input { ident, krate, .. } = input;
    let (impl_generics, ty_generics, _) = input.generics.split_for_impl();
    let fields = quote!(#krate::DotStore);
    let clause = bounds::where_clause(input, None, Some(&fields));

    let cursor = cursor::declare(declared, Kind::DotStore);
    let cursor_impls = cursor::implement(declared, input, Kind::DotStore);
    let hand_out = cursor::hand_out(input, Kind::DotStore);
    let reads = reads(input);
    let join = join(input);
    let relabel = relabel(input);

    let impls = anonymous(&quote! {
        #items

        #[automatically_derived]
        impl #impl_generics #krate::DotStore for #ident #ty_generics #clause {
            #hand_out
            #reads
            #join
            #relabel
        }

        #cursor_impls
    });
    quote!(#cursor #impls)
}

/// `is_bottom`, `dots`, `windows`, `within` and `pieces`.
fn reads(input: &Input) -> TokenStream {
    let krate = &input.krate;
    let is_bottom = input.replicated().map(|field| {
        let Field { member, ty, .. } = field;
        quote_spanned! {field.span()=>
            && <#ty as #krate::DotStore>::is_bottom(&self.#member)
        }
    });
    let lowest = input.replicated().map(|field| {
        let Field { member, ty, .. } = field;
        quote_spanned! {field.span()=>
            <#ty as #krate::DotStore>::lowest_dot(&self.#member)
        }
    });
    let count = input.replicated().count();
    let dots = input.replicated().map(|field| {
        let Field { member, ty, .. } = field;
        quote_spanned! {field.span()=>
            <#ty as #krate::DotStore>::dots(&self.#member, &mut *__visit);
        }
    });
    let windows = input.replicated().map(|field| {
        let Field { member, ty, .. } = field;
        quote_spanned! {field.span()=>
            <#ty as #krate::DotStore>::windows(&self.#member, &mut *__visit);
        }
    });
    let within = input.build(|field| {
        let Field { member, ty, .. } = field;
        Some(quote_spanned! {field.span()=>
            <#ty as #krate::DotStore>::within(&self.#member, __dots)
        })
    });
    let pieces = input.replicated().map(|field| {
        let Field { member, ty, .. } = field;
        let piece = input.only(field, &quote!(__piece));
        quote_spanned! {field.span()=>
            <#ty as #krate::DotStore>::pieces(
                &self.#member,
                &mut |__dot, __piece| __visit(__dot, #piece),
            );
        }
    });
    quote! {
        fn is_bottom(&self) -> ::core::primitive::bool {
            true #(#is_bottom)*
        }

        fn lowest_dot(&self) -> ::core::option::Option<#krate::Dot> {
            let __lowest: [::core::option::Option<#krate::Dot>; #count] = [#(#lowest),*];
            ::core::iter::Iterator::min(::core::iter::Iterator::flatten(
                ::core::iter::IntoIterator::into_iter(__lowest),
            ))
        }

        fn dots(&self, __visit: &mut dyn ::core::ops::FnMut(#krate::Dot)) {
            #(#dots)*
        }

        fn windows(
            &self,
            __visit: &mut dyn ::core::ops::FnMut(
                #krate::ReplicaId,
                ::core::primitive::u64,
                ::core::primitive::u64,
            ),
        ) {
            #(#windows)*
        }

        fn within(&self, __dots: &#krate::CausalContext) -> Self {
            #within
        }

        fn pieces(&self, __visit: &mut dyn ::core::ops::FnMut(#krate::Dot, Self)) {
            #(#pieces)*
        }
    }
}

/// `join`, which passes the contexts and the journal to every field.
fn join(input: &Input) -> TokenStream {
    let krate = &input.krate;
    let joins = input.replicated().map(|field| {
        let Field { member, ty, .. } = field;
        quote_spanned! {field.span()=>
            | <#ty as #krate::DotStore>::join(
                &mut self.#member,
                __own,
                __other.#member,
                __theirs,
                &mut *__journal,
            )
        }
    });
    quote! {
        fn join(
            &mut self,
            __own: &#krate::CausalContext,
            __other: Self,
            __theirs: &#krate::CausalContext,
            __journal: &mut #krate::store::Journal,
        ) -> ::core::primitive::bool {
            false #(#joins)*
        }
    }
}

/// `relabel`, of every field.
fn relabel(input: &Input) -> TokenStream {
    let krate = &input.krate;
    let relabels = input.replicated().map(|field| {
        let Field { member, ty, .. } = field;
        quote_spanned! {field.span()=>
            <#ty as #krate::DotStore>::relabel(&mut self.#member, __label);
        }
    });
    quote! {
        fn relabel(&mut self, __label: &dyn ::core::ops::Fn(#krate::Dot) -> #krate::Dot) {
            #(#relabels)*
        }
    }
}
