//! What operators do to voters, and what the voters do then.

use rejoin_core::{Crdt, NodeId};
use rejoin_quorum::Roll;

use crate::model::bits::Bits;
use crate::model::step::persist;
use crate::model::world::{Mistake, Setup, World};

impl Setup {
    /// An acceptor goes on from the oldest copy of its disk there is: the empty one.
    pub(crate) fn restore(&self, world: &mut World, index: usize) {
        let enrols = self.enrols(world);
        world.voters[index].change(|voter| {
            voter.disk = (Bits(0), None);
            (voter.enrolment, voter.roll, voter.enrols) = (0, Roll::default(), enrols);
            voter.acceptor = self.acceptor(voter.disk.clone());
        });
    }

    /// A copy of what is durable at an acceptor starts beside it.
    pub(crate) fn copy(&self, world: &mut World, index: usize) {
        let enrols = self.enrols(world);
        let mut copy = world.voters[index].clone();
        copy.change(|voter| {
            voter.enrols = enrols;
            voter.acceptor = self.acceptor(voter.disk.clone());
            voter.acceptor.enrol(voter.enrolment, voter.roll.clone());
        });
        world.copied = Some(index);
        world.voters.push(copy);
    }

    /// A number that no acceptor has had, unless forgetting goes unnoticed.
    fn enrols(&self, world: &World) -> Option<(u64, Vec<usize>)> {
        let number = u64::from(world.so_far.restores) + u64::from(world.so_far.copies);
        (self.mistake != Mistake::Unnoticed).then(|| (number, Vec::new()))
    }

    /// `other` records the number of an acceptor, and that reads what it has.
    ///
    /// It is one step, though it is two messages: what happens before the answer arrives could as
    /// well happen after it, since it concerns none but those two.
    pub(crate) fn enrol(&self, world: &mut World, index: usize, other: usize) {
        let name = NodeId::from_u128(world.name(index) as u128 + 1);
        let Some((number, mut recorded)) = world.voters[index].enrols.clone() else { return };
        world.voters[other].change(|voter| {
            voter.roll.enter(name, number);
            voter.acceptor.enrol(voter.enrolment, voter.roll.clone());
            persist(voter);
        });
        let (value, roll) =
            (*world.voters[other].acceptor.state(), world.voters[other].roll.clone());
        recorded.push(other);
        recorded.sort_unstable();
        // ⌈n/2⌉ of the others
        let enough = usize::try_from(self.voters.div_ceil(2)).unwrap_or(usize::MAX)
            - usize::from(self.mistake == Mistake::OneRecorderLess);
        world.voters[index].change(|voter| {
            voter.disk.0.merge(value);
            for (voted, enrolment) in roll.iter().filter(|(voted, _)| *voted != name) {
                voter.roll.enter(voted, enrolment);
            }
            voter.acceptor.merge(value);
            persist(voter);
            voter.enrols = Some((number, recorded.clone()));
            if recorded.len() >= enough {
                (voter.enrolment, voter.enrols) = (number, None);
            }
            voter.acceptor.enrol(voter.enrolment, voter.roll.clone());
        });
    }
}
