use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Error, Generics, Ident, LitStr, Member, Path, Result, Type, Visibility,
    WherePredicate,
};

use crate::attributes::{FieldAttributes, ItemAttributes, Place, combine};
use crate::phases::Phases;
use crate::self_type::{SelfType, mentions};

/// Parses the annotated item and writes the impls, or the errors, all of them at once.
pub(crate) fn expand(tokens: TokenStream, derive: &Derive) -> TokenStream {
    match Item::parse(tokens, derive) {
        Ok(Item::Struct(input)) => (derive.on_struct)(&input),
        Ok(Item::Phases(phases, on_phases)) => on_phases(&phases),
        Err(errors) => errors.into_compile_error(),
    }
}

/// How to implement a trait.
pub(crate) struct Derive {
    pub(crate) on_struct: fn(&Input) -> TokenStream,
    /// For ordered enums; the derives of dot stores have none.
    pub(crate) on_phases: Option<OnPhases>,
}

type OnPhases = fn(&Phases) -> TokenStream;

/// What a trait is derived for.
enum Item {
    Struct(Input),
    Phases(Phases, OnPhases),
}

/// A struct that a trait is derived for, without `Self` in its types and bounds.
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) generics: Generics,
    pub(crate) fields: Vec<Field>,
    /// Where the traits are.
    pub(crate) krate: Path,
    /// The name of the cursor.
    pub(crate) cursor: Ident,
    /// The name of the changes.
    pub(crate) change: Ident,
    /// What std traits the changes have.
    pub(crate) change_derive: Vec<Ident>,
    /// Replaces the inferred bounds on field types.
    pub(crate) bound: Option<Vec<WherePredicate>>,
    /// The name in encodings, if it is not that of the struct.
    pub(crate) rename: Option<LitStr>,
    /// The names of fields that have been given up.
    pub(crate) reserved: Vec<LitStr>,
}

/// A field of an [`Input`].
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) vis: Visibility,
    pub(crate) ty: Type,
    /// Edited by joining.
    pub(crate) join: bool,
    /// Local: not merged, digested, or edited through the cursor.
    pub(crate) skip: bool,
    /// Holds the fields of later versions.
    pub(crate) unknown: bool,
    /// The name in encodings, if it is not that of the field.
    pub(crate) rename: Option<LitStr>,
}

impl Item {
    fn parse(tokens: TokenStream, derive: &Derive) -> Result<Self> {
        let input: DeriveInput = if mentions(tokens.clone(), &[&format_ident!("Self")]) {
            let named: DeriveInput = syn::parse2(tokens.clone())?;
            let (_, generics, _) = named.generics.split_for_impl();
            syn::parse2(SelfType { ident: &named.ident, generics }.write_out(tokens))?
        } else {
            syn::parse2(tokens)?
        };

        let (_, generics, _) = input.generics.split_for_impl();
        let self_type = SelfType { ident: &input.ident, generics };
        let place = if let Data::Enum(_) = input.data { Place::Enum } else { Place::Struct };
        let (attributes, mut errors) = ItemAttributes::parse(&input.attrs, place, &self_type);
        for lifetime in input.generics.lifetimes() {
            combine(&mut errors, borrowed(&input.ident, lifetime));
        }
        let item = match &input.data {
            Data::Struct(data) => {
                let fields = data.fields.iter().zip(data.fields.members());
                let fields = fields
                    .filter_map(|(field, member)| {
                        keep(Field::parse(field, member, derive), &mut errors)
                    })
                    .collect();
                Input::new(&input, fields, &attributes).map(Self::Struct)
            }
            Data::Enum(data) => match derive.on_phases {
                Some(on_phases) => Phases::parse(&input, data, &attributes)
                    .map(|phases| Self::Phases(phases, on_phases)),
                None => Err(Error::new_spanned(data.enum_token, ENUM_OF_DOTS)),
            },
            Data::Union(data) => Err(Error::new_spanned(data.union_token, UNION)),
        };
        match (item, errors) {
            (item, Ok(())) => item,
            (Ok(_), Err(errors)) => Err(errors),
            (Err(error), Err(mut errors)) => {
                errors.combine(error);
                Err(errors)
            }
        }
    }
}

impl Input {
    fn new(input: &DeriveInput, fields: Vec<Field>, attributes: &ItemAttributes) -> Result<Self> {
        Ok(Self {
            krate: attributes.krate(&input.ident)?,
            cursor: attributes.cursor(&input.ident),
            change: attributes.change(&input.ident),
            change_derive: attributes.change_derive(),
            bound: attributes.bound().map(<[_]>::to_vec),
            rename: attributes.rename(),
            reserved: attributes.reserved(),
            ident: input.ident.clone(),
            vis: input.vis.clone(),
            generics: input.generics.clone(),
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

    /// An expression of type `Self` with `value(field)` in each merged field, or bottom where there
    /// is none. Skipped fields have what they have in the default of the struct.
    pub(crate) fn build(&self, value: impl Fn(&Field) -> Option<TokenStream>) -> TokenStream {
        let fields = self.replicated().map(|field| {
            let Field { member, ty, .. } = field;
            let value = value(field)
                .unwrap_or_else(|| quote!(<#ty as ::core::default::Default>::default()));
            (member, value)
        });
        let (members, values): (Vec<_>, Vec<_>) = fields.unzip();
        if members.len() == self.fields.len() {
            quote!(Self { #(#members: #values),* })
        } else {
            quote! {{
                let mut __built = <Self as ::core::default::Default>::default();
                #(__built.#members = #values;)*
                __built
            }}
        }
    }

    /// An expression of type `Self` with `value` in `field` and bottom elsewhere.
    pub(crate) fn only(&self, field: &Field, value: &TokenStream) -> TokenStream {
        self.build(|other| (other.member == field.member).then(|| value.clone()))
    }
}

impl Field {
    fn parse(field: &syn::Field, member: Member, derive: &Derive) -> Result<Self> {
        let attributes = FieldAttributes::parse(&field.attrs)?;
        let (join, skip) = (attributes.join(), attributes.skip());
        if join && derive.on_phases.is_none() {
            return Err(Error::new_spanned(&field.ty, JOIN_OF_DOTS));
        }
        let (unknown, rename) = (attributes.unknown(), attributes.rename());
        let (vis, ty) = (field.vis.clone(), field.ty.clone());
        Ok(Self { member, vis, ty, join, skip, unknown, rename })
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

    /// The variant of the changes for this field.
    pub(crate) fn variant(&self) -> Ident {
        let span = Span::call_site().located_at(self.member.span());
        let name = match &self.member {
            Member::Named(ident) => camel_case(&ident.unraw().to_string()),
            Member::Unnamed(index) => format!("Field{}", index.index),
        };
        Ident::new(&name, span)
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

/// The name of a field as that of a variant: `gift_wrap` as `GiftWrap`.
fn camel_case(field: &str) -> String {
    let mut name: String = field
        .split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters)
        })
        .collect();
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert_str(0, "Field");
    }
    if name == "Self" {
        name.push('_'); // the one keyword that is capitalized
    }
    name
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

const ENUM_OF_DOTS: &str = "the derives of dot stores are for structs, not for enums: two replicas \
     may choose different variants. Put the enum into a register (`MvRegister<_>`), or derive for a \
     struct with one field a variant. Phases that only ever advance are a lattice \
     (`#[derive(Crdt, Unnumbered)]` with `#[crdt(ordered)]`), and as `Dotted<_>` a dot store";

const JOIN_OF_DOTS: &str = "`join` is for lattices that have no cursor; a dot store always has one";

const UNION: &str = "the derives of Rejoin are for structs, not for unions, whose valid field is \
     not known";
