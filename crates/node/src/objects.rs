use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use rejoin_core::Edit;
use rejoin_quorum::{Division, InvalidVoters, Level, Single, Success, Ticket, Voters};
use rejoin_store::{NodeId, RefusedEdit, Replica, Replicated, Time};
use tokio::sync::{mpsc, oneshot};

use crate::context::Context;
use crate::engine::Input;
use crate::error::NodeError;
use crate::job::Edited;
use crate::telemetry::events;
use crate::votes::{Member, Outcome, Votes};

/// The objects of a node's value, to be read and written at any [`Level`]: see
/// [`Node::objects`](crate::Node::objects).
///
/// Under concurrency, operations at one level on one object are as the level says. Those at the
/// node itself, such as [`Node::edit`](crate::Node::edit), are eventual, and see whatever these
/// have brought or read.
///
/// All tasks may share it, or clone it. Dropping the future of an operation does not take it back.
pub struct Objects<S, O = Single> {
    context: Arc<Context>,
    inputs: mpsc::Sender<Input<S>>,
    division: PhantomData<fn() -> O>,
}

impl<S, O> Objects<S, O>
where
    S: Replicated + Edit + Send + 'static,
    O: Division<S> + Send + 'static,
{
    pub(crate) fn new(context: Arc<Context>, inputs: mpsc::Sender<Input<S>>) -> Self {
        Self { context, inputs, division: PhantomData }
    }

    /// Edits any number of objects, and answers when as many voters as `level` asks for have made
    /// it durable: for several objects, of one after the other.
    ///
    /// The closure is that of [`Node::edit`](crate::Node::edit). It is applied here, unless it is
    /// refused.
    ///
    /// # Errors
    ///
    /// * [`NodeError::Refused`] and [`NodeError::Suspended`], as from
    ///   [`Node::edit`](crate::Node::edit): it has not been applied. It is also refused if it would
    ///   make an object longer than [`QuorumConfig::max_object`](rejoin_quorum::QuorumConfig).
    /// * [`OperationError::Indeterminate`](rejoin_quorum::OperationError::Indeterminate) when too
    ///   few have answered within `timeout`: the edit may have taken effect and may still do so,
    ///   since it is durable here, or will be.
    /// * [`OperationError::TooFewVoters`](rejoin_quorum::OperationError::TooFewVoters), and nothing
    ///   was sent but to neighbours, as any edit is.
    /// * [`NodeError::Stopped`] when the node is shutting down.
    pub async fn edit<R>(
        &self,
        level: Level,
        timeout: Duration,
        edit: impl FnOnce(&mut S::Cursor<'_>) -> R + Send + 'static,
    ) -> Result<R, NodeError>
    where
        R: Send + 'static,
    {
        let asked = self.context.observed.now();
        let (told, edited) = oneshot::channel();
        let outcome = self.operate(move |now, replica, member, reply| {
            let result = panic::catch_unwind(AssertUnwindSafe(|| {
                let (result, ticket) = member.quorums.stage(replica, level, now + timeout, edit)?;
                member.answer(ticket, reply);
                Ok(result)
            }));
            let _: Result<(), Edited<Result<R, RefusedEdit>>> = told.send(result);
        });
        let outcome = outcome.await;
        let Ok(edited) = edited.await else {
            return Err(outcome.err().unwrap_or(NodeError::Stopped)); // it has not been applied
        };
        match edited {
            Ok(Ok(result)) => {
                outcome.inspect(|_| self.context.observed.has_written(asked)).map(|_| result)
            }
            Ok(Err(refused)) => Err(NodeError::Refused(refused)),
            Err(payload) => panic::resume_unwind(payload),
        }
    }

    /// Reads an object, as `level` says.
    ///
    /// # Errors
    ///
    /// * [`OperationError::Unanswered`](rejoin_quorum::OperationError::Unanswered) when too few
    ///   have answered within `timeout`.
    /// * [`OperationError::TooFewVoters`](rejoin_quorum::OperationError::TooFewVoters) when there
    ///   are not as many as were asked for.
    /// * [`NodeError::Suspended`] while the storage of this node fails, as what is read becomes
    ///   durable here.
    /// * [`NodeError::Stopped`] when the node is shutting down.
    pub async fn read(
        &self,
        key: O::Key,
        level: Level,
        timeout: Duration,
    ) -> Result<O::Object, NodeError> {
        let asked = self.context.observed.now();
        let outcome = self.operate(move |now, _, member, reply| {
            let ticket = member.quorums.read(key, level, now + timeout);
            member.answer(ticket, reply);
        });
        match outcome.await? {
            Success::Read(object) => {
                self.context.observed.has_read(asked);
                Ok(object)
            }
            _ => Ok(O::Object::default()), // what no read ends with
        }
    }

    /// Changes the voters of all objects to these nodes: see
    /// [`Quorums::change_voters`](rejoin_quorum::Quorums::change_voters).
    ///
    /// # Errors
    ///
    /// * [`InvalidVoters::Absent`] when new voters are not connected here, or have not asked for
    ///   their objects. Nothing has changed then.
    /// * When the new set is empty, or another change is on its way.
    /// * [`NodeError::Suspended`] while the storage of this node fails. Nothing has changed then.
    /// * When it was not done within `timeout`. The voters stay joint then, and the same change can
    ///   be asked for again, or [aborted](Self::abort_change).
    pub async fn change_voters(
        &self,
        to: impl IntoIterator<Item = NodeId>,
        timeout: Duration,
    ) -> Result<Voters, NodeError> {
        let to: Vec<NodeId> = to.into_iter().collect();
        let change = move |now, replica: &mut Replica<S>, member: &mut Member<S, O>| {
            member.quorums.change_voters(now, to, now + timeout, replica)
        };
        self.change(change).await
    }

    /// Gives up a change of voters that cannot be finished, because the new ones do not come.
    ///
    /// **It is safe only if a majority of the new voters has never taken part**: see
    /// [`Quorums::abort_change`](rejoin_quorum::Quorums::abort_change). It is logged as a warning.
    ///
    /// # Errors
    ///
    /// When no change is on its way, the storage of this node fails
    /// ([`NodeError::Suspended`]), or it was not done within `timeout`.
    pub async fn abort_change(&self, timeout: Duration) -> Result<Voters, NodeError> {
        let change = move |now, replica: &mut Replica<S>, member: &mut Member<S, O>| {
            let ticket = member.quorums.abort_change(now, now + timeout)?;
            events::voters_overruled(replica.id(), "abort_change");
            Ok(ticket)
        };
        self.change(change).await
    }

    /// Makes these nodes the voters, though a majority of the present ones is gone for good.
    ///
    /// **What only the lost voters have had is lost, though it was confirmed, and none of the old
    /// ones may act any more**: see
    /// [`Quorums::force_change`](rejoin_quorum::Quorums::force_change). It is logged as a warning.
    ///
    /// # Errors
    ///
    /// When the new set is empty, new voters are not connected here, the storage of this node fails
    /// ([`NodeError::Suspended`]), or it was not done within `timeout`.
    pub async fn force_change(
        &self,
        to: impl IntoIterator<Item = NodeId>,
        timeout: Duration,
    ) -> Result<Voters, NodeError> {
        let to: Vec<NodeId> = to.into_iter().collect();
        let change = move |now, replica: &mut Replica<S>, member: &mut Member<S, O>| {
            let ticket = member.quorums.force_change(now, to, now + timeout, replica)?;
            events::voters_overruled(replica.id(), "force_change");
            Ok(ticket)
        };
        self.change(change).await
    }

    async fn change(
        &self,
        change: impl FnOnce(Time, &mut Replica<S>, &mut Member<S, O>) -> Result<Ticket, InvalidVoters>
        + Send
        + 'static,
    ) -> Result<Voters, NodeError> {
        let (told, refused) = oneshot::channel::<InvalidVoters>();
        let outcome =
            self.operate(move |now, replica, member, reply| match change(now, replica, member) {
                Ok(ticket) => member.answer(ticket, reply),
                Err(error) => {
                    let _ = told.send(error);
                }
            });
        match outcome.await {
            Ok(Success::Changed(voters)) => Ok(voters),
            Ok(_) => self.voters().await,
            Err(error) => Err(refused.await.map_or(error, NodeError::Voters)),
        }
    }

    /// The voters that this node goes by.
    ///
    /// # Errors
    ///
    /// When the node is shutting down.
    pub async fn voters(&self) -> Result<Voters, NodeError> {
        let (told, voters) = oneshot::channel();
        let job = move |_: Time, _: &mut Replica<S>, member: &mut Member<S, O>, _| {
            let _ = told.send(member.quorums.voters().clone());
        };
        self.send(job).await?;
        voters.await.map_err(|_| NodeError::Stopped)
    }

    /// How many reads have taken how many round trips to the voters; none for those at
    /// [`Level::Eventual`].
    ///
    /// # Errors
    ///
    /// When the node is shutting down.
    pub async fn round_trips(&self) -> Result<BTreeMap<u32, u64>, NodeError> {
        let (told, counts) = oneshot::channel();
        let job = move |_: Time, _: &mut Replica<S>, member: &mut Member<S, O>, _| {
            let _ = told.send(member.round_trips.clone());
        };
        self.send(job).await?;
        counts.await.map_err(|_| NodeError::Stopped)
    }

    /// Begins an operation, and waits for its end.
    async fn operate(
        &self,
        begin: impl FnOnce(
            Time,
            &mut Replica<S>,
            &mut Member<S, O>,
            oneshot::Sender<Outcome<O::Object>>,
        ) + Send
        + 'static,
    ) -> Result<Success<O::Object>, NodeError> {
        let (reply, outcome) = oneshot::channel();
        let job = move |now: Time, replica: &mut Replica<S>, member: &mut Member<S, O>, storage| {
            match storage {
                Ok(()) => begin(now, replica, member, reply),
                Err(error) => drop(reply.send(Err(error))),
            }
        };
        self.send(job).await?;
        outcome.await.map_err(|_| NodeError::Stopped)?
    }

    /// Lets the engine do something, which also gets the error of a storage that fails.
    async fn send(
        &self,
        job: impl FnOnce(Time, &mut Replica<S>, &mut Member<S, O>, Result<(), NodeError>)
        + Send
        + 'static,
    ) -> Result<(), NodeError> {
        let operation = move |now: Time,
                              replica: &mut Replica<S>,
                              votes: &mut dyn Votes<S>,
                              storage: Result<(), NodeError>| {
            if let Some(member) = votes.as_any().downcast_mut() {
                job(now, replica, member, storage);
            }
        };
        self.inputs.send(Input::Operate(Box::new(operation))).await.map_err(|_| NodeError::Stopped)
    }
}

impl<S, O> Clone for Objects<S, O> {
    fn clone(&self) -> Self {
        let context = Arc::clone(&self.context);
        Self { context, inputs: self.inputs.clone(), division: PhantomData }
    }
}

impl<S, O> fmt::Debug for Objects<S, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").finish_non_exhaustive()
    }
}
