//! Encoding and decoding: our format beside those that serde has, in one run.
//!
//! The throughput is that of the encoded bytes, as the bar is. But a format with fewer bytes an
//! element has fewer bytes to be fast with, so compare times.

use std::hint::black_box;
use std::io::Write;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use rejoin_benches::values::{map, set, writer};
use serde::Serialize;
use serde::de::DeserializeOwned;

const SIZE: u64 = 100_000;

/// One format: its bytes, both ways.
fn format<T>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    value: &T,
    encode: impl Fn(&T) -> Vec<u8>,
    decode: impl Fn(&[u8]) -> T,
) {
    let bytes = encode(value);
    let each = bytes.len() as f64 / SIZE as f64;
    println!("{name}: {each:.2} bytes an element, {:.2} deflated", deflated(&bytes) / SIZE as f64);
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function(format!("encode/{name}"), |b| b.iter(|| encode(black_box(value))));
    group.bench_function(format!("decode/{name}"), |b| b.iter(|| decode(black_box(&bytes))));
}

fn deflated(bytes: &[u8]) -> f64 {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("a vector takes all");
    encoder.finish().expect("a vector takes all").len() as f64
}

fn formats<T: Serialize + DeserializeOwned>(c: &mut Criterion, name: &str, value: &T) {
    let mut group = c.benchmark_group(name);
    group.sample_size(10);
    format(
        &mut group,
        "rejoin-codec",
        value,
        |value| rejoin_codec::to_vec(value).expect("encodes"),
        |bytes| rejoin_codec::from_slice(bytes).expect("decodes"),
    );
    format(
        &mut group,
        "postcard",
        value,
        |value| postcard::to_stdvec(value).expect("encodes"),
        |bytes| postcard::from_bytes(bytes).expect("decodes"),
    );
    let config = bincode::config::standard();
    format(
        &mut group,
        "bincode",
        value,
        |value| bincode::serde::encode_to_vec(value, config).expect("encodes"),
        |bytes| bincode::serde::decode_from_slice(bytes, config).expect("decodes").0,
    );
    format(
        &mut group,
        "serde_json",
        value,
        |value| serde_json::to_vec(value).expect("encodes"),
        |bytes| serde_json::from_slice(bytes).expect("decodes"),
    );
    group.finish();
}

fn benches(c: &mut Criterion) {
    formats(c, "aw_set", &set(SIZE, writer(0)));
    formats(c, "or_map", &map(SIZE, writer(0)));
}

criterion_group!(codec, benches);
criterion_main!(codec);
