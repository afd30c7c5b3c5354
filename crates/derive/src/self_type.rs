use proc_macro2::{Group, Ident, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::TypeGenerics;

/// The struct by its name, in place of `Self`: in the impls of the cursor, `Self` is another type.
pub(crate) struct SelfType<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: TypeGenerics<'a>,
}

impl SelfType<'_> {
    /// `tokens` with every `Self` written out.
    pub(crate) fn write_out(&self, tokens: TokenStream) -> TokenStream {
        let mut tokens = tokens.into_iter().peekable();
        let mut output = TokenStream::new();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(ident) if ident == "Self" => {
                    let Self { ident: name, generics } = self;
                    // `Self::N` is a path, for which a type needs brackets.
                    output.extend(if tokens.peek().is_some_and(is_path_separator) {
                        quote_spanned!(ident.span()=> <#name #generics>)
                    } else {
                        quote_spanned!(ident.span()=> #name #generics)
                    });
                }
                TokenTree::Group(group) => {
                    let inner = self.write_out(group.stream());
                    let mut written = Group::new(group.delimiter(), inner);
                    written.set_span(group.span());
                    written.to_tokens(&mut output);
                }
                token => token.to_tokens(&mut output),
            }
        }
        output
    }
}

fn is_path_separator(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct)
        if punct.as_char() == ':' && punct.spacing() == Spacing::Joint)
}

/// Whether one of `names` occurs anywhere in `tokens`.
pub(crate) fn mentions(tokens: TokenStream, names: &[&Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.contains(&&ident),
        TokenTree::Group(group) => mentions(group.stream(), names),
        _ => false,
    })
}
