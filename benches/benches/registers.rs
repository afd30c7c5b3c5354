//! Registers over their siblings; those that keep one value have one size.

mod sweep;

use std::ops::Range;

use criterion::{criterion_group, criterion_main};
use rejoin_benches::values::writer;
use rejoin_registers::{Causal, Crdt, DwFlag, Edit, EwFlag, LwwRegister, Max, Min, MvRegister};

use self::sweep::{Subject, sweep};

subjects! {
    Maxima: Max<u64>, 100, |max, at, time| max.set(at + time);
    Minima: Min<u64>, 100, |min, at, time| min.set(u64::MAX - at - time);
    LwwRegisters: LwwRegister<u64, u64>, 100, |register, at, time| register.set(at + time, at);
}

/// Subjects of which each writer has a piece.
macro_rules! siblings {
    ($($name:ident: $type:ty, |$cursor:ident, $at:ident| $change:expr;)*) => {$(
        struct $name;

        impl Subject for $name {
            type Value = Causal<$type>;

            const NAME: &'static str = stringify!($name);

            const LARGEST: u64 = 1_000;

            fn change($cursor: &mut <Causal<$type> as Edit>::Cursor<'_>, $at: u64, _time: u64) {
                _ = $at;
                $change;
            }

            /// Each writer has seen nothing of the others.
            fn edit(value: &mut Self::Value, by: u64, range: Range<u64>) -> Self::Value {
                let mut all = Self::Value::default();
                for at in range {
                    let id = writer(by << 32 | at);
                    all.merge(Self::Value::default().edit(id, |cursor| Self::change(cursor, at, by)));
                }
                value.merge(all.clone());
                all
            }
        }
    )*};
}

siblings! {
    MvRegisters: MvRegister<u64>, |register, at| register.set(at);
    EwFlags: EwFlag, |flag, at| flag.enable();
    DwFlags: DwFlag, |flag, at| flag.disable();
}

criterion_group!(
    benches,
    sweep::<Maxima>,
    sweep::<Minima>,
    sweep::<LwwRegisters>,
    sweep::<MvRegisters>,
    sweep::<EwFlags>,
    sweep::<DwFlags>
);
criterion_main!(benches);
