mod base64url;

use core::fmt;
use core::str::FromStr;

use rejoin_core::ReplicaId;
use rejoin_gossip::GroupClock;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The version of the text form: the first byte in it.
const VERSION: u8 = 1;

/// The longest text that is read: some 1 200 replicas.
const MAX_TEXT: usize = 32 << 10;

/// What a client has seen and written: "show me nothing older than this".
///
/// A replica hands it out with each answer, and any other replica serves the client once it has
/// seen as much. To the client it is opaque; as text it fits into a URL, a header or a cookie. It
/// can be read by any client that holds it (it lists replica ids and counts of writes), and is
/// checked for damage, not for forgery: a forged one makes its bearer wait, and no other client.
///
/// Merging two gives what asks for both.
///
/// **Size**: 17 to 26 bytes a replica that has written, a third more as text.
/// [`settle`](Self::settle) leaves out what every replica has seen anyway, so that replicas which
/// have come and gone leave nothing behind.
///
/// ```
/// use rejoin_core::ReplicaId;
/// use rejoin_session::{CausalToken, GroupClock};
///
/// let seen = GroupClock::from_iter([(ReplicaId::from_u128(1), 1)]);
/// let token = CausalToken::from(seen);
/// let text = token.to_string(); // to the client, and back
/// assert_eq!(text, "AQkoEz6CAQAAAAAAAAAAAAAAAAAAAAEAAAEAAQ");
/// assert_eq!(text.parse(), Ok(token));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CausalToken {
    clock: GroupClock,
}

impl CausalToken {
    /// The token of who has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { clock: GroupClock::new() }
    }

    /// Asks for what `other` asks for too, and returns whether that is more than before.
    pub fn join(&mut self, other: &Self) -> bool {
        self.clock.join(&other.clock)
    }

    /// Asks for this group of edits of a replica too, and for all that it wrote before.
    pub fn insert(&mut self, replica: ReplicaId, number: u64) {
        self.clock.insert(replica, number);
    }

    /// Whether a replica that has seen this much may serve the bearer.
    #[must_use]
    pub fn is_met_by(&self, seen: &GroupClock) -> bool {
        seen.dominates(&self.clock)
    }

    /// What a replica that has seen this much lacks: for each replica how far it has come, and how
    /// far it should.
    pub fn missing<'a>(
        &'a self,
        seen: &'a GroupClock,
    ) -> impl Iterator<Item = (ReplicaId, u64, u64)> + 'a {
        let entries = self.clock.iter().map(|(id, wanted)| (id, seen.get(id), wanted));
        entries.filter(|(_, seen, wanted)| seen < wanted)
    }

    /// Leaves out what is causally stable: what every replica has seen, and so meets everywhere.
    ///
    /// `everywhere` is the greatest clock that is known to be contained in those of all replicas:
    /// [`GroupClock::meet`].
    pub fn settle(&mut self, everywhere: &GroupClock) {
        let kept = self.clock.iter().filter(|(id, seq)| *seq > everywhere.get(*id));
        self.clock = kept.collect();
    }

    /// The number of replicas of which it asks for a write.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clock.len()
    }

    /// Whether any replica meets it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clock.is_empty()
    }

    /// What it asks for.
    #[must_use]
    pub fn as_clock(&self) -> &GroupClock {
        &self.clock
    }
}

impl From<GroupClock> for CausalToken {
    fn from(clock: GroupClock) -> Self {
        Self { clock }
    }
}

/// The text, of letters, digits, `-` and `_`.
impl fmt::Display for CausalToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = rejoin_codec::seal(VERSION, &self.clock).map_err(|_| fmt::Error)?;
        f.write_str(&base64url::encode(&bytes))
    }
}

impl FromStr for CausalToken {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        if text.len() > MAX_TEXT {
            return Err(InvalidToken);
        }
        let bytes = base64url::decode(text).ok_or(InvalidToken)?;
        let clock = rejoin_codec::open(VERSION, &bytes).map_err(|_| InvalidToken)?;
        Ok(Self { clock })
    }
}

/// The text in human-readable formats, otherwise the clock.
impl Serialize for CausalToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.clock.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for CausalToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
        } else {
            GroupClock::deserialize(deserializer).map(Self::from)
        }
    }
}

/// A text that no [`CausalToken`] has made: damaged, too long, or of another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidToken;

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a causal token")
    }
}

impl core::error::Error for InvalidToken {}
