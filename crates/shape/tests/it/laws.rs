//! What holds of any shapes and their unions.

use std::collections::BTreeSet;

use rejoin_shape::Shape;

/// A generator of numbers below a bound.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// What a type is made of: its kind, and the types of its parts, which may contain it again.
struct Type {
    kind: usize,
    parts: Vec<usize>,
}

/// Types of which the first is the whole.
fn types(random: &mut Random) -> Vec<Type> {
    let count = 2 + random.below(5);
    let mut a_type = |at: usize| {
        let kind = if at == 0 { 0 } else { random.below(8) };
        let parts = match kind {
            0..=4 => 1 + random.below(3),
            5 | 6 => 1,
            _ => 0,
        };
        Type { kind, parts: (0..parts).map(|_| random.below(count)).collect() }
    };
    (0..count).map(&mut a_type).collect()
}

/// What is particular to a version.
struct Version {
    /// The parts by name that it lacks, as pairs of a type and a number.
    lacks: BTreeSet<(usize, usize)>,
    /// Types that it has another scalar for.
    errs: BTreeSet<usize>,
}

impl Version {
    fn complete() -> Self {
        Self { lacks: BTreeSet::new(), errs: BTreeSet::new() }
    }

    fn of(random: &mut Random, types: &[Type]) -> Self {
        let parts = (0..types.len()).flat_map(|at| (0..3).map(move |part| (at, part)));
        let lacks = parts.filter(|_| random.one_in(3)).collect();
        Self { lacks, errs: BTreeSet::new() }
    }

    fn erring(random: &mut Random, types: &[Type]) -> Self {
        let version = Self::of(random, types);
        Self { errs: (0..types.len()).filter(|_| random.one_in(2)).collect(), ..version }
    }

    /// Its shape, which says here or there that something contains itself.
    fn shape(&self, random: &mut Random, types: &[Type]) -> Shape {
        self.part(random, types, 0, &mut Vec::new())
    }

    /// The shape of a type within others.
    fn part(
        &self,
        random: &mut Random,
        types: &[Type],
        at: usize,
        outer: &mut Vec<usize>,
    ) -> Shape {
        if (outer.len() > 8 || !random.one_in(4))
            && let Some(level) = outer.iter().rposition(|outer| *outer == at)
        {
            return Shape::Within(outer.len() - level);
        }
        let Type { kind, parts } = &types[at];
        let levels = if *kind == 0 { 2 } else { 1 };
        outer.extend([at, usize::MAX].into_iter().take(levels));
        let by_name = matches!(kind, 0 | 1);
        let mut written = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            if !by_name || !self.lacks.contains(&(at, number)) {
                written.push((format!("f{number}"), self.part(random, types, *part, outer)));
            }
        }
        outer.truncate(outer.len() - levels);
        if by_name && random.one_in(2) {
            written.reverse();
        }
        let name = format!("T{at}");
        let parts: Vec<Shape> = written.iter().map(|(_, part)| part.clone()).collect();
        match kind {
            0 => {
                let inner = Box::new(Shape::Struct(name, written));
                Shape::Newtype("rejoin::Fields".into(), inner)
            }
            1 => Shape::Enum(name, written),
            2 => Shape::Struct(name, written),
            3 => Shape::Tuple(parts),
            4 => Shape::TupleStruct(name, parts),
            5 => Shape::List(Box::new(parts[0].clone())),
            6 => Shape::Newtype(name, Box::new(parts[0].clone())),
            _ if self.errs.contains(&at) => Shape::of::<u16>(),
            _ => Shape::of::<u8>(),
        }
    }
}

const CASES: u64 = 1_000;

/// Random types.
fn each(mut law: impl FnMut(&mut Random, &[Type])) {
    for seed in 0..CASES {
        let mut random = Random(seed);
        let types = types(&mut random);
        law(&mut random, &types);
    }
}

/// The shapes of three versions of random types.
fn each_three(mut law: impl FnMut([Shape; 3])) {
    each(|random, types| {
        law([(); 3].map(|()| Version::of(random, types).shape(random, types)));
    });
}

fn union(one: &Shape, other: &Shape) -> Shape {
    one.union(other).unwrap_or_else(|mismatch| panic!("{one} and {other}: {mismatch}"))
}

#[test]
fn unions_are_idempotent_commutative_and_associative() {
    let mut recursive = 0;
    each_three(|[a, b, c]| {
        let own = union(&a, &a);
        assert_eq!(union(&own, &own), own, "{a}");
        assert_eq!(union(&own, &a), own, "{a}");
        let both = union(&a, &b);
        assert_eq!(union(&b, &a), both, "{a} and {b}");
        assert_eq!(union(&both, &a), both, "{a} and {b}");
        assert_eq!(union(&own, &b), both, "{a} and {b}");
        assert_eq!(union(&both, &c), union(&a, &union(&b, &c)), "{a} and {b} and {c}");
        assert_eq!(Shape::decode(&both.encode()), Ok(both.clone()));
        recursive += usize::from(both.to_string().contains('^'));
    });
    assert!(recursive > 100, "{recursive}");
}

/// However a type is unrolled, and in whatever order its parts by name are written.
#[test]
fn shapes_that_mean_the_same_have_one_union() {
    let mut others = 0;
    each(|random, types| {
        let [a, b, c] = [(); 3].map(|()| Version::complete().shape(random, types));
        let own = union(&a, &a);
        assert_eq!(union(&b, &b), own, "{a} and {b}");
        assert_eq!(union(&b, &c), own, "{b} and {c}");
        others += usize::from(a != b);
    });
    assert!(others > 100, "{others}");
}

/// A union refuses what one of both refuses, and nothing else: it has all that they have, and only
/// that.
#[test]
fn what_fits_a_union_fits_both() {
    let (mut fit, mut refused) = (0, 0);
    each(|random, types| {
        let [a, b] = [(); 2].map(|()| Version::of(random, types).shape(random, types));
        let c = Version::erring(random, types).shape(random, types);
        let both = union(&a, &b);
        let fits = a.check(&c).is_ok() && b.check(&c).is_ok();
        assert_eq!(both.check(&c).is_ok(), fits, "{a} and {b}, and {c}");
        assert_eq!(c.check(&both).is_ok(), fits, "{a} and {b}, and {c}");
        assert_eq!(c.union(&both).is_ok(), fits, "{a} and {b}, and {c}");
        *(if fits { &mut fit } else { &mut refused }) += 1;
    });
    assert!(fit > 30 && refused > 30, "{fit} and {refused}");
}
