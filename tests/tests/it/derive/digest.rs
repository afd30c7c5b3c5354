//! The digests that `#[derive(Diff)]` writes: opaque, and open to more fields.

use std::fmt::Debug;

use rejoin_core::{Causal, Crdt, Diff, DotFun, DotMap, DotSet, DotStore, Edit};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::top::Top;
use super::{ALICE, edited};

mod public {
    use super::{Causal, Crdt, Diff, DotFun, DotMap, DotStore};

    /// More visible than what is in it.
    #[derive(Clone, Debug, Default, PartialEq, Crdt, Diff)]
    #[expect(unreachable_pub, reason = "E0446 is about what is written, not what is reachable")]
    pub struct Board {
        pub(super) tasks: Causal<DotMap<u8, Task>>,
        phase: Phase,
    }

    #[derive(Clone, Debug, Default, PartialEq, DotStore)]
    pub(super) struct Task {
        pub(super) title: DotFun<String>,
    }

    /// Its digest is itself, which is private.
    #[derive(Clone, Debug, Default, PartialEq, Crdt, Diff)]
    #[crdt(ordered)]
    enum Phase {
        #[default]
        Draft,
        Public,
    }

    impl BoardCursor<'_> {
        pub(super) fn publish(&mut self) {
            assert!(self.phase().advance(Phase::Public));
        }
    }
}

#[test]
fn a_public_struct_may_have_private_fields() {
    let mut here = edited(&public::Board::default(), ALICE, |board| {
        board.tasks().entry(1).title().write("paint".into());
    });
    let mut there = public::Board::default();
    there.merge(here.diff(&there.digest()).expect("a task"));
    assert_eq!(here, there);
    here.edit(ALICE, |board| board.publish());
    assert_ne!(here.digest(), there.digest());
}

/// A lattice whose digest has no traits at all.
#[derive(Clone, Debug, Default, PartialEq)]
struct Bare(u8);

struct BareDigest(u8);

impl Crdt for Bare {
    fn merge(&mut self, other: Self) -> bool {
        let more = other.0 > self.0;
        self.0 = self.0.max(other.0);
        more
    }
}

impl Diff for Bare {
    type Digest = BareDigest;

    fn digest(&self) -> BareDigest {
        BareDigest(self.0)
    }

    fn diff(&self, peer: &BareDigest) -> Option<Self> {
        (self.0 > peer.0).then_some(Self(self.0))
    }
}

/// Has a digest all the same, which is just as bare.
#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff)]
struct Around {
    #[crdt(join)]
    bare: Bare,
}

#[test]
fn a_digest_needs_no_traits() {
    let (here, there) = (Around { bare: Bare(3) }, Around::default());
    assert_eq!(here.diff(&there.digest()), Some(Around { bare: Bare(3) }));
    assert_eq!(there.diff(&here.digest()), None);
}

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff)]
struct Old {
    visits: Top,
}

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff)]
struct New<S: Clone + DotStore> {
    visits: Top,
    tags: Causal<S>,
}

fn decoded<T: DeserializeOwned>(sent: &impl Serialize) -> T {
    let json = serde_json::to_string(sent).expect("a digest encodes");
    serde_json::from_str(&json).expect("either version reads it")
}

fn round_trip<T: Diff<Digest: Serialize + DeserializeOwned + PartialEq + Debug>>(value: &T) {
    let digest = value.digest();
    assert_eq!(decoded::<T::Digest>(&digest), digest);
    let bytes = postcard::to_stdvec(&digest).expect("a digest encodes");
    assert_eq!(postcard::from_bytes::<T::Digest>(&bytes).expect("its bytes decode"), digest);
}

#[test]
fn a_digest_goes_over_the_wire() {
    round_trip(&Old { visits: Top(3) });
    round_trip(&edited(&New::<DotSet>::default(), ALICE, |new| new.tags().write()));
    let json = serde_json::to_string(&Old { visits: Top(3) }.digest()).expect("a digest encodes");
    assert_eq!(json, r#"{"visits":3}"#);
}

/// Peers with different versions of a struct still tell each other what they lack.
#[test]
fn a_digest_knows_as_much_as_both_peers() {
    let mut new = New::<DotSet>::default();
    new.edit(ALICE, |new| {
        new.visits().raise(2);
        new.tags().write();
    });
    let old = Old { visits: Top(1) };
    type NewDigest = <New<DotSet> as Diff>::Digest;

    let digest: NewDigest = decoded(&old.digest());
    assert_eq!(new.diff(&digest), Some(new.clone()), "all of the field that it does not know");
    let digest: <Old as Diff>::Digest = decoded(&new.digest());
    assert_eq!(old.diff(&digest), None);
    assert_eq!(Old { visits: Top(5) }.diff(&digest), Some(Old { visits: Top(5) }));
}
