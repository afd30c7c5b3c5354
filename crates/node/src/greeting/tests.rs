use rejoin_quorum::{Quorums, Single, Voters};
use rejoin_store::{Config, Replica};

use super::*;

fn node(number: u128) -> NodeId {
    NodeId::from_u128(number)
}

fn id(number: u128) -> ReplicaId {
    node(number).run(7)
}

fn facts(number: u128) -> Facts {
    let options = BTreeMap::from([("causal", 1), ("max_message", 1 << 20)]);
    Facts { id: id(number), epoch: 3, data_set: "shop".to_owned(), options }
}

fn standing() -> Standing {
    let replica = Replica::<()>::new(id(2), Config::default());
    let voters = Voters::declare([1, 2].map(node)).unwrap();
    Quorums::<(), Single>::new(&replica, voters, Default::default()).unwrap().standing()
}

fn shape() -> Shape {
    Shape::of::<(u8, String)>()
}

fn said() -> Said {
    Said { shape: shape(), standing: Some(standing()) }
}

fn greeting() -> Greeting {
    Greeting::new(&facts(2), &said())
}

#[track_caller]
fn refused(change: impl FnOnce(&mut Greeting), sentence: &str) {
    let mut greeting = greeting();
    change(&mut greeting);
    let greeting = Greeting::decode(&greeting.encode()).unwrap();
    assert_eq!(greeting.check(&facts(1), &shape()).unwrap_err().to_string(), sentence);
}

#[test]
fn greetings_are_read_back() {
    let greeting = greeting();
    let bytes = greeting.encode();
    assert!(bytes.len() < 300, "{}", bytes.len());
    assert_eq!(Greeting::decode(&bytes), Ok(greeting.clone()));
    let introduction = greeting.check(&facts(1), &shape()).unwrap();
    assert_eq!((introduction.id, introduction.said), (id(2), said()));
}

#[test]
fn unknown_entries_are_passed_over_unless_they_must_not_be() {
    let mut greeting = greeting();
    greeting.0.insert("later".to_owned(), vec![1, 2, 3]);
    assert!(greeting.check(&facts(1), &shape()).is_ok());
    let ask = |greeting: &mut Greeting| drop(greeting.0.insert("!vital".to_owned(), vec![]));
    refused(ask, "the peer asks for !vital, which this node does not know");
}

#[test]
fn each_mismatch_is_a_sentence_that_names_both_sides() {
    let set = |name: &'static str, bytes: Vec<u8>| {
        move |greeting: &mut Greeting| drop(greeting.0.insert(name.to_owned(), bytes))
    };
    let versions = "the peer speaks the protocol from version 3 to 9, and this node from 2 to 2";
    refused(set("protocol", vec![3, 9]), versions);
    refused(set("run", id(1).as_bytes().to_vec()), "the peer's greeting has no proper run");
    refused(set("epoch", vec![4; 7]), "the peer's greeting has no proper epoch");
    refused(set("data-set", vec![0xff]), "the peer's greeting has no proper data-set");
    let other = "the peer is of the data set \"attic\", and this node of \"shop\"";
    refused(set("data-set", b"attic".to_vec()), other);
    refused(set("shape", vec![99]), "the peer's greeting has no proper shape");
    let other = "the peer replicates another type: at `1` it is string here, and u64 there";
    refused(set("shape", Shape::of::<(u8, u64)>().encode()), other);
    let epoch = 4u64.to_le_bytes().to_vec();
    refused(set("epoch", epoch), "the peer is in epoch 4, and this node in 3");
    let option = [b"\x06causal".as_slice(), &0u64.to_le_bytes()].concat();
    refused(set("options", option), "causal is 0 at the peer, and 1 here");
    refused(set("voters", vec![0xff]), "the peer's greeting has no proper voters");
    let own = |greeting: &mut Greeting| *greeting = Greeting::new(&facts(1), &said());
    refused(own, "two replicas share one id");
}

/// A version of a struct with these fields.
fn version(fields: &[(&str, Shape)]) -> Shape {
    let fields = fields.iter().map(|(name, field)| ((*name).to_owned(), field.clone()));
    let fields = Shape::Struct("Book".to_owned(), fields.collect());
    Shape::Newtype("rejoin::Fields".to_owned(), Box::new(fields))
}

#[test]
fn a_peer_has_to_fit_all_versions_that_were_accepted() {
    let title = ("title", Shape::of::<String>());
    let old = version(std::slice::from_ref(&title));
    let new = version(&[("notes", Shape::of::<String>()), title.clone()]);
    let other = version(&[("notes", Shape::of::<bool>()), title]);
    let greeting =
        |shape: &Shape| Greeting::new(&facts(2), &Said { shape: shape.clone(), standing: None });
    for peer in [&old, &new, &other] {
        let introduction = greeting(peer).check(&facts(1), &old).unwrap();
        assert_eq!(&introduction.said.shape, peer);
    }
    let both = old.union(&new).unwrap();
    assert!(greeting(&old).check(&facts(1), &both).is_ok());
    let mismatch = greeting(&other).check(&facts(1), &both).unwrap_err().to_string();
    let expected = "the peer replicates another type: at `notes` it is string here, and bool there";
    assert_eq!(mismatch, expected);
    let relayed = greeting(&both).check(&facts(1), &other).unwrap_err().to_string();
    let expected = "the peer replicates another type: at `notes` it is bool here, and string there";
    assert_eq!(relayed, expected);
}

#[test]
fn other_bytes_are_refused() {
    let check = |bytes: &[u8], error: &str| {
        assert_eq!(Greeting::decode(bytes).unwrap_err().to_string(), error);
    };
    check(b"", "the peer is not a rejoin node");
    check(b"rejoin/", "the peer is not a rejoin node");
    check(b"GET / HTTP/1.1\r\n\r\n", "the peer is not a rejoin node");
    let old = [b"rejoin/\x01".as_slice(), &[0; 16]].concat();
    check(&old, "the peer greets in format 1, and this node in format 2");
    check(b"rejoin/\x02\x01", "the peer's greeting cannot be read");
    check(b"rejoin/\x02\x01b\0\0\0\0\x01a\0\0\0\0", "the peer's greeting cannot be read");
    check(b"rejoin/\x02\x01a\xff\xff\xff\xff", "the peer's greeting cannot be read");
    check(&vec![0; MAX_LEN + 1], "the peer greets with too many bytes");
    let many = (0..=MAX_ENTRIES).map(|entry| (format!("{entry:03}"), Vec::new()));
    check(&Greeting(many.collect()).encode(), "the peer's greeting cannot be read");
}

/// Every mutant is refused, or is the greeting that it says it is. The variable `REJOIN_CASES` says
/// how many.
#[test]
fn any_bytes_are_survived() {
    let original = greeting().encode();
    let mut seed = 1u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap_or(0) % below
    };
    let cases = std::env::var("REJOIN_CASES").map_or(5_000, |cases| cases.parse().unwrap());
    let mut read = 0;
    for case in 0..cases {
        let mut bytes = original.clone();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] ^= 1 << random(8),
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, u8::try_from(random(256)).unwrap_or(0)),
                _ => bytes.extend_from_within(at..),
            }
        }
        if let Ok(greeting) = Greeting::decode(&bytes) {
            assert_eq!(greeting.encode(), bytes, "case {case}");
            let _ = greeting.check(&facts(1), &shape());
            read += 1;
        }
    }
    assert!(read > 0, "the canary: some can be read");
}
