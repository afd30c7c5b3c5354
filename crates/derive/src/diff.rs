use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Index;

use crate::bounds;
use crate::input::{Field, Input, anonymous};

/// std and serde implement their traits for tuples up to twelve.
const WIDEST: usize = 12;

/// `#[derive(Diff)]`: the digest is the tuple of the fields' digests.
pub(crate) fn implement(input: &Input) -> TokenStream {
    let Input { ident, krate, .. } = input;
    let (impl_generics, ty_generics, _) = input.generics.split_for_impl();
    let (fields, default) = (quote!(#krate::Diff), bounds::default());
    let clause = bounds::where_clause(input, &quote!(#krate::Crdt), Some(&fields), Some(&default));

    let fields: Vec<_> = input.replicated().collect();
    let names: Vec<_> = (0..fields.len())
        .map(|at| format_ident!("__field{at}", span = Span::call_site()))
        .collect();
    let digest_type = tuple(fields.iter().map(|field| {
        let ty = &field.ty;
        quote_spanned!(field.span()=> <#ty as #krate::Diff>::Digest)
    }));
    let digest = tuple(fields.iter().map(|field| {
        let Field { member, ty, .. } = field;
        quote_spanned!(field.span()=> <#ty as #krate::Diff>::digest(&self.#member))
    }));
    let digest = (!fields.is_empty()).then_some(digest); // clippy dislikes a written `()`
    let diffs = fields.iter().zip(&names).zip(paths(fields.len())).map(|((field, name), path)| {
        let Field { member, ty, .. } = field;
        quote_spanned! {field.span()=>
            let #name = <#ty as #krate::Diff>::diff(&self.#member, &__peer #(.#path)*);
        }
    });
    let news = input.build(|field| {
        let at = fields.iter().position(|replicated| replicated.member == field.member)?;
        let name = &names[at];
        Some(quote!(::core::option::Option::unwrap_or_default(#name)))
    });

    anonymous(&quote! {
        #[automatically_derived]
        impl #impl_generics #krate::Diff for #ident #ty_generics #clause {
            type Digest = #digest_type;

            fn digest(&self) -> Self::Digest {
                #digest
            }

            fn diff(&self, __peer: &Self::Digest) -> ::core::option::Option<Self> {
                #(#diffs)*
                if true #(&& ::core::option::Option::is_none(&#names))* {
                    return ::core::option::Option::None;
                }
                ::core::option::Option::Some(#news)
            }
        }
    })
}

/// A tuple of all `items`, as a tuple of tuples (of tuples …) where there are more than
/// [`WIDEST`].
fn tuple(items: impl Iterator<Item = TokenStream>) -> TokenStream {
    let mut items: Vec<_> = items.collect();
    while items.len() > WIDEST {
        items = items.chunks(WIDEST).map(|group| quote!((#(#group,)*))).collect();
    }
    quote!((#(#items,)*))
}

/// The way to each of `len` items in their [`tuple`], from the outside in.
fn paths(len: usize) -> Vec<Vec<Index>> {
    let mut group = 1; // how many items an element of the outermost tuple stands for
    while len.div_ceil(group) > WIDEST {
        group *= WIDEST;
    }
    let path = |mut at: usize| {
        let mut path = Vec::new();
        let mut size = group;
        while size > 0 {
            path.push(Index::from(at / size));
            at %= size;
            size /= WIDEST;
        }
        path
    };
    (0..len).map(path).collect()
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;
    use syn::Type;

    use super::{WIDEST, format_ident, paths, quote, tuple};

    /// Walks each path through the tuple, and checks that it ends at the item.
    #[test]
    fn paths_lead_into_the_tuple() {
        for len in [0, 1, 12, 13, 24, 25, 144, 145, 1728, 1729] {
            let name = |at| format_ident!("Item{at}");
            let tree = tuple((0..len).map(|at: usize| name(at).to_token_stream()));
            let tree: Type = syn::parse2(tree).expect("a tuple");
            for (at, path) in paths(len).iter().enumerate() {
                let mut found = &tree;
                for index in path {
                    let Type::Tuple(tuple) = found else { panic!("{len}: {at} is too deep") };
                    assert!(tuple.elems.len() <= WIDEST);
                    found = &tuple.elems[index.index as usize];
                }
                let name = name(at);
                assert_eq!(quote!(#found).to_string(), name.to_string(), "of {len}");
            }
        }
    }
}
