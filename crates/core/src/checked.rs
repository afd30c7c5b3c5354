//! How the derives make one message of one mistake. Users see nothing of it.

/// `<[(); CHECK] as Checked>::Type<T>` is `T` if `CHECK` compiles, and otherwise a type that the
/// compiler knows to be wrong, so that it passes over all that is done with it.
pub trait Checked {
    /// `T`.
    type Type<T>;
}

impl<const CHECK: usize> Checked for [(); CHECK] {
    type Type<T> = T;
}

/// Which derives a struct has: none, as far as this trait is what answers.
///
/// Each derive gives the struct a constant of its own, of the same name, which is 1, or does not
/// compile where the derive found a mistake. A type's own constants go before those of traits.
#[expect(missing_docs, reason = "each is about the trait in its name")]
pub trait Derived {
    const __CRDT: usize = 0;
    const __DIFF: usize = 0;
    const __DECOMPOSE: usize = 0;
    const __WATCH: usize = 0;
    const __DOT_STORE: usize = 0;
    const __WATCH_STORE: usize = 0;
}

impl<T: ?Sized> Derived for T {}

/// `<[(); DERIVED] as Underived>::Type<T, Other>` is `T` where a trait is not derived, and so has
/// to be implemented by hand, and otherwise `Other`.
pub trait Underived {
    /// `T` or `Other`.
    type Type<T, Other>;
}

impl Underived for [(); 0] {
    type Type<T, Other> = T;
}

impl Underived for [(); 1] {
    type Type<T, Other> = Other;
}
