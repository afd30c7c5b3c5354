//! Decoding what was encoded gives an equal value, or encoding is an error: for every type, with
//! every kind of content, in both forms.

mod canaries;
mod depth;
mod derived;

use std::collections::BTreeSet;

use rejoin_tests::round_trips::containers::{keys, more_keys, ordered, values};
use rejoin_tests::round_trips::contents::{Ordered, Plain, as_kind};
use rejoin_tests::round_trips::{AnyValue, Form, Outcome, Report, Visitor};

/// Checks whatever comes in a form.
struct Check<'a> {
    kind: &'static str,
    report: &'a mut Report,
    form: Form,
}

impl Visitor for Check<'_> {
    fn visit(&mut self, container: &str, value: &dyn AnyValue) {
        self.report.check(self.form, self.kind, container, value);
    }
}

/// Every kind of content by itself and in every type.
fn everything(form: Form) -> Report {
    let mut report = Report::default();
    for (kind, samples) in Ordered::kinds() {
        let check = &mut Check { kind, report: &mut report, form };
        as_kind(kind, || {
            values(&samples, check);
            ordered(&samples, check);
            keys(&samples, check);
            more_keys(&samples, check);
        });
    }
    for (kind, samples) in Plain::kinds() {
        let check = &mut Check { kind, report: &mut report, form };
        as_kind(kind, || values(&samples, check));
    }
    report
}

/// The kinds of which some values came to this end.
fn kinds(report: &Report, outcome: Outcome) -> BTreeSet<&'static str> {
    report.count(outcome).into_keys().collect()
}

/// A variant that is skipped is refused by serde itself.
const SKIPPED: [&str; 5] = ["Boxed", "MapOfVariants", "Phase", "Skipped", "Skippeds"];

/// What JSON has a `null` for is refused in `Some`, and instead of a number.
const NULL: [&str; 15] = [
    "F32",
    "F64",
    "Float",
    "MapOfOptions",
    "MaybeF64",
    "MaybeFloat",
    "MaybeJson",
    "MaybeMaybe",
    "MaybeNewtype",
    "MaybeNothing",
    "MaybeUnit",
    "MaybeUntagged",
    "NewtypeOfOptions",
    "MapOfVariants",
    "TupleOfNothing",
];

/// What only a format that describes its types can be read from.
const SELF_DESCRIBING: [&str; 9] = [
    "Adjacent",
    "Flat",
    "Flattened",
    "Holder",
    "Internal",
    "Json",
    "MaybeJson",
    "MaybeUntagged",
    "Untagged",
];

/// What leaves out some of its fields now and then.
const SPARSE: &str = "Sparse";

#[test]
fn what_is_written_as_json_comes_back() {
    let report = everything(Form::Json);
    assert!(report.faults.is_empty(), "{report}");
    let expected: BTreeSet<_> = SKIPPED.into_iter().chain(NULL).collect();
    assert_eq!(kinds(&report, Outcome::Refused), expected, "{report}");
}

#[test]
fn what_is_written_as_bytes_comes_back() {
    let report = everything(Form::Checked);
    assert!(report.faults.is_empty(), "{report}");
    let expected: BTreeSet<_> =
        SKIPPED.into_iter().chain(SELF_DESCRIBING).chain([SPARSE]).collect();
    assert_eq!(kinds(&report, Outcome::Refused), expected, "{report}");
}

/// Without a look at what was written, only such types are amiss that the encoder cannot tell from
/// others; and they cannot be read, but are never read as something else.
#[test]
fn what_is_written_as_bytes_is_never_read_as_something_else() {
    let report = everything(Form::Compact);
    assert_eq!(report.count(Outcome::Different), [].into(), "{report}");
    let unreadable = kinds(&report, Outcome::Unreadable);
    assert!(unreadable.iter().all(|kind| SELF_DESCRIBING.contains(kind)), "{report}");
}
