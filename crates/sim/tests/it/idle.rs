//! What equal replicas say to each other.

use std::time::Duration;

use rejoin_sim::{Faults, Network};
use rejoin_store::Kind;

use crate::support::Tags;

#[test]
fn an_idle_pair_asks_about_once_an_interval_and_says_nothing_else() {
    let mut network = Network::<Tags>::new(1, 2, Faults::none());
    network.stage(0, |tags| tags.insert(1));
    network.run_for(Duration::from_secs(10));
    let before = *network.durable(0).unwrap().replica().stats();
    network.run_for(Duration::from_secs(100));
    let after = *network.durable(0).unwrap().replica().stats();
    let count = |kind| after.sent.of(kind).messages - before.sent.of(kind).messages;
    // Each asking counts for both: they do not ask 200 times.
    let (asked, answered) = (count(Kind::Compare), count(Kind::Reply));
    assert!((80..150).contains(&(asked + answered)), "{asked} + {answered}");
    let all = after.sent.total().messages - before.sent.total().messages;
    assert_eq!(all, asked + answered);
    let bytes = after.sent.total().bytes - before.sent.total().bytes;
    assert!(bytes <= 30 * all, "{bytes} bytes in {all} messages");
}
