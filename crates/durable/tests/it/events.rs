//! What a replica says that it has noticed.

use rejoin_core::Causal;
use rejoin_sets::AwSet;
use rejoin_store::{Config, Event, WallTime};

use crate::support::{connect, now, open, talk};

type Tags = Causal<AwSet<u64>>;

fn events(node: &mut rejoin_durable::Durable<Tags, rejoin_durable::Memory>) -> Vec<Event> {
    core::iter::from_fn(|| node.replica_mut().poll_event()).collect()
}

#[test]
fn deltas_of_others_are_events_with_their_stamps() {
    let mut nodes = [1, 2].map(|number| open::<Tags>(number, &Config::default()));
    let wall = WallTime::from_unix_millis(1_000_000);
    for node in &mut nodes {
        node.replica_mut().set_event_capacity(10);
        node.replica_mut().set_clock(now(), wall);
    }
    connect(&mut nodes);
    talk(&mut nodes);
    let before = events(&mut nodes[1]);
    assert_eq!(before, [], "nothing has come");

    nodes[0].edit(|tags| tags.insert(7)).unwrap();
    talk(&mut nodes);
    let writer = nodes[0].id();
    let all = events(&mut nodes[1]);
    let [Event::Applied { origin, writes, made: Some(made), wall: Some(shown), .. }] = all[..]
    else {
        panic!("{all:?}");
    };
    assert_eq!((origin, writes), (writer, 1));
    assert!(made <= shown && made >= wall);
    assert_eq!(events(&mut nodes[0]), [], "what is edited here does not come");
}

#[test]
fn a_difference_of_values_is_an_event_without_stamps() {
    let mut nodes = [1, 2].map(|number| open::<Tags>(number, &Config::default().with_max_log(1)));
    for number in 0..5 {
        nodes[0].edit(|tags| tags.insert(number)).unwrap();
    }
    nodes[1].replica_mut().set_event_capacity(10);
    connect(&mut nodes);
    talk(&mut nodes);
    let all = events(&mut nodes[1]);
    assert!(matches!(all[..], [Event::Joined { writes: 5, .. }]), "{all:?}");
}

#[test]
fn what_has_no_room_is_counted() {
    let mut nodes = [1, 2].map(|number| open::<Tags>(number, &Config::default()));
    nodes[1].replica_mut().set_event_capacity(2);
    connect(&mut nodes);
    talk(&mut nodes);
    for number in 0..4 {
        nodes[0].edit(|tags| tags.insert(number)).unwrap();
        talk(&mut nodes);
    }
    let all = events(&mut nodes[1]);
    let [Event::Applied { writes: 1, .. }, Event::Missed { writes: 3, .. }] = all[..] else {
        panic!("{all:?}");
    };
}

#[test]
fn without_being_asked_for_there_are_none() {
    let mut nodes = [1, 2].map(|number| open::<Tags>(number, &Config::default()));
    connect(&mut nodes);
    nodes[0].edit(|tags| tags.insert(7)).unwrap();
    talk(&mut nodes);
    assert!(nodes[1].state().contains(&7));
    assert_eq!(events(&mut nodes[1]), []);
}
