//! What can happen next in a world.

use crate::model::step::collect;
use crate::model::world::{Envelope, Setup, Step, Task, World, voter_index};

impl Setup {
    /// All that can happen next.
    pub(crate) fn steps(&self, world: &World, steps: &mut Vec<Step>) {
        let (limits, so_far) = (&self.limits, &world.so_far);
        for (index, client) in world.clients.iter().enumerate() {
            if !client.busy && client.begun < self.clients[index].len() {
                if !self.is_mirrored(world, index) {
                    steps.push(Step::Begin(index));
                }
            } else if client.busy {
                if so_far.timeouts < limits.timeouts {
                    steps.push(Step::TimeOut(index));
                }
                if so_far.client_crashes < limits.client_crashes {
                    steps.push(Step::CrashClient(index));
                }
                let ways = collect(world, index).into_iter();
                steps.extend(ways.map(|way| Step::Collect(index, way)));
            }
        }
        for (at, envelope) in world.network.iter().enumerate() {
            let Envelope::Request { to, .. } = &**envelope else { continue };
            let copy = world.copy_of(voter_index(*to));
            if copy.is_some_and(|copy| world.voters[copy].enrols.is_none()) {
                steps.push(Step::DeliverToCopy(at));
            }
            if world.voters[voter_index(*to)].enrols.is_some() {
                continue; // it does not answer
            }
            steps.push(Step::Deliver(at));
            if so_far.duplicates < limits.duplicates {
                steps.push(Step::DeliverTwice(at));
            }
        }
        for (index, voter) in world.voters.iter().enumerate() {
            if !voter.acceptor.is_durable() {
                steps.push(Step::Persist(index));
            }
            if so_far.crashes < limits.crashes {
                steps.push(Step::Crash(index));
            }
            let is_copy = index >= self.acceptors();
            if so_far.restores < limits.restores && !is_copy {
                steps.push(Step::Restore(index));
            }
            if so_far.copies < limits.copies && !is_copy {
                steps.push(Step::Copy(index));
            }
            if let Some((_, recorded)) = &voter.enrols {
                let others = (0..self.acceptors())
                    .filter(|other| *other != world.name(index) && !recorded.contains(other));
                steps.extend(others.map(|other| Step::Enrol(index, other)));
            }
            if voter.acceptor.poll_timeout().is_some() {
                steps.push(Step::Release(index));
            }
        }
    }

    /// Whether an earlier client with a like task has not begun: then the two may change names.
    fn is_mirrored(&self, world: &World, index: usize) -> bool {
        let like = |a: &[Task], b: &[Task]| match (a, b) {
            ([Task::Update(_)], [Task::Update(_)]) => true,
            ([_], [_]) => a == b,
            _ => false,
        };
        (0..index).any(|earlier| {
            like(&self.clients[earlier], &self.clients[index]) && world.clients[earlier].begun == 0
        })
    }
}
