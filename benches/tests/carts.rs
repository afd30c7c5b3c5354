//! The programs of docs/comparison.md run, and its table is theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The programs, as modules.
macro_rules! carts {
    ($($name:ident in $path:literal),*) => {$(
        #[path = $path]
        #[expect(dead_code, reason = "only `main` of the example")]
        mod $name;
    )*};
}

carts!(
    automerge in "../examples/cart_automerge.rs",
    crdts in "../examples/cart_crdts.rs",
    dson in "../examples/cart_dson.rs",
    lattices in "../examples/cart_lattices.rs",
    loro in "../examples/cart_loro.rs",
    rejoin in "../examples/cart_rejoin.rs",
    yrs in "../examples/cart_yrs.rs"
);

type Lines = BTreeMap<String, i64>;

/// A program, and how much oat milk it leaves after remove ‖ add 3.
struct Cart {
    library: &'static str,
    run: fn() -> Lines,
    oat_milk: Option<i64>,
}

const CARTS: [Cart; 7] = [
    Cart { library: "rejoin", run: rejoin::cart, oat_milk: Some(3) },
    Cart { library: "crdts", run: crdts::cart, oat_milk: Some(3) },
    Cart { library: "dson", run: dson::cart, oat_milk: Some(3) },
    Cart { library: "lattices", run: lattices::cart, oat_milk: None },
    Cart { library: "automerge", run: automerge::cart, oat_milk: None },
    Cart { library: "yrs", run: yrs::cart, oat_milk: None },
    Cart { library: "loro", run: loro::cart, oat_milk: None },
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn all_count_the_bread_and_differ_in_the_milk() {
    for cart in CARTS {
        let lines = (cart.run)();
        assert_eq!(lines.get("bread"), Some(&3), "{}: an addition was lost", cart.library);
        assert_eq!(lines.get("oat milk").copied(), cart.oat_milk, "{}", cart.library);
    }
}

#[test]
fn the_table_is_that_of_the_programs() {
    let page = read(&folder().join("../docs/comparison.md"));
    for Cart { library, oat_milk, .. } in CARTS {
        let counts = Counts::of(&read(&folder().join(format!("examples/cart_{library}.rs"))));
        let left = oat_milk.map_or("gone".to_owned(), |quantity| format!("{quantity} left"));
        let Counts { lines, imports, concepts } = counts;
        let row = format!("| `{library}` | {lines} | {imports} | {concepts} | {left} |");
        assert!(page.contains(&row), "docs/comparison.md should have {row}");
    }
}

/// By the rules of docs/comparison.md.
#[derive(Debug, PartialEq)]
struct Counts {
    lines: usize,
    imports: usize,
    concepts: usize,
}

impl Counts {
    fn of(program: &str) -> Self {
        let lines: Vec<&str> = program
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.trim().starts_with("//"))
            .collect();
        let code = lines.join("\n");
        let imports: BTreeSet<&str> = code
            .split("use ")
            .skip(1)
            .filter_map(|rest| rest.split(';').next())
            .filter(|path| !path.starts_with("std::"))
            .flat_map(words)
            .filter(|word| word.starts_with(char::is_uppercase))
            .collect();
        let concepts: BTreeSet<&str> = program
            .split_once("Concepts:")
            .map_or("", |(_, rest)| rest.split("\n\n").next().unwrap_or(""))
            .split('`')
            .skip(1)
            .step_by(2)
            .collect();
        let used: BTreeSet<&str> = words(&code).collect();
        let unused: Vec<_> = concepts.difference(&used).collect();
        assert!(unused.is_empty(), "listed as concepts, and not used: {unused:?}");
        let unlisted: Vec<_> = imports.difference(&concepts).collect();
        assert!(unlisted.is_empty(), "imported, and not listed as concepts: {unlisted:?}");
        Self { lines: lines.len(), imports: imports.len(), concepts: concepts.len() }
    }
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
}

#[test]
fn counts_leave_out_blank_lines_comments_and_std() {
    let program = "//! Concepts: `Doc`, `get`\n\nuse std::fmt::Debug;\nuse lib::{doc::Doc};\n\n\
                   // Why.\nfn main() {\n    Doc.get();\n}\n";
    assert_eq!(Counts::of(program), Counts { lines: 5, imports: 1, concepts: 2 });
}

#[test]
#[should_panic(expected = "imported, and not listed")]
fn counts_miss_no_import() {
    Counts::of("//! Concepts: `Doc`\n\nuse lib::{Doc, Map};\n");
}

/// What docs/comparison.md says of `crdts`: when a removal meets an addition that it has not seen,
/// what it did see may come back, and replicas that exchange operations may differ for ever.
#[test]
fn a_counter_in_a_map_of_crdts_may_keep_what_was_removed() {
    use ::crdts::{CmRDT, CvRDT, Map, PNCounter};

    type Cart = Map<&'static str, PNCounter<u8>, u8>;
    let add = |cart: &Cart, writer: u8, item: &'static str, quantity: u64| {
        let context = cart.read_ctx().derive_add_ctx(writer);
        cart.update(item, context, |counter, _| counter.inc_many(writer, quantity))
    };
    let milk = |cart: &Cart| cart.get(&"oat milk").val.map(|counter| counter.read());

    // The removal takes the 2 that it saw if its replica has made two edits, and else not.
    for (other_edits, left) in [(0, 5), (1, 3)] {
        let mut here = Cart::new();
        here.apply(add(&here, 1, "oat milk", 2));
        for _ in 0..other_edits {
            here.apply(add(&here, 1, "bread", 1));
        }
        let mut there = here.clone();
        let removal = here.rm("oat milk", here.get(&"oat milk").derive_rm_ctx());
        here.apply(removal.clone());
        let addition = add(&there, 2, "oat milk", 3);
        there.apply(addition.clone());

        let (mut one, mut other) = (here.clone(), there.clone());
        one.merge(there.clone());
        other.merge(here.clone());
        assert_eq!(one, other);
        assert_eq!(milk(&one), Some(left.into()), "merged after {other_edits} other edits");

        here.apply(addition);
        there.apply(removal);
        assert_eq!((milk(&here), milk(&there)), (Some(3.into()), Some(5.into())));
    }
}

/// What docs/comparison.md says of a removal beside a new value under the same key: the value stays
/// in `automerge` and `yrs`, and in `loro` the peer with the larger id decides.
#[test]
fn a_new_value_beside_a_removal() {
    use ::automerge::{AutoCommit, ROOT, ReadDoc, transaction::Transactable};
    use ::loro::{ExportMode, LoroDoc};
    use ::yrs::updates::decoder::Decode;
    use ::yrs::{Doc, Map, Out, ReadTxn, StateVector, Transact, Update};

    let mut here = AutoCommit::new();
    here.put(ROOT, "milk", 2).expect("a map");
    let mut there = here.fork();
    here.delete(ROOT, "milk").expect("a map");
    there.put(ROOT, "milk", 5).expect("a map");
    here.merge(&mut there).expect("whole changes");
    let milk = here.get(ROOT, "milk").expect("a map").and_then(|(value, _)| value.as_i64());
    assert_eq!(milk, Some(5), "automerge");

    for (remover, writer) in [(1, 2), (2, 1)] {
        let (here, there) = (Doc::with_client_id(remover), Doc::with_client_id(writer));
        let (ours, theirs) = (here.get_or_insert_map("cart"), there.get_or_insert_map("cart"));
        let bring = |from: &Doc, to: &Doc| {
            let all = from.transact().encode_diff_v1(&StateVector::default());
            let update = Update::decode_v1(&all).expect("encoded by itself");
            to.transact_mut().apply_update(update).expect("nothing is missing");
        };
        ours.insert(&mut here.transact_mut(), "milk", 2);
        bring(&here, &there);
        ours.remove(&mut here.transact_mut(), "milk");
        theirs.insert(&mut there.transact_mut(), "milk", 5);
        bring(&there, &here);
        let milk = match ours.get(&here.transact(), "milk") {
            Some(Out::Any(value)) => u64::try_from(value).ok(),
            _ => None,
        };
        assert_eq!(milk, Some(5), "yrs: removed by {remover}, written by {writer}");

        let here = LoroDoc::new();
        here.set_peer_id(remover).expect("nothing is pending");
        here.get_map("cart").insert("milk", 2).expect("attached");
        let there = here.fork();
        there.set_peer_id(writer).expect("nothing is pending");
        here.get_map("cart").delete("milk").expect("attached");
        there.get_map("cart").insert("milk", 5).expect("attached");
        here.import(&there.export(ExportMode::all_updates()).expect("whole")).expect("own bytes");
        let stays = here.get_map("cart").get("milk").is_some();
        assert_eq!(stays, writer > remover, "loro: removed by {remover}, written by {writer}");
    }
}
