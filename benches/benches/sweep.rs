//! Criterion benches over sizes, written once for all types.
//!
//! A [`Subject`] says how a value of a size is made and changed. [`sweep`] measures edits, merges,
//! differences and the encoding of it, at sizes from 10² up, so that the slope is visible.

use std::fmt::Debug;
use std::hint::black_box;
use std::ops::Range;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion};
use rejoin_benches::encode;
use rejoin_benches::values::writer;
use rejoin_maps::{Crdt, Diff, Edit};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The sizes of a sweep, in steps of ten.
pub(crate) const SIZES: [u64; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];

/// A type to measure.
pub(crate) trait Subject {
    /// The replicated type.
    type Value: Edit
        + Diff<Digest: Clone>
        + Clone
        + PartialEq
        + Debug
        + Serialize
        + DeserializeOwned;

    /// Its name in the report.
    const NAME: &'static str;

    /// The largest of [`SIZES`] that is not too slow.
    const LARGEST: u64 = 1_000_000;

    /// Makes the change number `at`: another key, an addition, a write. Of changes with different
    /// numbers, no two touch the same. `time` is later for later writers.
    fn change(cursor: &mut <Self::Value as Edit>::Cursor<'_>, at: u64, time: u64);

    /// Makes the changes in `range` as the writer `by`, and gives the delta.
    ///
    /// For types that have an entry a writer, and not a key, each change is of another writer.
    fn edit(value: &mut Self::Value, by: u64, range: Range<u64>) -> Self::Value {
        value.edit(writer(by), |cursor| range.for_each(|at| Self::change(cursor, at, by + 1)))
    }
}

/// The value after the changes in `range`.
fn made<S: Subject>(value: &S::Value, by: u64, range: Range<u64>) -> S::Value {
    let mut value = value.clone();
    S::edit(&mut value, by, range);
    value
}

/// Measures all that can be done with a value, at every size.
pub(crate) fn sweep<S: Subject>(criterion: &mut Criterion) {
    let empty = S::Value::default();
    for n in SIZES.into_iter().filter(|n| *n <= S::LARGEST) {
        let mut group = criterion.benchmark_group(S::NAME);
        group.sample_size(10);
        let base = made::<S>(&empty, 0, 0..n);
        edits::<S>(&mut group, n, &base);
        merges::<S>(&mut group, BenchmarkId::new("merge equal", n), (&base, &base));
        merges::<S>(
            &mut group,
            BenchmarkId::new("merge disjoint", n),
            (&base, &made::<S>(&empty, 1, n..2 * n)),
        );
        let (one, other) = (made::<S>(&base, 1, 0..n / 2), made::<S>(&base, 2, 0..n / 2));
        merges::<S>(&mut group, BenchmarkId::new("merge half concurrent", n), (&one, &other));
        let mut there = base.clone();
        let delta = S::edit(&mut there, 1, n / 2..n / 2 + 1);
        merges::<S>(&mut group, BenchmarkId::new("merge delta", n), (&base, &delta));
        let digest = base.digest();
        group.bench_function(BenchmarkId::new("digest", n), |b| b.iter(|| base.digest()));
        group.bench_function(BenchmarkId::new("diff", n), |b| b.iter(|| there.diff(&digest)));
        let bytes = encode::ours(&base);
        assert_eq!(encode::decoded::<S::Value>(&bytes), base, "{}: a round trip", S::NAME);
        group.bench_function(BenchmarkId::new("encode", n), |b| b.iter(|| encode::ours(&base)));
        group.bench_function(BenchmarkId::new("decode", n), |b| {
            b.iter(|| encode::decoded::<S::Value>(&bytes));
        });
        group.finish();
    }
}

fn edits<S: Subject>(group: &mut BenchmarkGroup<'_, WallTime>, n: u64, base: &S::Value) {
    let mut value = base.clone();
    let mut next = n;
    group.bench_function(BenchmarkId::new("edit new", n), |b| {
        b.iter(|| {
            next += 1;
            S::edit(&mut value, 3, next..next + 1)
        });
    });
    let mut value = base.clone();
    group.bench_function(BenchmarkId::new("edit again", n), |b| {
        b.iter(|| {
            next = (next + 7_919) % n;
            S::edit(&mut value, 3, next..next + 1)
        });
    });
}

/// Merges copies of `there` into copies of `here`.
fn merges<S: Subject>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: BenchmarkId,
    (here, there): (&S::Value, &S::Value),
) {
    group.bench_function(id, |b| {
        b.iter_batched(
            || (here.clone(), there.clone()),
            |(mut here, there)| {
                black_box(here.merge(there));
                here // dropped by the bench, and not timed
            },
            BatchSize::LargeInput,
        );
    });
}

/// Declares subjects that differ in their type and in what a change is.
#[macro_export]
macro_rules! subjects {
    ($($name:ident: $type:ty, $largest:expr, |$cursor:ident, $at:ident, $time:ident| $change:expr;)*) => {$(
        struct $name;

        impl sweep::Subject for $name {
            type Value = $type;

            const NAME: &'static str = stringify!($name);

            const LARGEST: u64 = $largest;

            fn change($cursor: &mut <$type as rejoin_maps::Edit>::Cursor<'_>, $at: u64, $time: u64) {
                _ = ($at, $time);
                $change;
            }
        }
    )*};
}
