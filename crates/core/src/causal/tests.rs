use rejoin_clocks::ReplicaId;

use crate::{Causal, Crdt, DotMap, DotSet, Draft, Edit};

type Tags = Causal<DotMap<&'static str, DotSet>>;

#[test]
fn what_a_cursor_wrote_that_was_never_settled_is_in_the_next_delta() {
    let (alice, bob) = (ReplicaId::from_u128(1), ReplicaId::from_u128(2));
    for editor in [alice, bob] {
        let mut tags = Tags::default();
        let before = tags.clone();
        let (mut delta, mut kept) = (Tags::default(), Tags::default());
        tags.cursor(Draft::new(alice, &mut delta, &mut kept)).entry("red").write();
        let delta = tags.edit(editor, |tags| tags.entry("blue").write());
        let mut after = before;
        after.merge(delta);
        assert_eq!(after, tags);
        assert_eq!(after.len(), 2);
    }
}

#[test]
fn an_edit_that_does_nothing_has_an_empty_delta() {
    let alice = ReplicaId::from_u128(1);
    let mut tags = Tags::default();
    tags.edit(alice, |tags| tags.entry("red").write());
    assert_eq!(tags.edit(alice, |tags| tags.remove("blue")), Tags::default());
}
