//! Counters over their replicas, and a counter that can be reset over its edits.

mod sweep;

use std::ops::Range;

use criterion::{criterion_group, criterion_main};
use rejoin_benches::values::writer;
use rejoin_counters::{BoundedCounter, Causal, Crdt, Edit, GCounter, PnCounter, ResetCounter};

use self::sweep::{Subject, sweep};

/// Subjects of which each writer has an entry.
macro_rules! counters {
    ($($name:ident: $type:ty, $largest:expr, |$cursor:ident| $change:expr;)*) => {$(
        struct $name;

        impl Subject for $name {
            type Value = $type;

            const NAME: &'static str = stringify!($name);

            const LARGEST: u64 = $largest;

            fn change($cursor: &mut <$type as Edit>::Cursor<'_>, _at: u64, _time: u64) {
                $change;
            }

            fn edit(value: &mut Self::Value, _by: u64, range: Range<u64>) -> Self::Value {
                let mut all = Self::Value::default();
                for at in range {
                    all.merge(value.edit(writer(at), |cursor| Self::change(cursor, at, at)));
                }
                all
            }
        }
    )*};
}

counters! {
    GCounters: GCounter, 10_000, |counter| counter.increment(1);
    PnCounters: PnCounter, 10_000, |counter| counter.decrement(1);
    BoundedCounters: BoundedCounter, 10_000, |counter| counter.increment(1);
    ResetCounters: Causal<ResetCounter>, 10_000, |counter| counter.add(1);
}

criterion_group!(
    benches,
    sweep::<GCounters>,
    sweep::<PnCounters>,
    sweep::<BoundedCounters>,
    sweep::<ResetCounters>
);
criterion_main!(benches);
