//! The readable form: what it looks like with each kind of key, and what is refused.

use std::hash::Hash;

use rejoin_codec::{from_slice, to_vec};
use rejoin_core::{Causal, Edit};
use rejoin_counters::{BoundedCounter, PnCounter, ResetCounter};
use rejoin_maps::{Dotted, GMap, LwwMap, OrMap};
use rejoin_registers::{EwFlag, LwwRegister, Max, MvRegister};
use rejoin_sets::{AwSet, GSet, LwwElementSet, TwoPhaseSet};
use rejoin_tests::samples::{self, ALICE, Cart, Cell, Scalar, Shop, Value};
use serde::{Deserialize, Serialize};

/// Puts the short names `A` and `B` for the two ids.
fn short(json: &str) -> String {
    json.replace("a11ce000-0000-4000-8000-000000000001", "A")
        .replace("b0b00000-0000-4000-8000-000000000002", "B")
}

fn long(json: &str) -> String {
    let ids = ["a11ce000-0000-4000-8000-000000000001", "b0b00000-0000-4000-8000-000000000002"];
    let json = json.replace("A:", &format!("{}:", ids[0])).replace("B:", &format!("{}:", ids[1]));
    json.replace("\"A\"", &format!("\"{}\"", ids[0])).replace("\"B\"", &format!("\"{}\"", ids[1]))
}

/// Checks the form of a set with this one element, both ways.
#[track_caller]
fn key<K: Value + Ord + Hash>(key: K, store: &str) {
    let mut set = Causal::<AwSet<K>>::default();
    set.edit(ALICE, |set| set.extend([key]));
    let json = serde_json::to_string(&set).expect("encodes");
    assert_eq!(short(&json), format!("{{\"store\":{store},\"seen\":{{\"A\":[[1,1]]}}}}"));
    assert_eq!(serde_json::from_str::<Causal<AwSet<K>>>(&json).expect("decodes"), set);
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Meters(u32);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Name(String);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Unit;

#[test]
fn keys_of_objects() {
    key("red".to_owned(), r#"{"red":["A:1"]}"#);
    key('é', r#"{"é":["A:1"]}"#);
    key(Name("red".to_owned()), r#"{"red":["A:1"]}"#);
    key(Scalar::Null, r#"{"Null":["A:1"]}"#);
    key(ALICE, r#"{"A":["A:1"]}"#);
}

#[test]
fn other_keys_are_in_a_list() {
    key(7_u8, r#"[[7,["A:1"]]]"#);
    key(u128::MAX, r#"[[340282366920938463463374607431768211455,["A:1"]]]"#);
    key(i64::MIN, r#"[[-9223372036854775808,["A:1"]]]"#);
    key(true, r#"[[true,["A:1"]]]"#);
    key(Meters(3), r#"[[3,["A:1"]]]"#);
    key((7, "x".to_owned()), r#"[[[7,"x"],["A:1"]]]"#);
    key(Cell { row: 1, column: 2 }, r#"[[{"row":1,"column":2},["A:1"]]]"#);
    key(Some("red".to_owned()), r#"[["red",["A:1"]]]"#);
    key(vec![1_u8], r#"[[[1],["A:1"]]]"#);
    key((), r#"[[null,["A:1"]]]"#);
    key(Unit, r#"[[null,["A:1"]]]"#);
    key(Scalar::Pair(1, true), r#"[[{"Pair":[1,true]},["A:1"]]]"#);
    key(Scalar::Point { x: 1, y: None }, r#"[[{"Point":{"x":1,"y":null}},["A:1"]]]"#);
    key(Scalar::Text("x".into()), r#"[[{"Text":"x"},["A:1"]]]"#);
}

/// One key that cannot be that of an object is enough: the form is the same for all.
#[test]
fn mixed_keys_are_in_a_list() {
    let entries = [Scalar::Null, Scalar::Pair(1, true)].map(|key| (key, Max::from(1)));
    let map: GMap<Scalar, Max<u8>> = entries.into_iter().collect();
    let json = serde_json::to_string(&map).expect("encodes");
    assert_eq!(json, r#"[["Null",[1]],[{"Pair":[1,true]},[1]]]"#);
    assert_eq!(serde_json::from_str::<GMap<Scalar, Max<u8>>>(&json).expect("decodes"), map);
}

/// A reader takes a list for an object too, as of a map whose keys happen to be all texts, and an
/// object with numbers.
#[test]
fn both_forms_are_read() {
    let map: GMap<String, Max<u8>> = [("a".to_owned(), Max::from(1))].into_iter().collect();
    for json in [r#"{"a":[1]}"#, r#"[["a",[1]]]"#] {
        assert_eq!(serde_json::from_str::<GMap<String, Max<u8>>>(json).expect("decodes"), map);
    }
    let map: GMap<u8, Max<u8>> = [(7, Max::from(1))].into_iter().collect();
    for json in [r#"{"7":[1]}"#, r#"[[7,[1]]]"#] {
        assert_eq!(serde_json::from_str::<GMap<u8, Max<u8>>>(json).expect("decodes"), map);
    }
    assert_eq!(serde_json::to_string(&GMap::<Cell, Max<u8>>::default()).expect("encodes"), "{}");
}

/// Checks that a text is refused, with a message that says why.
#[track_caller]
fn rejects<T: Value>(json: &str, why: &str) {
    let error = serde_json::from_str::<T>(&long(json)).expect_err("malformed").to_string();
    assert!(short(&error).contains(why), "{json}: {error}");
}

#[test]
fn what_no_execution_can_produce() {
    type Set = Causal<AwSet<String>>;
    let seen = r#""seen":{"A":[[1,3]]}"#;
    let set = |store: &str| format!("{{\"store\":{store},{seen}}}");
    let good = long(&set(r#"{"a":["A:1","A:3"],"b":["A:2"]}"#));
    assert!(serde_json::from_str::<Set>(&good).is_ok());
    rejects::<Set>(&set(r#"{"a":["A:1"],"b":["A:1"]}"#), "dot A:1 is live at two places");
    rejects::<Set>(&set(r#"{"a":["A:1","A:1"]}"#), "dots are not in ascending order");
    rejects::<Set>(&set(r#"{"a":["A:2","A:1"]}"#), "dots are not in ascending order");
    rejects::<Set>(&set(r#"{"a":["A:4"]}"#), "live dot A:4 is not in seen");
    rejects::<Set>(&set(r#"{"a":["B:1"]}"#), "live dot B:1 is not in seen");
    rejects::<Set>(&set(r#"{"a":["A:0"]}"#), "`seq` is 0");
    rejects::<Set>(&set(r#"{"a":["A"]}"#), "a dot, written as replica:seq");
    rejects::<Set>(&set(r#"{"a":[]}"#), "a key without any live dot");
    rejects::<Set>(&set(r#"{"b":["A:1"],"a":["A:2"]}"#), "keys are not in ascending order");
    rejects::<Set>(&set(r#"{"a":["A:1"],"a":["A:2"]}"#), "a key is there twice");
    rejects::<Set>(r#"{"store":{}}"#, "missing field `seen`");
    rejects::<Set>(r#"{"seen":{}}"#, "missing field `store`");
    rejects::<Set>(r#"{"store":{},"seen":{},"sean":{}}"#, "unknown field `sean`");
    for (runs, why) in [
        ("[[0,1]]", "`start` of a run of replica A is 0"),
        ("[[2,1]]", "has an empty run"),
        ("[[1,2],[2,3]]", "overlap"),
        ("[[1,2],[3,3]]", "are adjacent"),
        ("[[3,3],[1,1]]", "out of order"),
    ] {
        rejects::<Set>(&format!(r#"{{"store":{{}},"seen":{{"A":{runs}}}}}"#), why);
        let foretold = format!(r#"{{"store":{{}},"seen":{{}},"foretold":{{"A":{runs}}}}}"#);
        rejects::<Set>(&foretold, why);
    }
    let overlap = r#"{"store":{},"seen":{"A":[[1,1]]},"foretold":{"A":[[1,1]]}}"#;
    rejects::<Set>(overlap, "a dot in seen is also in foretold");
    let parts = r#"{"store":{"a":["A:1"]},"seen":{"A":[[1,1]]},"awaited":{"A":[[4,4]]},
        "early":{"a":["A:3"],"b":["B:1"]}}"#;
    assert!(serde_json::from_str::<Set>(&long(parts)).is_ok());
    let is_there = |dot: &str| format!("dot {dot} is there, and said not to be");
    rejects::<Set>(&parts.replace("[[4,4]]", "[[1,1]]"), &is_there("A:1"));
    rejects::<Set>(&parts.replace("[[4,4]]", "[[3,4]]"), &is_there("A:3"));
    rejects::<Set>(&parts.replace("[[1,1]]", "[[1,3]]"), &is_there("A:3"));
    rejects::<Set>(&parts.replace("B:1", "A:3"), "dot A:3 is live at two places");
    let twice = r#"{"lines":{},"coupons":{"x":["A:1"]},"note":{"A:1":"y"}}"#;
    rejects::<Causal<Cart>>(&set(twice), "dot A:1 is live at two places");
    let shop = r#"{"visits":{"A":0},"best_score":[],"cart":{"store":{},"seen":{}}}"#;
    rejects::<Shop>(shop, "`seq` of replica A is 0");
}

#[test]
fn what_breaks_the_invariant_of_a_type() {
    rejects::<GSet<u8>>("[2,1]", "elements are not in ascending order");
    rejects::<GSet<u8>>("[1,1]", "elements are not in ascending order");
    rejects::<TwoPhaseSet<u8>>(r#"{"present":[1],"removed":[1]}"#, "both present and removed");
    rejects::<TwoPhaseSet<u8>>(r#"{"present":[2,1],"removed":[]}"#, "not in ascending order");
    rejects::<TwoPhaseSet<u8>>(r#"{"present":[]}"#, "missing field `removed`");
    rejects::<GMap<u8, Max<u8>>>(r#"{"1":[]}"#, "a key with a bottom value");
    rejects::<GMap<u8, Max<u8>>>(r#"{"2":[1],"1":[1]}"#, "keys are not in ascending order");
    rejects::<GMap<u8, Max<u8>>>(r#"{"1":[1],"1":[1]}"#, "keys are not in ascending order");
    let write = r#"[1,"A",1]"#;
    let lww = format!(r#"{{"2":{write},"1":{write}}}"#);
    rejects::<LwwMap<u8, u8, u64>>(&lww, "keys are not in ascending order");
    let write = r#"{"time":1,"is_present":true,"writer":"A"}"#;
    let lww = format!(r#"{{"2":{write},"1":{write}}}"#);
    rejects::<LwwElementSet<u8, u64>>(&lww, "keys are not in ascending order");
    let stamp = r#"[{"millis":281474976710656,"counter":0},"A",1]"#;
    rejects::<LwwRegister<u8>>(stamp, "`millis` takes more than 48 bits");
    rejects::<LwwMap<u8, u8>>(&format!(r#"{{"1":{stamp}}}"#), "`millis` takes more than 48 bits");
    rejects::<LwwRegister<u8, u8>>(r#"[1]"#, "a list of time, writer and value");
    rejects::<LwwRegister<u8, u8>>(r#"[1,"A"]"#, "a list of time, writer and value");
    rejects::<LwwRegister<u8, u8>>(r#"[1,"A",1,1]"#, "trailing characters");
    rejects::<LwwMap<u8, u8, u8>>(r#"{"1":[1]}"#, "a list of time, writer and");
    rejects::<Max<u8>>("[1,2]", "a list of at most one value");
    rejects::<Max<u8>>("null", "a list of at most one value");
    rejects::<PnCounter>(r#"{"up":{"B":1,"A":1},"down":{}}"#, "out of order");
    rejects::<PnCounter>(r#"{"up":{}}"#, "missing field `down`");
    let zero = r#"{"made":[],"given":[],"spent":[["A",0]]}"#;
    rejects::<BoundedCounter>(zero, "an entry of 0");
    let run = r#"{"made":[],"given":[["A","B",1]],"spent":[]}"#;
    rejects::<BoundedCounter>(run, "the id of a run, not of a node");
    let own = r#"{"made":[],"given":[["A","00000000-0000-4000-8000-000000000001",1]],"spent":[]}"#;
    rejects::<BoundedCounter>(own, "`given` is not to another node");
    let unsorted = r#"{"made":[["A",1],["A",1]],"given":[],"spent":[]}"#;
    rejects::<BoundedCounter>(unsorted, "`made` is not in ascending order");
    let id = "00000000-0000-0000-0000-000000000007";
    let unsorted = format!(r#"{{"made":[],"given":[["B","{id}",1],["A","{id}",1]],"spent":[]}}"#);
    rejects::<BoundedCounter>(&unsorted, "`given` is not in ascending order");
    let unsorted = r#"{"made":[],"given":[],"spent":[["B",1],["A",1]]}"#;
    rejects::<BoundedCounter>(unsorted, "`spent` is not in ascending order");
    rejects::<ResetCounter>(r#"{"A:1":0}"#, "an edit that adds 0");
    rejects::<ResetCounter>(r#"{"A:2":1,"A:1":1}"#, "dots are not in ascending order");
    rejects::<Dotted<GSet<u8>>>(r#"{"A:1":[]}"#, "a bottom delta");
    rejects::<MvRegister<u8>>(r#"{"A:1":1,"A:1":2}"#, "dots are not in ascending order");
    rejects::<EwFlag>("{}", "dots, in ascending order");
    rejects::<OrMap<u8, EwFlag>>(r#"{"1":[]}"#, "a key without any live dot");
    rejects::<OrMap<u8, EwFlag>>("7", "a map, or a list of pairs");
}

/// Encodes and decodes each sample in both forms.
struct BothForms;

impl samples::Visitor for BothForms {
    fn value<T: Value>(&mut self, name: &str, value: T) {
        let bytes = to_vec(&value).expect("encodes");
        assert_eq!(from_slice::<T>(&bytes).as_ref(), Ok(&value), "{name}");
        let json = serde_json::to_string(&value).expect("encodes");
        assert_eq!(serde_json::from_str::<T>(&json).expect("decodes"), value, "{name}");
    }
}

#[test]
fn every_sample_comes_back() {
    samples::all(&mut BothForms);
}

/// Checks the form of a lattice, both ways.
#[track_caller]
fn form<T: Value>(value: T, json: &str) {
    assert_eq!(short(&serde_json::to_string(&value).expect("encodes")), json);
    assert_eq!(serde_json::from_str::<T>(&long(json)).expect("decodes"), value);
}

#[test]
fn a_value_that_may_be_absent_is_in_a_list() {
    form(Max::<Option<u8>>::default(), "[]");
    form(Max::<Option<u8>>::from(None), "[null]");
    form(Max::<Option<u8>>::from(Some(1)), "[1]");
    form(Max::<()>::from(()), "[null]");
    form(LwwRegister::<Option<u8>, u8>::default(), "[]");
    let mut register = LwwRegister::<Option<u8>, u8>::default();
    register.edit(ALICE, |register| register.set(1, None));
    form(register, r#"[1,"A",null]"#);
    let mut map = LwwMap::<String, Option<u8>, u8>::default();
    map.edit(ALICE, |map| {
        map.insert(1, "put", None);
        map.remove(2, "removed");
    });
    form(map, r#"{"put":[1,"A",null],"removed":[2,"A"]}"#);
}

/// Checks that a value is not written, with a message that says why.
#[track_caller]
fn refuses(value: &impl Value, why: &str) {
    let error = serde_json::to_string(value).expect_err("it would be read as another").to_string();
    assert!(error.contains(why), "{error}");
}

#[test]
fn what_json_cannot_say() {
    let register = |value| {
        let mut register = Causal::<MvRegister<Option<Option<f64>>>>::default();
        register.edit(ALICE, |register| register.set(value));
        register
    };
    assert!(serde_json::to_string(&register(Some(Some(0.5)))).is_ok());
    assert!(serde_json::to_string(&register(None)).is_ok());
    let in_some = "`Some` of what is written as nothing would be read as `None`";
    refuses(&register(Some(None)), in_some);
    refuses(&register(Some(Some(f64::NAN))), "a number that is not finite has no readable form");
    refuses(&register(Some(Some(f64::INFINITY))), "a number that is not finite");
    refuses(&Max::from(Some(())), in_some);
    let set: GSet<Option<()>> = [Some(())].into_iter().collect();
    refuses(&set, in_some);
    let map: GMap<Option<Option<u8>>, Max<u8>> = [(Some(None), Max::from(1))].into_iter().collect();
    refuses(&map, in_some);
}
