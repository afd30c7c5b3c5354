use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Error, Generics, Ident, Member, Path, Result, Type, Visibility,
    WherePredicate,
};

use crate::attributes::{FieldAttributes, StructAttributes, combine};
use crate::self_type::{SelfType, mentions};

/// Parses the annotated item and writes the impls, or the errors, all of them at once.
pub(crate) fn expand(tokens: TokenStream, implement: fn(&Input) -> TokenStream) -> TokenStream {
    match Input::parse(tokens) {
        Ok(input) => implement(&input),
        Err(errors) => errors.into_compile_error(),
    }
}

/// A struct that a trait is derived for, without `Self` in its types and bounds.
pub(crate) struct Input {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) generics: Generics,
    pub(crate) fields: Vec<Field>,
    /// Where the traits are.
    pub(crate) krate: Path,
    /// The name of the cursor.
    pub(crate) cursor: Ident,
    /// Replaces the inferred bounds on field types.
    pub(crate) bound: Option<Vec<WherePredicate>>,
}

/// A field of an [`Input`].
pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) vis: Visibility,
    pub(crate) ty: Type,
    /// Local: not merged, digested, or edited through the cursor.
    pub(crate) skip: bool,
}

impl Input {
    fn parse(tokens: TokenStream) -> Result<Self> {
        let input: DeriveInput = if mentions(tokens.clone(), &[&format_ident!("Self")]) {
            let named: DeriveInput = syn::parse2(tokens.clone())?;
            let (_, generics, _) = named.generics.split_for_impl();
            syn::parse2(SelfType { ident: &named.ident, generics }.write_out(tokens))?
        } else {
            syn::parse2(tokens)?
        };

        let mut errors = Ok(());
        let (_, generics, _) = input.generics.split_for_impl();
        let self_type = SelfType { ident: &input.ident, generics };
        let attributes = StructAttributes::parse(&input.attrs, &self_type);
        let attributes = keep(attributes, &mut errors).unwrap_or_default();
        for lifetime in input.generics.lifetimes() {
            combine(&mut errors, borrowed(&input.ident, lifetime));
        }
        let fields = match &input.data {
            Data::Struct(data) => {
                let fields = data.fields.iter().zip(data.fields.members());
                fields
                    .filter_map(|(field, member)| keep(Field::parse(field, member), &mut errors))
                    .collect()
            }
            Data::Enum(data) => {
                combine(&mut errors, not_a_struct(data.enum_token, ENUM));
                Vec::new()
            }
            Data::Union(data) => {
                combine(&mut errors, not_a_struct(data.union_token, UNION));
                Vec::new()
            }
        };
        errors?;

        Ok(Self {
            krate: attributes.krate(),
            cursor: attributes.cursor(&input.ident),
            bound: attributes.bound().map(<[_]>::to_vec),
            ident: input.ident,
            vis: input.vis,
            generics: input.generics,
            fields,
        })
    }

    /// The fields that are merged.
    pub(crate) fn replicated(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.skip)
    }

    /// The names of the type and const parameters.
    pub(crate) fn params(&self) -> Vec<&Ident> {
        let types = self.generics.type_params().map(|param| &param.ident);
        types.chain(self.generics.const_params().map(|param| &param.ident)).collect()
    }

    /// An expression of type `Self` with `value(field)` in each field, or bottom where there is
    /// none.
    pub(crate) fn build(&self, value: impl Fn(&Field) -> Option<TokenStream>) -> TokenStream {
        let fields = self.fields.iter().map(|field| {
            let Field { member, ty, .. } = field;
            let value = value(field)
                .unwrap_or_else(|| quote!(<#ty as ::core::default::Default>::default()));
            quote!(#member: #value)
        });
        quote!(Self { #(#fields),* })
    }

    /// An expression of type `Self` with `value` in `field` and bottom elsewhere.
    pub(crate) fn only(&self, field: &Field, value: &TokenStream) -> TokenStream {
        self.build(|other| (other.member == field.member).then(|| value.clone()))
    }
}

impl Field {
    fn parse(field: &syn::Field, member: Member) -> Result<Self> {
        let skip = FieldAttributes::parse(&field.attrs)?.skip();
        Ok(Self { member, vis: field.vis.clone(), ty: field.ty.clone(), skip })
    }

    /// The method of the cursor for this field.
    pub(crate) fn method(&self) -> Ident {
        // As the cursor's name: located at the field, but marked as generated.
        let span = Span::call_site().located_at(self.member.span());
        match &self.member {
            Member::Named(ident) => {
                let mut method = ident.clone();
                method.set_span(span);
                method
            }
            Member::Unnamed(index) => Ident::new(&format!("_{}", index.index), span),
        }
    }

    /// The field in prose.
    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(ident) => ident.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }

    /// Where messages about this field's type point.
    pub(crate) fn span(&self) -> Span {
        Span::call_site().located_at(self.ty.span())
    }
}

/// Puts impls where their names are out of the user's way.
///
/// To implement something for a deprecated struct, or one with deprecated fields, is not to use it.
pub(crate) fn anonymous(impls: &TokenStream) -> TokenStream {
    quote! {
        #[allow(deprecated)]
        const _: () = { #impls };
    }
}

/// The value, or `None` with its error added to `errors`.
fn keep<T>(result: Result<T>, errors: &mut Result<()>) -> Option<T> {
    result.map_err(|error| combine(errors, error)).ok()
}

fn borrowed(ident: &Ident, lifetime: &syn::LifetimeParam) -> Error {
    let lifetime = &lifetime.lifetime;
    let message = format!(
        "`{ident}` cannot have the lifetime parameter `{lifetime}`: replicas keep and exchange \
         values, so a replicated value owns its data. Use owned field types, such as `String` in \
         place of `&{lifetime} str`",
    );
    Error::new_spanned(lifetime, message)
}

const ENUM: &str = "the derives of Rejoin are for structs, not for enums: two replicas may choose \
     different variants, and there is no merge for that in general. Put the enum into a register \
     (`MvRegister<_>`, `LwwRegister<_>`), or derive for a struct with one field a variant";

const UNION: &str = "the derives of Rejoin are for structs, not for unions, whose valid field is \
     not known";

fn not_a_struct(keyword: impl ToTokens, message: &str) -> Error {
    Error::new_spanned(keyword, message)
}
