use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{DataEnum, DeriveInput, Error, Ident, Path, Result, Variant, Visibility};

use crate::attributes::{ItemAttributes, combine};
use crate::input::anonymous;

/// An enum whose variants are phases: the later one wins, in the order of declaration.
pub(crate) struct Phases {
    ident: Ident,
    vis: Visibility,
    krate: Path,
    cursor: Ident,
    variants: Vec<Ident>,
    /// Whether the derive of `Default` was asked for, by its `#[default]`.
    has_default: bool,
    /// Whether `Ord` and `as` follow the order of declaration is not plain to see.
    has_discriminants: bool,
}

impl Phases {
    pub(crate) fn parse(
        input: &DeriveInput,
        data: &DataEnum,
        attributes: &ItemAttributes,
    ) -> Result<Self> {
        if !attributes.ordered() {
            return Err(Error::new_spanned(data.enum_token, UNORDERED));
        }
        let mut errors = Ok(());
        if data.variants.is_empty() {
            combine(&mut errors, Error::new_spanned(&input.ident, EMPTY));
        }
        if !input.generics.params.is_empty() {
            combine(&mut errors, Error::new_spanned(&input.generics.params, PARAMETERS));
        }
        for (at, variant) in data.variants.iter().enumerate() {
            if !variant.fields.is_empty() {
                combine(&mut errors, Error::new_spanned(&variant.fields, FIELDS));
            }
            if let Some(attribute) = attribute(variant, "default").filter(|_| at > 0) {
                combine(&mut errors, Error::new_spanned(attribute, DEFAULT));
            }
            if let Some(attribute) = attribute(variant, "crdt") {
                combine(&mut errors, Error::new_spanned(attribute, ON_A_VARIANT));
            }
        }
        errors?;
        let krate = attributes.krate(&input.ident)?;
        Ok(Self {
            ident: input.ident.clone(),
            vis: input.vis.clone(),
            krate,
            cursor: attributes.cursor(&input.ident),
            variants: data.variants.iter().map(|variant| variant.ident.clone()).collect(),
            has_default: data.variants.iter().any(|it| attribute(it, "default").is_some()),
            has_discriminants: data.variants.iter().any(|it| it.discriminant.is_some()),
        })
    }

    /// The enum, and where the traits are.
    pub(crate) fn names(&self) -> (&Ident, &Path) {
        (&self.ident, &self.krate)
    }

    /// A function from a phase to its place in the order.
    fn rank(&self) -> TokenStream {
        let Self { ident, variants, .. } = self;
        let ranks = 0..variants.len();
        quote! {
            fn __rank(__phase: &#ident) -> ::core::primitive::usize {
                match *__phase { #(#ident::#variants {} => #ranks,)* }
            }
        }
    }

    /// A function that copies a phase, which need not be `Copy`.
    fn copy(&self) -> TokenStream {
        let Self { ident, variants, .. } = self;
        quote! {
            fn __copy(__phase: &#ident) -> #ident {
                match *__phase { #(#ident::#variants {} => #ident::#variants {},)* }
            }
        }
    }
}

fn attribute<'a>(variant: &'a Variant, name: &str) -> Option<&'a syn::Attribute> {
    variant.attrs.iter().find(|attribute| attribute.path().is_ident(name))
}

/// `#[derive(Crdt)]`: the later phase, the cursor, and `Default` unless that is derived.
pub(crate) fn crdt(phases: &Phases) -> TokenStream {
    let Phases { ident, krate, variants, .. } = phases;
    let first = &variants[0];
    let default = (!phases.has_default).then(|| {
        quote! {
            #[automatically_derived]
            impl ::core::default::Default for #ident {
                fn default() -> Self {
                    Self::#first {}
                }
            }
        }
    });
    let (rank, copy, ascend) = (phases.rank(), phases.copy(), ascend(phases));
    let (cursor, cursor_impls) = cursor(phases);
    let impls = anonymous(&quote! {
        #rank
        #copy
        #ascend
        #default

        #[automatically_derived]
        impl #krate::Crdt for #ident {
            fn merge(&mut self, __other: Self) -> ::core::primitive::bool {
                let __later = __rank(&__other) > __rank(self);
                if __later {
                    *self = __other;
                }
                __later
            }

            fn covers(&self, __other: &Self) -> ::core::primitive::bool {
                __rank(self) >= __rank(__other)
            }

            fn is_bottom(&self) -> ::core::primitive::bool {
                __rank(self) == 0
            }
        }

        #cursor_impls
    });
    quote!(#cursor #impls)
}

/// Checks that discriminants ascend, because `Ord` and casts go by them.
fn ascend(phases: &Phases) -> Option<TokenStream> {
    let Phases { ident, variants, .. } = phases;
    phases.has_discriminants.then(|| {
        let pairs = variants.iter().zip(variants.iter().skip(1)).map(|(earlier, later)| {
            let span = Span::call_site().located_at(later.span());
            let message = format!(
                "the discriminant of `{later}` is not above that of `{earlier}`: phases are in the \
                 order of declaration, which `Ord` and `as` have to agree with",
            );
            quote_spanned! {span=>
                ::core::assert!(
                    (#ident::#earlier {} as ::core::primitive::i128)
                        < (#ident::#later {} as ::core::primitive::i128),
                    #message,
                );
            }
        });
        quote!(const _: () = { #(#pairs)* };)
    })
}

/// The cursor type, and its impls.
fn cursor(phases: &Phases) -> (TokenStream, TokenStream) {
    let Phases { ident, vis, krate, cursor, .. } = phases;
    let doc = format!("Edits a [`{}`], which it reads as.", ident.unraw());
    let name = cursor.to_string();
    let declared = quote! {
        #[doc = #doc]
        #[allow(deprecated)]
        #vis struct #cursor<'__cursor> {
            __value: &'__cursor mut #ident,
            __draft: #krate::Draft<'__cursor, #ident>,
        }
    };
    let impls = quote! {
        #[automatically_derived]
        impl #krate::Edit for #ident {
            type Cursor<'__cursor> = #cursor<'__cursor>;

            fn cursor<'__cursor>(
                &'__cursor mut self,
                __draft: #krate::Draft<'__cursor, Self>,
            ) -> #cursor<'__cursor> {
                #cursor { __value: self, __draft }
            }
        }

        impl #cursor<'_> {
            /// Advances to `phase` if that is later, and returns whether it is.
            #vis fn advance(&mut self, phase: #ident) -> ::core::primitive::bool {
                let __later = __rank(&phase) > __rank(self.__value);
                if __later {
                    #krate::Draft::keep(&mut self.__draft, self.__value);
                    *#krate::Draft::delta(&mut self.__draft) = __copy(&phase);
                    *self.__value = phase;
                }
                __later
            }
        }

        #[automatically_derived]
        impl ::core::ops::Deref for #cursor<'_> {
            type Target = #ident;

            fn deref(&self) -> &#ident {
                self.__value
            }
        }

        #[automatically_derived]
        impl ::core::fmt::Debug for #cursor<'_> {
            fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::DebugStruct::finish_non_exhaustive(
                    &mut ::core::fmt::Formatter::debug_struct(__f, #name),
                )
            }
        }
    };
    (declared, impls)
}

/// `#[derive(Diff)]`: the digest is the phase.
pub(crate) fn diff(phases: &Phases) -> TokenStream {
    let Phases { ident, krate, .. } = phases;
    let (rank, copy) = (phases.rank(), phases.copy());
    anonymous(&quote! {
        #rank
        #copy

        #[automatically_derived]
        impl #krate::Diff for #ident {
            type Digest = Self;

            fn digest(&self) -> Self {
                __copy(self)
            }

            fn diff(&self, __peer: &Self) -> ::core::option::Option<Self> {
                if __rank(self) > __rank(__peer) {
                    ::core::option::Option::Some(__copy(self))
                } else {
                    ::core::option::Option::None
                }
            }
        }
    })
}

/// `#[derive(Decompose)]`: a phase is irreducible, but for the first, which has no parts.
pub(crate) fn decompose(phases: &Phases) -> TokenStream {
    let Phases { ident, krate, .. } = phases;
    let (rank, copy) = (phases.rank(), phases.copy());
    anonymous(&quote! {
        #rank
        #copy

        #[automatically_derived]
        impl #krate::Decompose for #ident {
            fn decompose(&self, __visit: &mut dyn ::core::ops::FnMut(Self)) {
                if __rank(self) > 0 {
                    __visit(__copy(self));
                }
            }
        }
    })
}

/// `#[derive(Watch)]`: the phase before and after.
pub(crate) fn watch(phases: &Phases) -> TokenStream {
    let Phases { ident, krate, .. } = phases;
    let (rank, copy) = (phases.rank(), phases.copy());
    anonymous(&quote! {
        #rank
        #copy

        #[automatically_derived]
        impl #krate::Watch for #ident {
            type Change = #krate::ValueChange<Self>;

            fn changes(
                &self,
                __other: &Self,
                __visit: &mut dyn ::core::ops::FnMut(#krate::ValueChange<Self>),
            ) {
                if __rank(__other) > __rank(self) {
                    __visit(#krate::ValueChange { before: __copy(self), after: __copy(__other) });
                }
            }
        }
    })
}

/// `#[derive(AnyEdit)]`: the cursor advances to one of the phases.
pub(crate) fn any_edit(phases: &Phases) -> TokenStream {
    let Phases { ident, krate, cursor, variants, .. } = phases;
    let (count, numbers) = (variants.len(), 0..variants.len());
    anonymous(&quote! {
        #[automatically_derived]
        impl #krate::laws::AnyEdit for #cursor<'_> {
            #[allow(clippy::modulo_one)]
            fn any_edit(&mut self, __g: &mut #krate::laws::Gen) {
                match <::core::primitive::usize as #krate::laws::Arbitrary>::arbitrary(__g) % #count {
                    #(#numbers => { self.advance(#ident::#variants {}); })*
                    _ => {}
                }
            }
        }
    })
}

const UNORDERED: &str = "two replicas may choose different variants, and an enum says nothing of \
     what both together are. Phases, of which the later always wins, do: `#[crdt(ordered)]`, for \
     variants without fields. Any other enum belongs into a register (`Causal<MvRegister<_>>` keeps \
     both choices, `LwwRegister<_>` the last), or becomes a struct with one field a variant";

const FIELDS: &str = "phases have no fields: what other replicas still write into the fields of a \
     phase would be lost as soon as one advances. Put the fields into a struct beside the phase, \
     or the enum into a register (`Causal<MvRegister<_>>` keeps concurrent choices, \
     `LwwRegister<_>` the last)";

const EMPTY: &str = "phases need at least one variant: bottom is the first one";

const PARAMETERS: &str = "phases have no parameters";

const DEFAULT: &str = "bottom is the first phase, so it is the default: move `#[default]` there, \
     or leave it and the derive of `Default` away";

const ON_A_VARIANT: &str = "a phase takes no `crdt` attributes";
