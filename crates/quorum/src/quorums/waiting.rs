//! What begins, or leaves, when all that was before it is durable.

use rejoin_core::NodeId;
use rejoin_store::{Replica, Replicated, Time};

use super::Quorums;
use super::message::Message;
use super::operation::Ticket;
use crate::division::Division;
use crate::level::Level;

pub(super) enum Waiting<K, V> {
    Update { ticket: Ticket, parts: Vec<(K, V)>, level: Level, deadline: Time },
    Read { ticket: Ticket, key: K, level: Level, deadline: Time },
    Send { to: NodeId, message: Message<K, V> },
    Tell { to: NodeId, after: Option<K> },
    Name { to: NodeId, number: u64, after: Option<K> },
    Give { to: NodeId, number: u64, keys: Vec<K> },
}

impl<S: Replicated, O: Division<S>> Quorums<S, O> {
    /// Begins it.
    pub(super) fn begin(
        &mut self,
        now: Time,
        waiting: Waiting<O::Key, O::Object>,
        replica: &Replica<S>,
    ) {
        match waiting {
            Waiting::Update { ticket, parts, level, deadline } => {
                if parts.is_empty() {
                    self.end_part(ticket, 0, Ok(())); // the edit has changed nothing
                }
                for (key, delta) in parts {
                    let part = self.coordinator(&key).update(now, delta, level, deadline);
                    self.parts.insert((key.clone(), part), ticket);
                    self.touched.insert(key);
                }
            }
            Waiting::Read { ticket, key, level, deadline } => {
                let own = O::object(replica.state(), &key);
                let part = self.coordinator(&key).read(now, own, level, deadline);
                self.parts.insert((key.clone(), part), ticket);
                self.touched.insert(key);
            }
            Waiting::Send { to, message } => self.send(now, to, &message),
            Waiting::Tell { to, after } => self.tell_keys(now, to, after, replica),
            Waiting::Name { to, number, after } => self.name(now, to, number, after, replica),
            Waiting::Give { to, number, keys } => self.give(now, to, number, keys, replica),
        }
    }
}
