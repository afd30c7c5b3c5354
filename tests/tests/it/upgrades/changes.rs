//! What each change of a type does: the rows of docs/upgrades.md.

use rejoin_codec::{Reason, from_slice, to_vec};
use rejoin_core::{Causal, Crdt, DotStore, Edit, ReplicaId, Unknown, Unnumbered, Upgradable};
use rejoin_maps::{Dotted, OrMap};
use rejoin_registers::{EwFlag, MvRegister};
use rejoin_sets::AwSet;
use rejoin_shape::Shape;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const ALICE: ReplicaId = ReplicaId::from_u128(0xa11ce);
const BOB: ReplicaId = ReplicaId::from_u128(0xb0b);

/// What a replica of another version makes of a message.
fn received<To: DeserializeOwned>(sent: &impl Serialize) -> To {
    from_slice(&to_vec(sent).expect("it can be written")).expect("it can be read")
}

/// Whether replicas of two types connect, and a storage of one opens as the other.
fn fit<A: DotStore + DeserializeOwned, B: DotStore + DeserializeOwned>() -> Result<(), String> {
    let [one, other] = [Shape::of::<Causal<A>>(), Shape::of::<Causal<B>>()];
    let result = one.check(&other).map_err(|error| error.to_string());
    assert_eq!(result.is_ok(), other.check(&one).is_ok());
    result
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
struct Note {
    title: MvRegister<String>,
    pinned: EwFlag,
    #[crdt(unknown)]
    unknown: Unknown,
}

fn note() -> Causal<OrMap<u8, Note>> {
    let mut notes = Causal::<OrMap<u8, Note>>::default();
    notes.edit(ALICE, |notes| {
        let mut note = notes.entry(1);
        note.title().set("Groceries");
        note.pinned().enable();
    });
    notes
}

mod added {
    use super::*;

    #[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
    #[crdt(rename = "Note")]
    struct NewNote {
        title: MvRegister<String>,
        pinned: EwFlag,
        lines: OrMap<u32, Line>,
        #[crdt(unknown)]
        unknown: Unknown,
    }

    #[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
    struct Line {
        text: MvRegister<String>,
        #[crdt(unknown)]
        unknown: Unknown,
    }

    #[test]
    fn a_new_field_is_kept_by_replicas_that_do_not_know_it() {
        assert_eq!(fit::<OrMap<u8, Note>, OrMap<u8, NewNote>>(), Ok(()));
        let mut old = note();
        let mut new: Causal<OrMap<u8, NewNote>> = received(&old);
        let delta = new.edit(BOB, |notes| notes.entry(1).lines().entry(7).text().set("oat milk"));
        assert!(old.merge(received(&delta)));
        assert_eq!(
            old.get(&1).expect("it is there").unknown.names().collect::<Vec<_>>(),
            ["lines"]
        );

        // It goes on with both, and an upgrade has all.
        old.edit(ALICE, |notes| notes.entry(1).title().set("Food"));
        new.merge(received(&old));
        assert_eq!(
            new.get(&1)
                .expect("it is there")
                .lines
                .get(&7)
                .expect("it is there")
                .text
                .get()
                .map(String::as_str),
            Some("oat milk")
        );
        assert_eq!(received::<Causal<OrMap<u8, NewNote>>>(&old), new);
        assert_eq!(to_vec(&old), to_vec(&new));
    }

    #[test]
    fn a_key_with_nothing_but_unknown_content_is_present() {
        let mut new = Causal::<OrMap<u8, NewNote>>::default();
        new.edit(BOB, |notes| notes.entry(2).lines().entry(7).text().set("oat milk"));
        let mut old: Causal<OrMap<u8, Note>> = received(&new);
        assert!(old.contains_key(&2) && old.len() == 1);
        let removal = old.edit(ALICE, |notes| notes.remove(&2));
        new.merge(received(&removal));
        assert!(new.is_empty() && old.is_empty());
    }

    #[test]
    fn an_edit_that_fails_puts_unknown_content_back() {
        let mut new = Causal::<OrMap<u8, NewNote>>::default();
        new.edit(BOB, |notes| notes.entry(2).lines().entry(7).text().set("oat milk"));
        let mut old: Causal<OrMap<u8, Note>> = received(&new);
        let before = old.clone();
        let failed: Result<((), _), ()> = old.try_edit(ALICE, |notes| {
            notes.entry(2).unknown().clear();
            notes.remove(&2);
            Err(())
        });
        assert!(failed.is_err());
        assert_eq!(old, before);
    }
}

mod removed {
    use super::*;

    #[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
    #[crdt(rename = "Note")]
    struct NewNote {
        title: MvRegister<String>,
        #[crdt(unknown)]
        unknown: Unknown,
    }

    #[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
    #[crdt(rename = "Note", reserved("pinned"))]
    struct ReservedNote {
        title: MvRegister<String>,
        #[crdt(unknown)]
        unknown: Unknown,
    }

    #[test]
    fn a_removed_field_is_kept_for_those_that_still_have_it() {
        assert_eq!(fit::<OrMap<u8, Note>, OrMap<u8, NewNote>>(), Ok(()));
        let mut old = note();
        let mut new: Causal<OrMap<u8, NewNote>> = received(&old);
        let delta = new.edit(BOB, |notes| notes.entry(1).title().set("Food"));
        old.merge(received(&delta));
        old.merge(received(&new));
        assert!(old.get(&1).expect("it is there").pinned.is_enabled());
    }

    /// To drop it is an edit, so that all replicas do.
    #[test]
    fn what_is_left_of_a_removed_field_is_removed_by_an_edit() {
        assert_eq!(fit::<OrMap<u8, Note>, OrMap<u8, ReservedNote>>(), Ok(()));
        let mut old = note();
        let mut new: Causal<OrMap<u8, ReservedNote>> = received(&old);
        assert_eq!(to_vec(&new), to_vec(&old));
        let delta = new.edit(BOB, |notes| notes.entry(1).unknown().remove("pinned"));
        old.merge(received(&delta));
        let left = old.get(&1).expect("it has a title");
        assert!(!left.pinned.is_enabled() && left.title.get().is_some());
        assert_eq!(to_vec(&new), to_vec(&old));
    }
}

mod renamed {
    use super::*;

    /// The fields are in another order, too.
    #[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
    #[crdt(rename = "Note")]
    struct Memo {
        #[crdt(rename = "pinned")]
        on_top: EwFlag,
        #[crdt(rename = "title")]
        heading: MvRegister<String>,
        #[crdt(unknown)]
        unknown: Unknown,
    }

    #[test]
    fn what_is_renamed_keeps_its_name_in_the_encoding() {
        assert_eq!(fit::<OrMap<u8, Note>, OrMap<u8, Memo>>(), Ok(()));
        let old = note();
        let new: Causal<OrMap<u8, Memo>> = received(&old);
        assert!(new.get(&1).expect("it is there").on_top.is_enabled());
        assert_eq!(
            new.get(&1).expect("it is there").heading.get().map(String::as_str),
            Some("Groceries")
        );
        assert_eq!(to_vec(&new), to_vec(&old));
    }
}

mod retyped {
    use super::*;

    #[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
    #[crdt(rename = "Note")]
    struct NewNote {
        title: AwSet<String>,
        #[crdt(unknown)]
        unknown: Unknown,
    }

    #[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
    #[serde(rename = "Note")]
    struct ByPosition {
        title: MvRegister<String>,
        pinned: EwFlag,
    }

    #[test]
    fn another_type_of_a_field_is_refused_with_its_path() {
        let refused = fit::<OrMap<u8, Note>, OrMap<u8, NewNote>>().expect_err("another type");
        assert!(refused.contains("title") && refused.contains("MvRegister"), "{refused}");
        assert!(refused.contains("AwSet"), "{refused}");
        let bytes = to_vec(&note()).expect("it can be written");
        let error = from_slice::<Causal<OrMap<u8, NewNote>>>(&bytes).expect_err("another type");
        assert!(matches!(error.reason(), Reason::Kind { .. }), "{error}");
    }

    #[test]
    fn a_struct_by_position_is_another_type_than_one_by_names() {
        assert!(fit::<Note, ByPosition>().is_err());
        assert!(fit::<OrMap<u8, Note>, OrMap<u16, Note>>().is_err());
    }

    /// The place of both is the same, and the dots are kept.
    #[test]
    fn a_value_is_converted() {
        let old: Causal<ByPosition> = {
            let mut note = Causal::<ByPosition>::default();
            note.edit(ALICE, |note| note.title().set("Groceries"));
            note
        };
        let convert = |ByPosition { title, pinned }| Note { title, pinned, ..Note::default() };
        let new = old.clone().convert(convert).expect("the same dots");
        assert_eq!(new.context(), old.context());
        assert_eq!(new.title, old.title);
    }
}

mod variants {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename = "Color")]
    enum Old {
        Red,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename = "Color")]
    enum New {
        Blue(u8),
        Red,
    }

    #[derive(Clone, Copy, Debug, Default, PartialEq, Crdt, Unnumbered, Serialize, Deserialize)]
    #[serde(rename = "Phase")]
    #[crdt(ordered)]
    enum OldPhase {
        #[default]
        Draft,
        Public,
    }

    #[derive(Clone, Copy, Debug, Default, PartialEq, Crdt, Unnumbered, Serialize, Deserialize)]
    #[serde(rename = "Phase")]
    #[crdt(ordered)]
    enum NewPhase {
        #[default]
        Draft,
        Public,
        Archived,
    }

    #[test]
    fn a_new_variant_is_refused_until_it_is_known() {
        assert_eq!(fit::<MvRegister<Old>, MvRegister<New>>(), Ok(()));
        let mut new = Causal::<MvRegister<New>>::default();
        new.edit(BOB, |color| color.set(New::Red));
        let old: Causal<MvRegister<Old>> = received(&new);
        assert_eq!(old.get(), Some(&Old::Red));
        let delta = new.edit(BOB, |color| color.set(New::Blue(1)));
        let bytes = to_vec(&delta).expect("it can be written");
        assert!(from_slice::<Causal<MvRegister<Old>>>(&bytes).is_err(), "and so it is sent again");
        let mut upgraded: Causal<MvRegister<New>> = received(&old);
        upgraded.merge(received(&delta));
        assert_eq!(upgraded, new);
    }

    #[test]
    fn a_new_phase_is_refused_until_it_is_known() {
        assert_eq!(fit::<Dotted<OldPhase>, Dotted<NewPhase>>(), Ok(()));
        let mut new = Causal::<Dotted<NewPhase>>::default();
        new.edit(BOB, |phase| phase.edit(|phase| phase.advance(NewPhase::Archived)));
        let bytes = to_vec(&new).expect("it can be written");
        assert!(from_slice::<Causal<Dotted<OldPhase>>>(&bytes).is_err());
        let mut old = Causal::<Dotted<OldPhase>>::default();
        old.edit(BOB, |phase| phase.edit(|phase| phase.advance(OldPhase::Public)));
        let read: Causal<Dotted<NewPhase>> = received(&old);
        assert_eq!(*read.value(), NewPhase::Public);
    }

    #[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
    struct Empty {
        #[crdt(unknown)]
        unknown: Unknown,
    }

    #[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
    #[crdt(rename = "Empty")]
    struct Full {
        color: MvRegister<New>,
        phase: Dotted<NewPhase>,
        #[crdt(unknown)]
        unknown: Unknown,
    }

    /// In a field that is not known, any variant is.
    #[test]
    fn variants_in_an_unknown_field_are_kept() {
        let mut new = Causal::<Full>::default();
        new.edit(BOB, |full| {
            full.color().set(New::Blue(7));
            full.phase().edit(|phase| phase.advance(NewPhase::Archived));
        });
        let old: Causal<Empty> = received(&new);
        assert_eq!(to_vec(&old), to_vec(&new));
        assert_eq!(received::<Causal<Full>>(&old), new);
    }
}

mod readable {
    use super::*;

    #[derive(Clone, Debug, Default, PartialEq, DotStore, Upgradable)]
    #[crdt(rename = "Note")]
    struct NewNote {
        title: MvRegister<String>,
        pinned: EwFlag,
        tags: AwSet<String>,
        #[crdt(unknown)]
        unknown: Unknown,
    }

    #[test]
    fn json_has_the_known_fields_and_refuses_others() {
        let notes = note();
        let json = serde_json::to_string(&notes).expect("all is known");
        assert!(json.contains(r#""title""#) && !json.contains("unknown"), "{json}");
        let read: Causal<OrMap<u8, Note>> = serde_json::from_str(&json).expect("its own");
        assert_eq!(read, notes);
        let newer: Causal<OrMap<u8, NewNote>> = serde_json::from_str(&json).expect("fewer");
        assert!(newer.get(&1).expect("it is there").tags.is_empty());

        let mut newer: Causal<OrMap<u8, NewNote>> = received(&notes);
        newer.edit(BOB, |notes| notes.entry(1).tags().insert("food"));
        let json = serde_json::to_string(&newer).expect("all is known");
        let error = serde_json::from_str::<Causal<OrMap<u8, Note>>>(&json);
        assert!(error.is_err(), "it would be lost");
        let older: Causal<OrMap<u8, Note>> = received(&newer);
        let error = serde_json::to_string(&older).expect_err("it would be lost").to_string();
        assert!(error.contains("tags"), "{error}");
    }

    #[test]
    fn other_formats_have_the_known_fields() {
        let notes = note();
        let bytes = postcard::to_allocvec(&notes).expect("all is known");
        let read: Causal<OrMap<u8, Note>> = postcard::from_bytes(&bytes).expect("its own");
        assert_eq!(read, notes);
        let mut newer: Causal<OrMap<u8, NewNote>> = postcard::from_bytes(&bytes).expect("fewer");
        newer.edit(BOB, |notes| notes.entry(1).tags().insert("food"));
        let bytes = postcard::to_allocvec(&newer).expect("all is known");
        assert!(postcard::from_bytes::<Causal<OrMap<u8, Note>>>(&bytes).is_err());
    }
}
