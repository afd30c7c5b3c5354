use core::time::Duration;

use super::Workload;
use crate::dice::Dice;
use crate::faults::Faults;
use crate::network::Network;
use crate::shape::Shape;

/// Checks in a network without faults and without circles that nothing is sent twice: each delta
/// comes to each replica once, over the only way there is.
///
/// A network that becomes equal may still waste most of what it sends, which no other check sees.
///
/// `prepare` gets the network before the first edit, to plant a mistake, say.
///
/// # Errors
///
/// When a delta came again, or when what has to hold at the end of a run does not.
pub fn frugal<T: Workload>(
    seed: u64,
    prepare: impl FnOnce(&mut Network<T::Value>),
) -> Result<(), String> {
    let mut dice = Dice::new(seed);
    let replicas = 2 + dice.roll(5);
    let mut network = Network::<T::Value>::new(seed, replicas, Faults::none());
    let shape = dice.pick([Shape::Line, Shape::Star, Shape::Tree]).unwrap_or(Shape::Line);
    network.arrange(shape);
    prepare(&mut network);
    network.run_for(Duration::from_secs(2)); // they say hello
    let before = network.stats();
    for unique in 0..50 {
        let index = dice.roll(replicas);
        network.stage(index, |cursor| T::random_edit(cursor, &mut dice, unique));
        network.run_for(Duration::from_millis(dice.roll(40) as u64));
    }
    network.conclude(Duration::from_secs(60)).map_err(|error| error.to_string())?;
    match network.stats().redundant - before.redundant {
        0 => Ok(()),
        again => Err(format!("{again} deltas came again, in the shape {shape:?}")),
    }
}
