//! Enums of phases.

use rejoin_core::laws::{self, Gen};
use rejoin_core::{Causal, Crdt, Decompose, Diff, DotStore, Edit, Unnumbered, ValueChange, Watch};
use rejoin_maps::{Dotted, OrMap};

use super::{ALICE, BOB, check, edited};
use quickcheck::Arbitrary;

#[derive(Clone, Copy, Debug, Default, PartialEq, Crdt, Diff, Decompose, Watch)]
#[crdt(ordered)]
enum Phase {
    #[default]
    Draft,
    Submitted,
    Approved,
}

const PHASES: [Phase; 3] = [Phase::Draft, Phase::Submitted, Phase::Approved];

/// Nothing is derived but what phases have to be, and empty braces are no fields.
#[derive(Clone, Crdt, Diff, Decompose, Watch)]
#[crdt(ordered, cursor = "StepEditor")]
enum Step {
    r#Self_,
    Option {},
    Some(),
}

/// Discriminants, as long as they ascend.
#[derive(Clone, Debug, PartialEq, PartialOrd, Crdt, Diff, Decompose, Unnumbered)]
#[crdt(ordered)]
#[repr(i8)]
enum Level {
    Low = -3,
    Middle,
    High = 100,
}

/// A single phase, which is bottom.
#[derive(Clone, Debug, PartialEq, Crdt, Diff, Decompose, Watch)]
#[crdt(ordered)]
enum Only {
    One,
}

#[derive(Clone, Debug, Default, PartialEq, Crdt, Diff, Decompose, Watch)]
struct Order {
    phase: Phase,
    level_of_each: Causal<Levels>,
}

#[derive(Clone, Debug, Default, PartialEq, DotStore, rejoin_core::WatchStore)]
struct Levels {
    levels: OrMap<u8, Dotted<Level>>,
}

fn phase(g: &mut Gen) -> Phase {
    *g.choose(&PHASES).expect("three")
}

#[test]
fn the_later_phase_wins() {
    for (a, &earlier) in PHASES.iter().enumerate() {
        for (b, &later) in PHASES.iter().enumerate() {
            check(&earlier, &later);
            let mut merged = earlier;
            assert_eq!(merged.merge(later), b > a);
            assert_eq!(merged, PHASES[a.max(b)]);
            assert_eq!(later.diff(&earlier.digest()), (b > a).then_some(later));
        }
    }
}

#[test]
fn phases_obey_the_laws() {
    laws::check::<Phase>(|cursor, g| {
        cursor.advance(phase(g));
    });
    laws::check::<Level>(|cursor, g| {
        cursor.advance(g.choose(&[Level::Low, Level::Middle, Level::High]).expect("three").clone());
    });
    laws::check::<Only>(|cursor, _| {
        cursor.advance(Only::One);
    });
    laws::check::<Order>(|order, g| match u8::arbitrary(g) % 3 {
        0 => {
            order.phase().advance(phase(g));
        }
        1 => {
            order.level_of_each().levels().remove(&(u8::arbitrary(g) % 2));
        }
        _ => {
            let level = if bool::arbitrary(g) { Level::Middle } else { Level::High };
            let mut levels = order.level_of_each();
            levels.levels().entry(u8::arbitrary(g) % 2).edit(|cursor| cursor.advance(level));
        }
    });
}

#[test]
fn a_cursor_only_goes_forward() {
    let approved = edited(&Phase::Draft, ALICE, |phase| {
        assert!(!phase.advance(Phase::Draft));
        assert!(phase.advance(Phase::Approved));
        assert!(!phase.advance(Phase::Submitted));
        assert_eq!(**phase, Phase::Approved, "a cursor reads as its value");
        assert_eq!(format!("{phase:?}"), "PhaseCursor { .. }");
    });
    assert_eq!(approved, Phase::Approved);
    let mut again = approved;
    assert_eq!(again.edit(BOB, |phase| phase.advance(Phase::Submitted)), Phase::Draft);
}

#[test]
fn the_first_phase_is_bottom() {
    assert_eq!(Phase::default(), Phase::Draft);
    assert_eq!(Level::default(), Level::Low);
    assert!(Level::Low < Level::Middle && Level::Middle < Level::High);
    assert!(matches!(Step::default(), Step::Self_));
    Phase::Draft.decompose(&mut |part| panic!("bottom has the part {part:?}"));
    check(&Only::One, &Only::One);
}

#[test]
fn phases_need_no_other_traits() {
    let mut step = Step::default();
    let delta = step.edit(ALICE, |step: &mut StepEditor<'_>| step.advance(Step::Some()));
    assert!(matches!(delta.digest(), Step::Some()));
    assert!(!step.merge(Step::Option {}));
    let mut seen = Vec::new();
    Step::Self_.changes(&step, &mut |change| seen.push(change));
    assert!(matches!(&seen[..], [ValueChange { before: Step::Self_, after: Step::Some() }]));
}

#[test]
fn an_advance_is_watched() {
    let mut order = Order::default();
    let mut seen = Vec::new();
    let other = Order { phase: Phase::Submitted, ..Order::default() };
    order.merge_watched(other.clone(), &mut |change| seen.push(change));
    order.merge_watched(other, &mut |change| seen.push(change));
    order.merge_watched(Order::default(), &mut |change| seen.push(change));
    let change = ValueChange { before: Phase::Draft, after: Phase::Submitted };
    assert_eq!(seen, [OrderChange::Phase(change)]);
}
