//! What the derives say to those who use them wrongly.

/// The messages are kept beside the cases; `TRYBUILD=overwrite` writes them anew.
#[test]
fn messages() {
    trybuild::TestCases::new().compile_fail("tests/derive-ui/*.rs");
}
