/// The beginning of the key before, which the next one may share.
///
/// No more than [`Prefix::MAX`] bytes are shared: a longer one would let a few bytes stand for
/// many.
#[derive(Default)]
pub(crate) struct Prefix {
    bytes: [u8; Self::MAX],
    len: usize,
}

impl Prefix {
    /// How many bytes a key can share, with the four bits that its length has for it.
    pub(crate) const MAX: usize = 15;

    /// How many bytes `key` shares with the key before.
    #[inline]
    pub(crate) fn shared(&self, key: &[u8]) -> usize {
        let pairs = self.bytes[..self.len].iter().zip(key);
        pairs.take_while(|(before, now)| before == now).count()
    }

    /// Remembers a key that begins with so many bytes of the one before, and goes on with `rest`.
    #[inline]
    pub(crate) fn replace(&mut self, shared: usize, rest: &[u8]) {
        self.len = (shared + rest.len()).min(Self::MAX);
        for (byte, new) in self.bytes[shared..self.len].iter_mut().zip(rest) {
            *byte = *new;
        }
    }

    /// Remembers `key` for the next one.
    #[inline]
    pub(crate) fn set(&mut self, key: &[u8]) {
        self.len = key.len().min(Self::MAX);
        self.bytes[..self.len].copy_from_slice(&key[..self.len]);
    }

    /// The first bytes of the key before, if it has so many.
    pub(crate) fn get(&self, shared: usize) -> Option<&[u8]> {
        self.bytes[..self.len].get(..shared)
    }
}
