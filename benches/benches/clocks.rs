//! Version vectors over their replicas, and contexts over their gaps.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rejoin_benches::encode;
use rejoin_benches::values::writer;
use rejoin_clocks::{CausalContext, Dot, VersionVector};

fn dot(by: u64, seq: u64) -> Dot {
    Dot::new(writer(by), seq).expect("not 0")
}

/// What a version vector and a context are measured in.
macro_rules! measure {
    ($group:expr, $n:expr, $here:expr, $there:expr, $type:ty) => {{
        let (here, there): ($type, $type) = ($here, $there);
        let mut both = here.clone();
        both.join(&there);
        $group.bench_function(BenchmarkId::new("join equal", $n), |b| {
            let mut joined = both.clone();
            b.iter(|| black_box(joined.join(&both)));
        });
        $group.bench_function(BenchmarkId::new("join concurrent, with a copy", $n), |b| {
            b.iter(|| {
                let mut joined = here.clone();
                joined.join(&there);
                joined
            });
        });
        $group.bench_function(BenchmarkId::new("order", $n), |b| {
            b.iter(|| black_box(&here).partial_cmp(&there));
        });
        $group.bench_function(BenchmarkId::new("encode", $n), |b| b.iter(|| encode::ours(&here)));
        let bytes = encode::ours(&here);
        $group.bench_function(BenchmarkId::new("decode", $n), |b| {
            b.iter(|| encode::decoded::<$type>(&bytes));
        });
    }};
}

fn vectors(criterion: &mut Criterion) {
    for n in [1, 10, 100, 1_000, 10_000] {
        let side = |ahead: u64| (0..n).map(move |by| dot(by, 10 + (by + ahead) % 2));
        let mut group = criterion.benchmark_group("VersionVector");
        measure!(group, n, side(0).collect(), side(1).collect(), VersionVector);
        group.finish();
    }
}

fn gaps(criterion: &mut Criterion) {
    for n in [100, 1_000, 10_000, 100_000] {
        let side = |first: u64| (0..n).map(move |at| dot(1, 4 * at + first));
        let mut group = criterion.benchmark_group("CausalContext with gaps");
        measure!(group, n, side(2).collect(), side(4).collect(), CausalContext);
        let here: CausalContext = side(2).collect();
        group.bench_function(BenchmarkId::new("contains", n), |b| {
            let mut at = 0;
            b.iter(|| {
                at = (at + 7_919) % (4 * n);
                here.contains(dot(1, at + 1))
            });
        });
        group.bench_function(BenchmarkId::new("join one dot", n), |b| {
            let (mut here, late) = (here.clone(), CausalContext::from(dot(1, 2 * n + 3)));
            b.iter(|| here.join(&late));
        });
        group.finish();
    }
}

criterion_group!(benches, vectors, gaps);
criterion_main!(benches);
