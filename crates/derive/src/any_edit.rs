use proc_macro2::TokenStream;
use quote::quote;
use syn::Error;

use crate::bounds;
use crate::input::{Input, anonymous};

/// `#[derive(AnyEdit)]`: the cursor edits one of its fields.
pub(crate) fn implement(input: &Input) -> TokenStream {
    let Input { cursor, krate, generics, .. } = input;
    if !generics.params.is_empty() {
        return Error::new_spanned(&generics.params, PARAMETERS).into_compile_error();
    }
    let clause = bounds::own(input);
    let methods = input.replicated().map(|field| {
        let method = field.method();
        // As the written method's name: `self.name()` must not find a method of the value.
        quote!(#cursor::#method)
    });
    let count = input.replicated().count();
    let numbers = 0..count;
    let edit = (count > 0).then(|| {
        quote! {
            match <::core::primitive::usize as #krate::laws::Arbitrary>::arbitrary(__g) % #count {
                #(#numbers => #krate::laws::AnyEdit::any_edit(&mut #methods(self), __g),)*
                _ => {}
            }
        }
    });
    anonymous(&quote! {
        #[automatically_derived]
        impl #krate::laws::AnyEdit for #cursor<'_> #clause {
            #[allow(clippy::modulo_one)]
            fn any_edit(&mut self, __g: &mut #krate::laws::Gen) {
                #edit
            }
        }
    })
}

const PARAMETERS: &str = "the cursor of a struct with parameters edits in ways that they decide: \
     implement `AnyEdit` for it by hand, or give the law kit a closure";
