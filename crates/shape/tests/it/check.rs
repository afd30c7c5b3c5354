//! What fits, and where it does not.

use rejoin_shape::Shape;
use serde::Deserialize;

fn mismatch<Own, Theirs>() -> Option<String>
where
    Own: for<'de> Deserialize<'de>,
    Theirs: for<'de> Deserialize<'de>,
{
    let (own, theirs) = (Shape::of::<Own>(), Shape::of::<Theirs>());
    assert_eq!(own.check(&own), Ok(()));
    assert_eq!(own.check(&theirs).is_ok(), theirs.check(&own).is_ok());
    own.check(&theirs).err().map(|mismatch| mismatch.to_string())
}

macro_rules! says {
    ($own:ty, $theirs:ty, $expected:expr) => {
        assert_eq!(mismatch::<$own, $theirs>().as_deref(), Some($expected));
    };
}

mod one {
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Book {
        title: String,
        author: String,
    }

    #[derive(Deserialize)]
    pub(super) enum Phase {
        Draft,
        Sent(u8),
    }
}

mod other {
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Book {
        author: String,
        title: String,
    }

    #[derive(Deserialize)]
    pub(super) enum Phase {
        Archived,
        Sent(u8),
        Draft,
    }
}

#[derive(Deserialize)]
enum Phase {
    Sent(u16),
}

#[test]
fn names_and_order_count() {
    says!(u32, u64, "it is u32 here, and u64 there");
    says!(
        Vec<(u8, one::Book)>,
        Vec<(u8, other::Book)>,
        "at `[].1` it is Book { title, author } here, \
         and Book { author, title } there"
    );
    says!(
        std::collections::BTreeMap<String, Option<u8>>,
        std::collections::BTreeMap<String, Option<i8>>,
        "at `{value}` it is u8 here, and i8 there"
    );
    says!((u8, u8), (u8, u8, u8), "it is a tuple of 2 here, and a tuple of 3 there");
}

#[test]
fn variants_go_by_their_names() {
    assert_eq!(mismatch::<one::Phase, other::Phase>(), None);
    says!(Vec<one::Phase>, Vec<Phase>, "at `[].Sent` it is u8 here, and u16 there");
}
