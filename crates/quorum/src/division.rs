use core::fmt;
use core::ops::Bound;

use rejoin_maps::GMap;
use serde::Serialize;
use serde::de::DeserializeOwned;

use rejoin_store::Replicated;

/// How a replicated value is made of *objects*: what a quorum or strong operation is about.
///
/// Operations on different objects neither wait for each other nor say anything about each other.
/// An operation costs a few messages with the object, or with what has changed of it.
///
/// | | the objects of | key | object |
/// |---|---|---|---|
/// | [`Single`] | any value | `()` | the whole value |
/// | [`ByKey`] | a `GMap<K, V>` | `K` | what is under the key |
///
/// So a store of many small objects, each of which can be read and written at any level, is a
/// `GMap<String, Causal<MvRegister<String>>>`, say. In a `Causal<OrMap<_, _>>` all keys share one
/// causal context, and it is one object: a voter that has forgotten a removed key cannot tell,
/// without the contexts of all keys, a key that was removed from one that it has not heard of.
///
/// # Laws
///
/// Another division has to be one of a product: for all values `a`, `b`, objects `o` and keys `k ≠
/// l`,
///
/// * `object(a ⊔ b, k) = object(a, k) ⊔ object(b, k)`, and `object` of bottom is bottom;
/// * `object(enclose(k, o), k) = o` and `object(enclose(k, o), l)` is bottom;
/// * the join of `enclose(k, o)` for all `(k, o)` of `split(a)` is `a`.
pub trait Division<S> {
    /// Names an object, also in messages.
    type Key: Clone + Ord + fmt::Debug + Serialize + DeserializeOwned + Send + 'static;

    /// An object.
    type Object: Replicated + PartialEq + Send + 'static;

    /// A copy of the object under this key: bottom if there is none.
    fn object(value: &S, key: &Self::Key) -> Self::Object;

    /// The value that has this object and no other.
    fn enclose(key: Self::Key, object: Self::Object) -> S;

    /// All objects of a value.
    fn split(value: S) -> Vec<(Self::Key, Self::Object)>;

    /// The keys of a value from this one on, without it, in ascending order.
    fn keys_after(value: &S, key: Option<&Self::Key>) -> impl Iterator<Item = Self::Key>;
}

/// The whole value is one object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Single;

impl<S: Replicated + PartialEq + Send + 'static> Division<S> for Single {
    type Key = ();
    type Object = S;

    fn object(value: &S, (): &()) -> S {
        value.clone()
    }

    fn enclose((): (), object: S) -> S {
        object
    }

    fn split(value: S) -> Vec<((), S)> {
        vec![((), value)]
    }

    fn keys_after(_value: &S, key: Option<&()>) -> impl Iterator<Item = ()> {
        key.is_none().then_some(()).into_iter()
    }
}

/// Each key of a [`GMap`] is an object of its own.
///
/// A key is never removed. An object that can be emptied, such as `Causal<_>`, leaves its context
/// under it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ByKey;

impl<K, V> Division<GMap<K, V>> for ByKey
where
    K: Clone + Ord + fmt::Debug + Serialize + DeserializeOwned + Send + 'static,
    V: Replicated + PartialEq + Send + 'static,
{
    type Key = K;
    type Object = V;

    fn object(value: &GMap<K, V>, key: &K) -> V {
        value.get(key).cloned().unwrap_or_default()
    }

    fn enclose(key: K, object: V) -> GMap<K, V> {
        GMap::from_iter([(key, object)])
    }

    fn split(value: GMap<K, V>) -> Vec<(K, V)> {
        value.into_iter().collect()
    }

    fn keys_after(value: &GMap<K, V>, key: Option<&K>) -> impl Iterator<Item = K> {
        let from = key.map_or(Bound::Unbounded, Bound::Excluded);
        value.range::<K, _>((from, Bound::Unbounded)).map(|(key, _)| key.clone())
    }
}
