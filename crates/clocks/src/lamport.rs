/// A logical clock: a number that grows with every event, here or seen here.
///
/// If one event could have caused another, its time is lower. The converse does not hold: times
/// of concurrent events are in some order too. To order all events in the same way everywhere,
/// compare pairs of time and [`ReplicaId`](crate::ReplicaId); for an order near that of wall
/// clocks, take an [`HlcClock`](crate::HlcClock).
///
/// The source is Lamport, *Time, Clocks, and the Ordering of Events in a Distributed System*
/// (1978).
///
/// # Examples
///
/// ```
/// use rejoin_clocks::Lamport;
///
/// let (mut alice, mut bob) = (Lamport::new(), Lamport::new());
/// let sent = alice.tick().expect("not exhausted");
/// bob.observe(sent); // the message carries its time
/// let answered = bob.tick().expect("not exhausted");
/// assert!(sent < answered);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Lamport {
    time: u64,
}

impl Lamport {
    /// A clock at time 0, before all events.
    #[must_use]
    pub const fn new() -> Self {
        Self { time: 0 }
    }

    /// The time of the latest event, here or seen here, 0 if none.
    #[must_use]
    pub const fn time(&self) -> u64 {
        self.time
    }

    /// The time of a new event: later than all before. `None` after `u64::MAX`, which changes
    /// nothing.
    #[must_use = "each event has its own time"]
    pub const fn tick(&mut self) -> Option<u64> {
        match self.time.checked_add(1) {
            Some(time) => {
                self.time = time;
                Some(time)
            }
            None => None,
        }
    }

    /// Sees an event of another replica: what ticks from here on is later than `time`.
    ///
    /// A hostile `time` of `u64::MAX` exhausts the clock. If messages are not trusted, check how
    /// far ahead they are, or take an [`HlcClock`](crate::HlcClock), which does.
    pub fn observe(&mut self, time: u64) {
        self.time = self.time.max(time);
    }
}
