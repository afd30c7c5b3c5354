use core::cell::Cell;
use core::fmt::{Debug, Display};
use std::format;
use std::string::String;

use quickcheck::Gen;

use super::equations::unequal;
use super::{Subject, on_values};

/// Checks that values come back from the form in which they are written: what `decode` makes of
/// what `encode` gives is equal, and is written the same again. Or `encode` refuses the value, but
/// never every one.
///
/// This is a law for types of yours that serialize, and for contents of yours in types of this
/// workspace: serde lets a type write what it cannot read, or less than it has. With JSON, `encode`
/// is `serde_json::to_string`, and `decode` is `serde_json::from_str`.
///
/// ```
/// use std::convert::Infallible;
///
/// use rejoin_core::laws::{self, AnyEdit};
/// use rejoin_core::{Causal, DotSet};
///
/// laws::check_form::<Causal<DotSet>, _, _, _>(
///     |dots, g| dots.any_edit(g),
///     |causal| {
///         let parts = (causal.store().clone(), causal.seen(), causal.foretold().clone());
///         Ok::<_, Infallible>(parts)
///     },
///     |(store, seen, foretold)| {
///         Causal::from_parts(store.clone(), seen.clone(), foretold.clone())
///     },
/// );
/// ```
///
/// # Panics
///
/// As [`check`](super::check), and if no value at all is written.
pub fn check_form<T: Subject, B: PartialEq + Debug, E, D: Display>(
    edit: impl Fn(&mut T::Cursor<'_>, &mut Gen),
    encode: impl Fn(&T) -> Result<B, E>,
    decode: impl Fn(&B) -> Result<T, D>,
) {
    let is_written = Cell::new(false);
    on_values::<T>(edit, |values| {
        for value in values {
            if let Ok(form) = encode(value) {
                is_written.set(true);
                comes_back(value, &form, &encode, &decode)?;
            }
        }
        Ok(())
    });
    assert!(is_written.get(), "every value was refused when it was encoded");
}

fn comes_back<T: Subject, B: PartialEq + Debug, E, D: Display>(
    value: &T,
    form: &B,
    encode: &impl Fn(&T) -> Result<B, E>,
    decode: &impl Fn(&B) -> Result<T, D>,
) -> Result<(), String> {
    match decode(form) {
        Err(error) => Err(format!(
            "what was encoded cannot be decoded: {error}\n  value {value:?}\n  form  {form:?}"
        )),
        Ok(read) if read != *value => Err(unequal("decode(encode(a)) = a", &read, value)),
        Ok(read) => match encode(&read) {
            Ok(again) if again == *form => Ok(()),
            Ok(again) => Err(format!("two forms of one value\n  {form:?}\n  {again:?}")),
            Err(_) => Err(format!("what was decoded cannot be encoded again\n  form  {form:?}")),
        },
    }
}
