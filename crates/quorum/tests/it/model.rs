//! Every state of small worlds of the real consistency core, one by one.
//!
//! The small worlds run as usual tests. The large ones take minutes, and print how many states
//! they have:
//!
//! ```text
//! cargo test --release -p rejoin-quorum --test it model -- --ignored --nocapture --test-threads 1
//! ```

mod bits;
mod history;
mod memo;
mod operator;
mod shared;
mod step;
mod steps;
mod world;

mod large;
mod mistakes;
mod operators;
mod small;

use stateright::{Checker, HasDiscoveries, Model, Property};

use self::bits::Bits;
use self::world::{Setup, Step, World};

impl Model for Setup {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![self.start()]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        self.steps(world, steps);
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        self.next(world, step)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("linearizable", |_, world: &World| world.history.is_linearizable()),
            // So that nobody takes a world in which nothing happens for a safe one.
            Property::sometimes("a read returns everything", |setup: &Self, world: &World| {
                world.history.has_read(setup.all_updates())
            }),
            Property::sometimes("a read returns nothing", |_, world: &World| {
                world.history.has_read(Bits(0))
            }),
        ]
    }
}

/// What exploring a world has shown.
#[derive(Debug)]
struct Explored {
    states: usize,
    linearizable: bool,
    /// Whether a read returns everything, and whether another one returns nothing.
    full: bool,
    vivid: bool,
}

fn explore(name: &str, setup: Setup) -> Explored {
    let started = std::time::Instant::now();
    let checker = setup.checker().threads(2).finish_when(HasDiscoveries::AnyFailures);
    let checker = checker.spawn_dfs().join();
    let found = checker.discoveries();
    let explored = Explored {
        states: checker.unique_state_count(),
        linearizable: !found.contains_key("linearizable"),
        full: found.contains_key("a read returns everything"),
        vivid: found.len() >= 2 && found.contains_key("a read returns everything"),
    };
    println!("{name}: {} states in {:.1?}", explored.states, started.elapsed());
    if let Some(path) = found.get("linearizable") {
        let steps = path.clone().into_actions().len();
        println!("{name}: not linearizable after {steps} steps");
    }
    explored
}

/// Every state is fine, and something happens.
fn holds(name: &str, setup: Setup) {
    let explored = explore(name, setup);
    assert!(explored.linearizable, "{name}");
    assert!(explored.vivid, "{name}: nothing happens");
}

/// Every state is fine, in a world whose reads come after its updates.
fn holds_in_order(name: &str, setup: Setup) {
    let explored = explore(name, setup);
    assert!(explored.linearizable, "{name}");
    assert!(explored.full, "{name}: nothing happens");
}

/// Some state is not.
fn fails(name: &str, setup: Setup) {
    assert!(!explore(name, setup).linearizable, "{name}: the mistake was not found");
}
