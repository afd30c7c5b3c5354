//! A checker that has never failed proves nothing: forms that lose something are planted here, and
//! each must be found.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rejoin_core::Causal;
use rejoin_core::laws::{self, AnyEdit, Arbitrary, Gen};
use rejoin_registers::MvRegister;
use rejoin_tests::round_trips::Form::{Compact, Json, Postcard};
use rejoin_tests::round_trips::kinds::{Internal, Kind, Skipped, Untagged};
use rejoin_tests::round_trips::{AnyValue, Form, Outcome, Positional, Report};
use serde::{Deserialize, Serialize, Serializer};

/// Checks what becomes of a value, of which each fault is told in a line.
#[track_caller]
fn finds(form: Form, value: &dyn AnyValue, expected: Outcome) {
    let mut report = Report::default();
    report.check(form, "planted", "itself", value);
    assert_eq!(report.count(expected), [("planted", 1)].into(), "{report}");
    let is_fault = matches!(expected, Outcome::Unreadable | Outcome::Different);
    assert_eq!(report.faults.len(), usize::from(is_fault));
}

/// A number that is written with its last bit cleared.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Even(u8);

impl Serialize for Even {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct("Even", &(self.0 & !1))
    }
}

impl Arbitrary for Even {
    fn arbitrary(g: &mut Gen) -> Self {
        Self(u8::arbitrary(g))
    }
}

#[test]
fn a_value_that_is_written_as_another() {
    finds(Json, &Even(6), Outcome::Same);
    finds(Json, &Even(7), Outcome::Different);
    finds(Compact, &Even(7), Outcome::Different);
}

/// A register as it was, whose bottom is nothing, as some of its values are.
#[test]
fn a_value_that_is_written_as_its_absence() {
    finds(Json, &Some(Some(1)), Outcome::Same);
    finds(Json, &Some(None::<u8>), Outcome::Different);
    finds(Json, &Some(()), Outcome::Different);
    finds(Json, &f64::INFINITY, Outcome::Unreadable);
    finds(Json, &Some(f64::INFINITY), Outcome::Different);
}

/// A map as it was, with numbers as the keys of an object.
#[test]
fn a_key_that_is_written_as_another() {
    let map = |key| BTreeMap::from([(key, 1_u8)]);
    finds(Json, &map(Untagged::Text("5".into())), Outcome::Same);
    finds(Json, &map(Untagged::Number(5)), Outcome::Different);
}

/// Variants by their number, which the reader counts without those that are skipped.
#[test]
fn a_variant_that_is_written_as_another() {
    let outcomes = Skipped::samples().into_iter().map(|sample| {
        let mut report = Report::default();
        report.check(Postcard, "planted", "itself", &Positional(&sample));
        report.faults.len()
    });
    assert!(outcomes.sum::<usize>() >= 3, "those after the skipped one");
}

#[test]
fn a_type_that_only_a_self_describing_format_can_read() {
    finds(Compact, &Internal::Nothing, Outcome::Unreadable);
    finds(Json, &Internal::Nothing, Outcome::Same);
}

/// The law kit finds the same, in whatever form.
#[test]
fn laws() {
    type Register = Causal<MvRegister<Even>>;
    let failure = |run: &dyn Fn()| {
        let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("the fault was not found");
        panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|message| (*message).to_owned()))
    };
    let message = failure(&|| {
        laws::check_form::<Register, _, _, _>(
            |register, g| register.any_edit(g),
            serde_json::to_string,
            |json| serde_json::from_str(json),
        );
    });
    assert!(message.is_some_and(|message| message.contains("decode(encode(a)) = a")));
    let message = failure(&|| {
        laws::check_form::<Register, _, _, _>(
            |register, g| register.any_edit(g),
            rejoin_codec::to_vec,
            |bytes| rejoin_codec::from_slice(bytes),
        );
    });
    assert!(message.is_some_and(|message| message.contains("decode(encode(a)) = a")));
    let message = failure(&|| {
        laws::check_form::<Register, (), _, _>(
            |register, g| register.any_edit(g),
            |_| Err(()),
            |()| Err::<Register, _>("never"),
        );
    });
    assert!(message.is_some_and(|message| message.contains("every value was refused")));
}
