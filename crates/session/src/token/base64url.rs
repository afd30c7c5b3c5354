//! Base 64 with the alphabet for URLs and without padding: RFC 4648, section 5.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut group = [0; 4];
        group[1..=chunk.len()].copy_from_slice(chunk);
        let group = u32::from_be_bytes(group);
        for place in 0..=chunk.len() {
            let digit = group >> (18 - 6 * place) & 63;
            text.push(char::from(ALPHABET[digit as usize]));
        }
    }
    text
}

/// `None` unless [`encode`] makes exactly this text.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut group = 0;
        for (place, letter) in chunk.iter().enumerate() {
            group |= value(*letter)? << (18 - 6 * place);
        }
        let [_, rest @ ..] = group.to_be_bytes();
        let (used, unused) = rest.split_at(chunk.len() - 1);
        if used.is_empty() || unused.iter().any(|byte| *byte != 0) {
            return None; // a lone letter, or bits that no byte has
        }
        bytes.extend_from_slice(used);
    }
    Some(bytes)
}

fn value(letter: u8) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From section 10 of the RFC, without the padding.
    #[test]
    fn the_examples_of_the_rfc() {
        let examples = ["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"];
        for (len, text) in examples.into_iter().enumerate() {
            assert_eq!(encode(&b"foobar"[..len]), text);
            assert_eq!(decode(text).as_deref(), Some(&b"foobar"[..len]));
        }
        assert_eq!(encode(&[251, 255]), "-_8");
    }

    #[test]
    fn only_what_was_encoded_is_decoded() {
        for text in ["Z", "Zm9vY", "Zh", "Zm9=", "Zg==", "+/8", "Zm 9", "ä"] {
            assert_eq!(decode(text), None, "{text}");
        }
        for seed in 0..1000 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let bytes: Vec<u8> = (0..rng.usize(..40)).map(|_| rng.u8(..)).collect();
            assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }
}
