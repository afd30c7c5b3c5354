use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Ident, WhereClause, WherePredicate, parse_quote};

use crate::input::{Field, Input};

/// The digest of a struct: a struct of the digests of its fields.
///
/// Not a tuple of them: if one of the fields had a type that is less visible than the struct, its
/// digest could not be named in the interface of the struct (E0446). And a struct evolves: in
/// self-describing encodings, digests of fields that the reader does not know are passed over, and
/// those that the writer does not know are those of bottom.
pub(crate) struct Digest<'a> {
    pub(crate) name: Ident,
    input: &'a Input,
    clause: WhereClause,
    /// What the fields are called here, and in print.
    fields: Vec<(&'a Field, Ident, String)>,
}

impl<'a> Digest<'a> {
    /// The digest of `input`, where `clause` makes its fields `Diff`.
    pub(crate) fn new(input: &'a Input, clause: WhereClause) -> Self {
        let name = format_ident!("{}Digest", input.ident.unraw(), span = Span::call_site());
        let fields = input.replicated().enumerate().map(|(at, field)| {
            (field, format_ident!("__field{at}", span = Span::call_site()), field.name())
        });
        Self { name, input, clause, fields: fields.collect() }
    }

    /// The struct, with the traits that all of its fields have.
    pub(crate) fn declare(&self) -> TokenStream {
        let Self { name, input, clause, .. } = self;
        let Input { ident, vis, krate, generics, .. } = input;
        let (impl_generics, ty_generics, _) = generics.split_for_impl();
        let doc = format!("What a [`{}`] says of itself to ask for what it lacks.", ident.unraw());
        // A parameter may be in none of the digests.
        let marker = (!generics.params.is_empty())
            .then(|| quote!(__marker: ::core::marker::PhantomData<fn() -> #ident #ty_generics>,));
        let mark = self.mark();
        let bottoms = self.bottoms();
        let declared = self.types().zip(self.names()).map(|(ty, name)| quote!(#name: #ty));
        let names: Vec<_> = self.names().collect();
        let clone = self.having(&quote!(::core::clone::Clone));
        let debug = self.having(&quote!(::core::fmt::Debug));
        let equal = self.having(&quote!(::core::cmp::PartialEq));
        let (spelled, texts) = (name.to_string(), self.texts());
        let serde = self.serde();
        quote! {
            #[doc = #doc]
            #[allow(private_bounds, unnameable_types, unreachable_pub, unused_lifetimes)]
            #[allow(clippy::derive_partial_eq_without_eq)]
            #vis struct #name #generics #clause {
                #(#declared,)*
                #marker
            }

            #[automatically_derived]
            #[allow(unused_lifetimes, single_use_lifetimes)]
            impl #impl_generics ::core::default::Default for #name #ty_generics #clause {
                fn default() -> Self {
                    Self { #(#names: #bottoms,)* #mark }
                }
            }

            #[automatically_derived]
            #[allow(unused_lifetimes, single_use_lifetimes)]
            impl #impl_generics ::core::clone::Clone for #name #ty_generics #clone {
                fn clone(&self) -> Self {
                    Self { #(#names: ::core::clone::Clone::clone(&self.#names),)* #mark }
                }
            }

            #[automatically_derived]
            #[allow(unused_lifetimes, single_use_lifetimes)]
            impl #impl_generics ::core::fmt::Debug for #name #ty_generics #debug {
                fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    let mut __struct = ::core::fmt::Formatter::debug_struct(__f, #spelled);
                    #(::core::fmt::DebugStruct::field(&mut __struct, #texts, &self.#names);)*
                    ::core::fmt::DebugStruct::finish(&mut __struct)
                }
            }

            #[automatically_derived]
            #[allow(unused_lifetimes, single_use_lifetimes, clippy::derive_partial_eq_without_eq)]
            impl #impl_generics ::core::cmp::PartialEq for #name #ty_generics #equal {
                fn eq(&self, __other: &Self) -> ::core::primitive::bool {
                    true #(&& ::core::cmp::PartialEq::eq(&self.#names, &__other.#names))*
                }
            }

            #krate::__private::if_serde! { #serde }
        }
    }

    /// `Serialize` and `Deserialize`, as serde would derive them.
    fn serde(&self) -> TokenStream {
        let Self { name, input, clause, .. } = self;
        let Input { krate, generics, .. } = input;
        let (serde, (impl_generics, ty_generics, _)) =
            (quote!(#krate::__private::serde), generics.split_for_impl());
        let mut with_de = generics.clone();
        with_de.params.insert(0, parse_quote!('__de));
        let (de_generics, _, _) = with_de.split_for_impl();
        let serialize = self.having(&quote!(#serde::Serialize));
        let deserialize = self.having(&quote!(#serde::Deserialize<'__de>));
        let (names, texts): (Vec<_>, _) = (self.names().collect(), self.texts());
        let (spelled, count) = (name.to_string(), names.len());
        let bottoms: Vec<_> = self.bottoms().collect();
        let mark = self.mark();
        let expecting = format!("a digest of `{}`", input.ident.unraw());
        quote! {
            #[automatically_derived]
            #[allow(unused_lifetimes, single_use_lifetimes)]
            impl #impl_generics #serde::Serialize for #name #ty_generics #serialize {
                fn serialize<__S: #serde::Serializer>(
                    &self,
                    __serializer: __S,
                ) -> ::core::result::Result<__S::Ok, __S::Error> {
                    let mut __struct =
                        #serde::Serializer::serialize_struct(__serializer, #spelled, #count)?;
                    #(#serde::ser::SerializeStruct::serialize_field(
                        &mut __struct, #texts, &self.#names,
                    )?;)*
                    #serde::ser::SerializeStruct::end(__struct)
                }
            }

            #[automatically_derived]
            #[allow(unused_lifetimes, single_use_lifetimes)]
            impl #de_generics #serde::Deserialize<'__de> for #name #ty_generics #deserialize {
                fn deserialize<__D: #serde::Deserializer<'__de>>(
                    __deserializer: __D,
                ) -> ::core::result::Result<Self, __D::Error> {
                    #serde::Deserializer::deserialize_struct(
                        __deserializer,
                        #spelled,
                        &[#(#texts),*],
                        __Visitor(::core::marker::PhantomData),
                    )
                }
            }

            #[allow(private_bounds, unused_lifetimes)]
            struct __Visitor #generics (::core::marker::PhantomData<fn() -> #name #ty_generics>)
            #clause;

            #[automatically_derived]
            #[allow(unused_lifetimes, single_use_lifetimes)]
            impl #de_generics #serde::de::Visitor<'__de> for __Visitor #ty_generics #deserialize {
                type Value = #name #ty_generics;

                fn expecting(
                    &self,
                    __f: &mut ::core::fmt::Formatter<'_>,
                ) -> ::core::fmt::Result {
                    ::core::fmt::Formatter::write_str(__f, #expecting)
                }

                fn visit_seq<__A: #serde::de::SeqAccess<'__de>>(
                    self,
                    mut __seq: __A,
                ) -> ::core::result::Result<Self::Value, __A::Error> {
                    #(let #names = #serde::de::SeqAccess::next_element(&mut __seq)?;)*
                    ::core::result::Result::Ok(#name { #(
                        #names: ::core::option::Option::unwrap_or_else(#names, || #bottoms),
                    )* #mark })
                }

                fn visit_map<__A: #serde::de::MapAccess<'__de>>(
                    self,
                    mut __map: __A,
                ) -> ::core::result::Result<Self::Value, __A::Error> {
                    #(let mut #names = ::core::option::Option::None;)*
                    while let ::core::option::Option::Some(__key) =
                        #serde::de::MapAccess::next_key::<#krate::__private::String>(&mut __map)?
                    {
                        match &*__key {
                            #(#texts => {
                                #names = ::core::option::Option::Some(
                                    #serde::de::MapAccess::next_value(&mut __map)?,
                                );
                            })*
                            _ => {
                                #serde::de::MapAccess::next_value::<#serde::de::IgnoredAny>(
                                    &mut __map,
                                )?;
                            }
                        }
                    }
                    ::core::result::Result::Ok(#name { #(
                        #names: ::core::option::Option::unwrap_or_else(#names, || #bottoms),
                    )* #mark })
                }
            }
        }
    }

    /// The types of the fields.
    fn types(&self) -> impl Iterator<Item = TokenStream> {
        let krate = &self.input.krate;
        self.fields.iter().map(move |(field, ..)| {
            let ty = &field.ty;
            quote_spanned!(field.span()=> <#ty as #krate::Diff>::Digest)
        })
    }

    /// The digests that bottom has.
    fn bottoms(&self) -> impl Iterator<Item = TokenStream> {
        let krate = &self.input.krate;
        self.fields.iter().map(move |(field, ..)| {
            let ty = &field.ty;
            quote_spanned! {field.span()=>
                <#ty as #krate::Diff>::digest(&<#ty as ::core::default::Default>::default())
            }
        })
    }

    /// The field that names the parameters.
    pub(crate) fn mark(&self) -> Option<TokenStream> {
        let has_params = !self.input.generics.params.is_empty();
        has_params.then(|| quote!(__marker: ::core::marker::PhantomData,))
    }

    fn names(&self) -> impl Iterator<Item = &Ident> {
        self.fields.iter().map(|(_, name, _)| name)
    }

    fn texts(&self) -> Vec<&str> {
        self.fields.iter().map(|(.., text)| text.as_str()).collect()
    }

    /// The where clause of an impl for fields that have `bound`.
    ///
    /// `for<'__any>` leaves it to each use of the impl whether they have: as a plain bound it would
    /// have to hold here and now.
    fn having(&self, bound: &TokenStream) -> WhereClause {
        let mut clause = self.clause.clone();
        let bounds =
            self.types().map(|ty| -> WherePredicate { parse_quote!(for<'__any> #ty: #bound) });
        clause.predicates.extend(bounds);
        clause
    }
}
