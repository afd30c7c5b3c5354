//! A type that has got one more field, among peers that lack it.
//!
//! The document of `rejoin-derive` draws its advice from here.

use rejoin_core::{Causal, Crdt, Diff, DotStore, Edit};
use rejoin_registers::{MvRegister, MvRegisterCursor};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{ALICE, BOB};

#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
struct OldNote {
    title: MvRegister<String>,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
struct NewNote {
    title: MvRegister<String>,
    #[serde(default)]
    body: MvRegister<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Serialize, Deserialize)]
struct OldPage {
    note: Causal<OldNote>,
}

/// Here the new field has a context of its own.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Serialize, Deserialize)]
struct NewPage {
    note: Causal<OldNote>,
    #[serde(default)]
    body: Causal<MvRegister<String>>,
}

/// What a peer with another version of the type makes of a message.
fn received<T: DeserializeOwned>(sent: &impl Serialize) -> Result<T, serde_json::Error> {
    serde_json::from_str(&serde_json::to_string(sent)?)
}

fn old() -> Causal<OldNote> {
    let mut note = Causal::<OldNote>::default();
    note.edit(ALICE, |note| note.title().set("Groceries"));
    note
}

fn set(mut register: MvRegisterCursor<'_, String>, text: &str) {
    register.set(text);
}

#[test]
fn a_field_that_nobody_writes_yet_merges_with_peers_that_lack_it() {
    let mut old = old();
    let mut new: Causal<NewNote> = received(&old).expect("the new field has a default");
    assert_eq!(new.title.get().map(String::as_str), Some("Groceries"));

    let from_new = new.edit(BOB, |note| set(note.title(), "Shopping"));
    let from_old = old.edit(ALICE, |note| set(note.title(), "Food"));
    old.merge(received(&from_new).expect("an old peer reads over the new field"));
    new.merge(received(&from_old).expect("a new peer fills it in"));
    assert_eq!(received::<Causal<NewNote>>(&old).expect("the same"), new);
    assert_eq!(received::<Causal<OldNote>>(&new).expect("the same"), old);
    assert_eq!(new.title.values().count(), 2);
}

/// What upgrading the readers first avoids: the state erases, and so does the difference.
#[test]
fn a_peer_that_lacks_a_written_field_erases_it_for_all() {
    let mut old = old();
    let mut new: Causal<NewNote> = received(&old).expect("the new field has a default");
    let delta = new.edit(BOB, |note| set(note.body(), "oat milk"));
    old.merge(received(&delta).expect("an old peer reads over the new field"));

    // Its own deltas speak only of what it edits, and erase nothing.
    let edit = old.edit(ALICE, |note| set(note.title(), "Food"));
    let difference = old.diff(&new.digest()).expect("the edit");
    new.merge(received(&edit).expect("the new field has a default"));
    assert_eq!(new.body.get().map(String::as_str), Some("oat milk"));

    // But the old peer has seen the dot and has nothing under it, which says: removed.
    for news in [difference, old.clone()] {
        let mut harmed = new.clone();
        harmed.merge(received(&news).expect("the new field has a default"));
        assert!(harmed.body.is_empty(), "and so it is");
    }

    // Nor does an upgrade bring it back.
    let mut upgraded: Causal<NewNote> = received(&old).expect("the new field has a default");
    upgraded.merge(new);
    assert!(upgraded.body.is_empty());
}

#[test]
fn a_field_with_a_context_of_its_own_is_only_missed_by_peers_that_lack_it() {
    let mut old = OldPage { note: old() };
    let mut new: NewPage = received(&old).expect("the new field has a default");
    let delta = new.edit(BOB, |page| {
        page.note().title().set("Shopping");
        set(page.body(), "oat milk");
    });
    old.merge(received(&delta).expect("an old peer reads over the new field"));
    assert_eq!(old.note, new.note);

    assert!(!new.merge(received(&old).expect("the new field has a default")));
    assert_eq!(new.body.get().map(String::as_str), Some("oat milk"));

    // Digests and differences go to and fro as well.
    let digest = received(&new.digest()).expect("an old peer reads over the new field");
    assert_eq!(old.diff(&digest), None);
    let digest = received(&old.digest()).expect("a new peer fills in bottom's digest");
    let difference = new.diff(&digest).expect("the field that the old peer does not know");
    assert!(!old.merge(received(&difference).expect("an old peer reads over the new field")));

    // Upgraded, it gets what it missed.
    let mut upgraded: NewPage = received(&old).expect("the new field has a default");
    upgraded.merge(new.clone());
    assert_eq!(upgraded, new);
}

/// Refuses what it does not know, and leaves out what is empty so as not to be refused.
#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictOld {
    #[serde(default, skip_serializing_if = "DotStore::is_bottom")]
    title: MvRegister<String>,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictNew {
    #[serde(default, skip_serializing_if = "DotStore::is_bottom")]
    title: MvRegister<String>,
    #[serde(default, skip_serializing_if = "DotStore::is_bottom")]
    body: MvRegister<String>,
}

#[test]
fn a_strict_peer_refuses_what_it_would_erase() {
    let (mut old, mut new) = (Causal::<StrictOld>::default(), Causal::<StrictNew>::default());
    old.merge(received(&new.edit(BOB, |note| set(note.title(), "Groceries"))).expect("known"));
    let delta = new.edit(BOB, |note| set(note.body(), "oat milk"));
    let error = received::<Causal<StrictOld>>(&delta).expect_err("a field it does not know");
    assert!(error.to_string().contains("unknown field `body`"), "{error}");

    new.merge(received(&old).expect("nothing is missing but what is empty"));
    assert_eq!(new.body.get().map(String::as_str), Some("oat milk"));
    let mut upgraded: Causal<StrictNew> = received(&old).expect("the new field has a default");
    upgraded.merge(new.clone());
    assert_eq!(upgraded, new);
}

/// Where fields go by their position, the old form is another type, and is converted.
#[test]
fn a_stored_value_is_converted() {
    let old = old();
    let bytes = postcard::to_allocvec(&old).expect("any value");
    assert!(postcard::from_bytes::<Causal<NewNote>>(&bytes).is_err(), "a default is no help");

    let stored: Causal<OldNote> = postcard::from_bytes(&bytes).expect("its own type");
    let converted = |OldNote { title }| NewNote { title, body: MvRegister::default() };
    let new = stored.convert(converted).expect("the same dots as before");
    assert_eq!(new, received(&old).expect("the new field has a default"));
}

#[derive(Clone, Debug, PartialEq, Crdt, Serialize, Deserialize)]
#[crdt(ordered)]
enum OldPhase {
    Draft,
    Approved,
}

#[derive(Clone, Debug, PartialEq, Crdt, Serialize, Deserialize)]
#[crdt(ordered)]
enum NewPhase {
    Draft,
    Approved,
    Archived,
}

#[test]
fn a_new_phase_is_refused_by_peers_that_lack_it() {
    assert_eq!(received::<NewPhase>(&OldPhase::Approved).expect("known"), NewPhase::Approved);
    assert_eq!(received::<OldPhase>(&NewPhase::Approved).expect("known"), OldPhase::Approved);
    let error = received::<OldPhase>(&NewPhase::Archived).expect_err("a phase it does not know");
    assert!(error.to_string().contains("unknown variant `Archived`"), "{error}");
}
