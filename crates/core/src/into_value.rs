use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// What can be given where a `T` is wanted: a `T` itself, or a borrowed form of the common owned
/// types, so that `insert("red")` works on a set of `String`.
///
/// `Into<T>` would do the same, but then a plain `insert(5)` on a set of `u64` would not compile,
/// because so many integers convert into one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given where `{T}` is wanted",
    note = "convert it first: `.into()`, `.to_owned()`"
)]
pub trait IntoValue<T> {
    /// The value.
    fn into_value(self) -> T;
}

impl<T> IntoValue<T> for T {
    fn into_value(self) -> T {
        self
    }
}

impl IntoValue<String> for &str {
    fn into_value(self) -> String {
        self.to_owned()
    }
}

impl IntoValue<String> for &String {
    fn into_value(self) -> String {
        self.clone()
    }
}

impl IntoValue<Box<str>> for &str {
    fn into_value(self) -> Box<str> {
        self.into()
    }
}

impl IntoValue<Arc<str>> for &str {
    fn into_value(self) -> Arc<str> {
        self.into()
    }
}

impl<T: Clone> IntoValue<Vec<T>> for &[T] {
    fn into_value(self) -> Vec<T> {
        self.to_vec()
    }
}

impl<T: Clone, const N: usize> IntoValue<Vec<T>> for &[T; N] {
    fn into_value(self) -> Vec<T> {
        self.to_vec()
    }
}
