//! What nests as deep as it may, and deeper.

use rejoin_codec::{Codec, from_slice};
use rejoin_shape::Shape;
use serde::{Deserialize, Serialize};

use crate::decoder::cases::{Cases, Expected};
use crate::decoder::tree::{Structs, tree};

#[derive(Debug, Serialize, Deserialize)]
struct Nest(Vec<Nest>);

fn nest(lists: usize) -> Nest {
    (1..lists).fold(Nest(vec![]), |inner, _| Nest(vec![inner]))
}

/// serde_json reads no answer that is as deep as a value may be.
#[test]
fn what_is_too_deep_is_refused() {
    let mut cases = Cases::default();
    for lists in [1, 100, 129, 200] {
        let codec = Codec::new().with_max_depth(200);
        let bytes = codec.to_vec(&nest(lists)).expect("encodes");
        let read: Result<Nest, _> = from_slice(&bytes);
        assert_eq!(read.is_ok(), lists <= 128);
        let expected =
            read.map_or(Expected::Error, |value| Expected::Tree(tree(&value, Structs::Named)));
        cases.add("nested", "-", &Shape::of::<Nest>().encode(), &bytes, expected);
    }
    cases.ask("depth");
}
