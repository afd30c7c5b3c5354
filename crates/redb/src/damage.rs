use core::fmt;

/// What is damaged in a file, and what is still there.
///
/// The file has not been changed. [`RedbStorage::salvage`](crate::RedbStorage::salvage) copies what
/// is there to a new one.
#[derive(Debug)]
pub struct Damage {
    part: DamagedPart,
    found: u64,
    records: u64,
    cause: Option<redb::Error>,
}

/// The part of a file that a [`Damage`] is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamagedPart {
    /// All copies of the head.
    Head,
    /// The pages of the database.
    Database,
    /// The last acknowledged commits, which are not in the database.
    LastCommit,
    /// Records that are not those that were stored.
    Records,
}

impl Damage {
    pub(crate) fn new(
        part: DamagedPart,
        found: u64,
        records: u64,
        cause: Option<redb::Error>,
    ) -> Self {
        Self { part, found, records, cause }
    }

    /// Where the damage is.
    #[must_use]
    pub fn part(&self) -> DamagedPart {
        self.part
    }

    /// How many of the [`records`](Self::records) can be read.
    #[must_use]
    pub fn found(&self) -> u64 {
        self.found
    }

    /// How many records there were at the last commit that is known of: 0 if nothing tells.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    pub(crate) fn cause(&self) -> Option<&redb::Error> {
        self.cause.as_ref()
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.part {
            DamagedPart::Head => "its head",
            DamagedPart::Database => "its database",
            DamagedPart::LastCommit => "its last commit, which is gone",
            DamagedPart::Records => "its records",
        };
        let Self { found, records, .. } = self;
        write!(f, "{part}; {found} of {records} records can be read")
    }
}
