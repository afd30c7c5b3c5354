//! Causal sets and maps over sizes: the slope shows what a cost follows.

use std::collections::HashSet;
use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use rejoin_benches::{map, scatter, set, writer};
use rejoin_maps::{Causal, Crdt, Diff, Edit, OrMap};
use rejoin_registers::MvRegister;

const SIZES: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];

fn sets(c: &mut Criterion) {
    for n in SIZES {
        let here = set(n, writer(0));
        let mut there = here.clone();
        let added = there.edit(writer(1), |set| set.extend((n..n + 10).map(scatter)));
        let removed = there.edit(writer(1), |set| {
            for number in 0..10 {
                set.remove(&scatter(number * n / 10));
            }
        });

        let mut group = c.benchmark_group("aw_set");
        group.sample_size(20);
        group.bench_function(BenchmarkId::new("insert", n), |b| {
            let mut set = here.clone();
            let mut next = n;
            b.iter(|| {
                next += 1;
                set.edit(writer(0), |set| set.insert(scatter(next)))
            });
        });
        group.bench_function(BenchmarkId::new("contains", n), |b| {
            let mut next = 0;
            b.iter(|| {
                next = (next + 7_919) % n;
                black_box(here.contains(&scatter(next)))
            });
        });
        group.bench_function(BenchmarkId::new("contains in a std HashSet", n), |b| {
            let plain: HashSet<u64> = (0..n).map(scatter).collect();
            let mut next = 0;
            b.iter(|| {
                next = (next + 7_919) % n;
                black_box(plain.contains(&scatter(next)))
            });
        });
        // Merged again and again: the later merges find what is there, and look at as much.
        for (name, delta) in [("merge 10 additions", added), ("merge 10 removals", removed)] {
            group.bench_function(BenchmarkId::new(name, n), |b| {
                let mut set = here.clone();
                b.iter_batched(|| delta.clone(), |delta| set.merge(delta), BatchSize::SmallInput);
            });
        }
        if n <= 100_000 {
            group.bench_function(BenchmarkId::new("merge an equal state", n), |b| {
                let mut set = here.clone();
                b.iter_batched(|| here.clone(), |other| set.merge(other), BatchSize::LargeInput);
            });
            let other = set(n, writer(2));
            group.bench_function(BenchmarkId::new("merge a concurrent state", n), |b| {
                b.iter_batched(
                    || (here.clone(), other.clone()),
                    |(mut set, other)| {
                        set.merge(other);
                        set
                    },
                    BatchSize::LargeInput,
                );
            });
            group.bench_function(BenchmarkId::new("diff of 20", n), |b| {
                let digest = here.digest();
                b.iter(|| there.diff(&digest));
            });
        }
        group.finish();
    }
}

fn maps(c: &mut Criterion) {
    for n in [1_000, 10_000, 100_000] {
        let here = map(n, writer(0));
        let mut group = c.benchmark_group("or_map");
        group.sample_size(20);
        group.bench_function(BenchmarkId::new("build", n), |b| b.iter(|| map(n, writer(0))));
        group.bench_function(BenchmarkId::new("update", n), |b| {
            let mut map = here.clone();
            let mut next = 0;
            b.iter(|| {
                next = (next + 7_919) % n;
                map.edit(writer(0), |map| map.entry(format!("key:{next}")).set(next))
            });
        });
        group.bench_function(BenchmarkId::new("get", n), |b| {
            b.iter(|| black_box(here.get("key:517")));
        });
        group.bench_function(BenchmarkId::new("merge, half the keys concurrent", n), |b| {
            let update = |by: u128| -> Causal<OrMap<String, MvRegister<u64>>> {
                let mut map = here.clone();
                map.edit(writer(by), |map| {
                    for number in (0..n).step_by(2) {
                        map.entry(format!("key:{number}")).set(n + number);
                    }
                });
                map
            };
            let (one, two) = (update(1), update(2));
            b.iter_batched(
                || (one.clone(), two.clone()),
                |(mut one, two)| {
                    one.merge(two);
                    one
                },
                BatchSize::LargeInput,
            );
        });
        group.finish();
    }
}

criterion_group!(benches, sets, maps);
criterion_main!(benches);
