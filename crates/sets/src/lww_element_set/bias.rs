//! What wins at the same time.

/// What a [`LwwElementSet`](crate::LwwElementSet) makes of an addition and a removal with the same
/// time.
pub trait Bias: sealed::Sealed + 'static {
    /// Whether the addition stands.
    const ADD_WINS: bool;
}

/// At the same time the addition stands.
#[derive(Clone, Copy, Debug)]
pub enum AddBias {}

/// At the same time the removal stands.
#[derive(Clone, Copy, Debug)]
pub enum RemoveBias {}

impl Bias for AddBias {
    const ADD_WINS: bool = true;
}

impl Bias for RemoveBias {
    const ADD_WINS: bool = false;
}

#[allow(unnameable_types, reason = "the point of a sealed trait")]
mod sealed {
    pub trait Sealed {
        /// The name by which a set with this bias announces itself.
        const SET: &'static str;
    }
    impl Sealed for super::AddBias {
        const SET: &'static str = "rejoin::LwwElementSet<AddBias>";
    }
    impl Sealed for super::RemoveBias {
        const SET: &'static str = "rejoin::LwwElementSet<RemoveBias>";
    }
}
