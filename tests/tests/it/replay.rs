//! A real history of concurrent edits gives exactly the figures of an independent oracle.

use std::path::Path;

use rejoin_tests::replay::{Exchange, Figures, read_trace, replay};

#[test]
fn hashbrown_history_gives_the_oracles_figures_all_three_ways() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/git-hashbrown.tsv.gz");
    let history = read_trace(&path).expect("the trace is readable");
    assert_eq!(history.commits.len(), 1_302);
    let outcomes = Exchange::ALL.map(|exchange| replay(&history, exchange, |_| {}));
    for outcome in &outcomes {
        let expected =
            Figures { merges: 438, same_paths: 438, same_content: 355, with_siblings: 83 };
        assert_eq!(outcome.figures, expected);
        assert_eq!(outcome.hash, outcomes[0].hash, "the same state at every commit");
        assert_eq!(outcome.last, outcomes[0].last);
    }
}
