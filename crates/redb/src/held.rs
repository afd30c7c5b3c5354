use std::io;

/// What a database has written since its writes are [held](crate::backend::Backend::hold) back.
#[derive(Debug, Default)]
pub(crate) struct Held(Vec<Change>);

#[derive(Debug)]
pub(crate) enum Change {
    Write(u64, Vec<u8>),
    Resize(u64),
    Sync,
}

impl Held {
    pub(crate) fn push(&mut self, change: Change) {
        self.0.push(change);
    }

    pub(crate) fn into_changes(self) -> Vec<Change> {
        self.0
    }

    /// How long bytes of this length are after the changes.
    pub(crate) fn len(&self, len: u64) -> u64 {
        self.0.iter().fold(len, |len, change| match change {
            Change::Write(at, data) => len.max(at + data.len() as u64),
            Change::Resize(len) => *len,
            Change::Sync => len,
        })
    }

    /// Makes the changes in what was read at `at` from bytes of this length, zeros after their end.
    pub(crate) fn read(&self, len: u64, at: u64, out: &mut [u8]) -> io::Result<()> {
        let end = at.saturating_add(out.len() as u64);
        if end > self.len(len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for change in &self.0 {
            match change {
                Change::Write(start, data) => {
                    let (from, to) = (at.max(*start), end.min(start + data.len() as u64));
                    if from < to {
                        let data = &data[(from - start) as usize..(to - start) as usize];
                        out[(from - at) as usize..(to - at) as usize].copy_from_slice(data);
                    }
                }
                // What comes after it again is empty.
                Change::Resize(len) if *len < end => {
                    out[len.saturating_sub(at) as usize..].fill(0);
                }
                Change::Resize(_) | Change::Sync => {}
            }
        }
        Ok(())
    }
}
