use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Error, LitStr, Member, Result, parse_quote};

use crate::attributes::combine;
use crate::bounds;
use crate::input::{Field, Input, anonymous};

/// `#[derive(Upgradable)]`: serde's traits for a struct whose versions may differ.
pub(crate) fn implement(input: &Input) -> TokenStream {
    match Named::new(input) {
        Ok(named) => named.implement(),
        Err(errors) => errors.into_compile_error(),
    }
}

/// The fields by their names.
struct Named<'a> {
    input: &'a Input,
    /// In ascending order of names, without the unknown ones.
    fields: Vec<(String, &'a Field)>,
    unknown: &'a Member,
}

impl<'a> Named<'a> {
    fn new(input: &'a Input) -> Result<Self> {
        let mut errors = Ok(());
        let mut unknown = input.fields.iter().filter(|field| field.unknown);
        let the_unknown = unknown.next();
        if the_unknown.is_none() {
            combine(&mut errors, Error::new_spanned(&input.ident, NO_UNKNOWN));
        }
        if let Some(second) = unknown.next() {
            combine(&mut errors, Error::new_spanned(&second.ty, SECOND_UNKNOWN));
        }
        let mut fields = Vec::new();
        for field in input.replicated().filter(|field| !field.unknown) {
            let name = match (&field.rename, &field.member) {
                (Some(name), _) => name.value(),
                (None, Member::Named(_)) => field.name(),
                (None, Member::Unnamed(_)) => {
                    combine(&mut errors, Error::new_spanned(&field.ty, NO_NAME));
                    continue;
                }
            };
            fields.push((name, field));
        }
        fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        for pair in fields.windows(2) {
            let [(one, _), (name, field)] = pair else { continue };
            if one == name {
                let message = format!("two fields have the name `{name}` in the encoding");
                combine(&mut errors, Error::new_spanned(&field.ty, message));
            }
        }
        for reserved in &input.reserved {
            let name = reserved.value();
            if fields.iter().any(|(field, _)| *field == name) {
                let message = format!(
                    "the name `{name}` is reserved: replicas may still hold content of the field that \
                     had it, which would be read as this one's",
                );
                combine(&mut errors, Error::new(reserved.span(), message));
            }
        }
        match (errors, the_unknown) {
            (Ok(()), Some(unknown)) => Ok(Self { input, fields, unknown: &unknown.member }),
            (Err(errors), _) => Err(errors),
            (Ok(()), None) => Err(Error::new_spanned(&input.ident, NO_UNKNOWN)),
        }
    }

    fn implement(&self) -> TokenStream {
        let Self { input, fields, unknown } = self;
        let Input { ident, krate, generics, .. } = input;
        let private = quote!(#krate::__private);
        let serde = quote!(#private::serde);
        let (impl_generics, ty_generics, _) = generics.split_for_impl();
        let bound = quote! {
            #krate::DotStore + #serde::Serialize + #serde::de::DeserializeOwned
        };
        let clause = bounds::where_clause(input, None, Some(&bound));
        let mut with_de = generics.clone();
        with_de.params.insert(0, parse_quote!('__de));
        let (de_generics, _, _) = with_de.split_for_impl();
        let name = input.rename.as_ref().map_or_else(|| ident.to_string(), LitStr::value);
        let names = fields.iter().map(|(name, _)| name);
        let names: Vec<_> = names.collect();
        let numbers: Vec<_> = (0..fields.len()).collect();
        let each = |call: &dyn Fn(&str, &Field) -> TokenStream| -> Vec<_> {
            fields.iter().map(|(name, field)| call(name, field)).collect()
        };
        let lowest = each(
            &|_, Field { member, ty, .. }: &Field| quote_spanned!(ty_span(ty)=> #krate::DotStore::lowest_dot(&self.#member)),
        );
        let to_map = each(&|_, Field { member, ty, .. }: &Field| {
            quote_spanned! {ty_span(ty)=>
                #serde::ser::SerializeMap::serialize_value(__map, &self.#member)
            }
        });
        let to_struct = each(&|name, Field { member, ty, .. }: &Field| {
            quote_spanned! {ty_span(ty)=>
                #private::serialize_field(#name, &self.#member, __fields)
            }
        });
        let values = each(
            &|_, Field { member, ty, .. }: &Field| quote_spanned!(ty_span(ty)=> #private::next_value(&mut self.#member, __map)),
        );
        let impls = anonymous(&quote! {
            #[automatically_derived]
            impl #impl_generics #private::FieldsByName for #ident #ty_generics #clause {
                const NAME: &'static str = #name;
                const FIELDS: &'static [&'static str] = &[#(#names),*];

                fn unknown(&mut self) -> &mut #krate::Unknown {
                    &mut self.#unknown
                }

                fn unknown_ref(&self) -> &#krate::Unknown {
                    &self.#unknown
                }

                #[allow(unused_variables)]
                fn lowest_dot_at(
                    &self,
                    __at: ::core::primitive::usize,
                ) -> ::core::option::Option<#krate::Dot> {
                    match __at {
                        #(#numbers => #lowest,)*
                        _ => ::core::option::Option::None,
                    }
                }

                #[allow(unused_variables)]
                fn value_to<__M: #serde::ser::SerializeMap>(
                    &self,
                    __at: ::core::primitive::usize,
                    __map: &mut __M,
                ) -> ::core::result::Result<(), __M::Error> {
                    match __at {
                        #(#numbers => #to_map,)*
                        _ => ::core::result::Result::Ok(()),
                    }
                }

                #[allow(unused_variables)]
                fn field_to<__S: #serde::ser::SerializeStruct>(
                    &self,
                    __at: ::core::primitive::usize,
                    __fields: &mut __S,
                ) -> ::core::result::Result<(), __S::Error> {
                    match __at {
                        #(#numbers => #to_struct,)*
                        _ => ::core::result::Result::Ok(()),
                    }
                }

                #[allow(unused_variables)]
                fn value_at<'__de, __A: #serde::de::MapAccess<'__de>>(
                    &mut self,
                    __at: ::core::primitive::usize,
                    __map: &mut __A,
                ) -> ::core::result::Result<(), __A::Error> {
                    match __at {
                        #(#numbers => #values,)*
                        _ => ::core::result::Result::Ok(()),
                    }
                }
            }

            #[automatically_derived]
            impl #impl_generics #serde::Serialize for #ident #ty_generics #clause {
                fn serialize<__S: #serde::Serializer>(
                    &self,
                    __serializer: __S,
                ) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #private::serialize_fields(self, __serializer)
                }
            }

            #[automatically_derived]
            impl #de_generics #serde::Deserialize<'__de> for #ident #ty_generics #clause {
                fn deserialize<__D: #serde::Deserializer<'__de>>(
                    __deserializer: __D,
                ) -> ::core::result::Result<Self, __D::Error> {
                    #private::deserialize_fields(__deserializer)
                }
            }
        });
        quote!(#krate::__private::if_serde! { #impls })
    }
}

fn ty_span(ty: &syn::Type) -> Span {
    use syn::spanned::Spanned;
    Span::call_site().located_at(ty.span())
}

const NO_UNKNOWN: &str = "versions of this struct may differ, so it needs a place for the fields of \
     later versions: `#[crdt(unknown)] unknown: Unknown`";

const SECOND_UNKNOWN: &str = "one field holds all that is unknown";

const NO_NAME: &str = "versions of a struct find fields by their names, and this one has none: name \
     it, or say `#[crdt(rename = \"name\")]`";
