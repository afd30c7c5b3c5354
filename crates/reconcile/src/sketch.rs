//! PinSketch: the sum of odd powers of the members of a set of field elements.

use crate::field::{inverse, multiply, square};
use crate::polynomial::roots;

/// Adds the odd powers of `element` to `syndromes`, or takes them out again, which is the same.
pub(crate) fn toggle(syndromes: &mut [u32], element: u32) {
    // Two chains, x, x⁵, x⁹, … and x³, x⁷, x¹¹, …, that do not wait for each other.
    let squared = square(element);
    let step = square(squared);
    let (mut a, mut b) = (element, multiply(element, squared));
    for pair in syndromes.chunks_mut(2) {
        pair[0] ^= a;
        a = multiply(a, step);
        if let [_, second] = pair {
            *second ^= b;
            b = multiply(b, step);
        }
    }
}

/// The elements whose odd powers sum up to `syndromes`, if they are at most as many.
///
/// Of more elements it is `None` but once in `capacity!` times, when it is other elements. Takes
/// O(capacity²) multiplications, and 16 × that to find the roots.
///
/// Dodis, Reyzin, Smith, "Fuzzy extractors", 2004, §6.3; the elements are the roots of the
/// reverse of the shortest recurrence that makes the power sums (Berlekamp and Massey).
pub(crate) fn decode(syndromes: &[u32]) -> Option<Vec<u32>> {
    if syndromes.iter().all(|&syndrome| syndrome == 0) {
        return Some(Vec::new());
    }
    // The even power sums are squares of earlier ones.
    let mut sums = vec![0; 2 * syndromes.len()];
    for at in 0..sums.len() {
        sums[at] = if at % 2 == 0 { syndromes[at / 2] } else { square(sums[at / 2]) };
    }
    let locator = recurrence(&sums, syndromes.len())?;
    let found = roots(locator.into_iter().rev().collect())?;
    (!found.contains(&0)).then_some(found)
}

/// The connection polynomial of the shortest recurrence, if not longer than `longest`.
fn recurrence(sums: &[u32], longest: usize) -> Option<Vec<u32>> {
    let (mut current, mut before) = (vec![1], vec![1]);
    let (mut length, mut shift, mut divisor) = (0, 1, 1);
    for at in 0..sums.len() {
        let discrepancy = (1..current.len().min(at + 1))
            .fold(sums[at], |sum, back| sum ^ multiply(current[back], sums[at - back]));
        if discrepancy == 0 {
            shift += 1;
            continue;
        }
        let factor = multiply(discrepancy, inverse(divisor));
        let old = (2 * length <= at).then(|| current.clone());
        current.resize(current.len().max(before.len() + shift), 0);
        for (to, &from) in current[shift..].iter_mut().zip(&before) {
            *to ^= multiply(factor, from);
        }
        if let Some(old) = old {
            length = at + 1 - length;
            (before, divisor, shift) = (old, discrepancy, 1);
            if length > longest {
                return None;
            }
        } else {
            shift += 1;
        }
    }
    while current.last() == Some(&0) {
        current.pop();
    }
    (current.len() == length + 1).then_some(current)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::mix::Mixer;

    fn sketch<'a>(capacity: usize, elements: impl IntoIterator<Item = &'a u32>) -> Vec<u32> {
        let mut syndromes = vec![0; capacity];
        elements.into_iter().for_each(|&element| toggle(&mut syndromes, element));
        syndromes
    }

    #[test]
    fn syndromes_are_the_odd_powers() {
        let mut power = 5;
        for syndrome in sketch(9, &[5]) {
            assert_eq!(syndrome, power);
            power = multiply(power, square(5));
        }
    }

    #[test]
    fn what_fits_is_decoded_and_what_does_not_is_refused() {
        let mut random = Mixer::new(6);
        for round in 0..3_000 {
            let capacity = 1 + round % 17;
            let many = random.any() as usize % (capacity + 5);
            let wanted: BTreeSet<u32> = (0..many).map(|_| random.any() as u32 | 1).collect();
            let decoded = decode(&sketch(capacity, &wanted));
            if wanted.len() <= capacity {
                assert_eq!(decoded.map(BTreeSet::from_iter), Some(wanted), "capacity {capacity}");
            } else if capacity >= 8 {
                assert_eq!(decoded, None, "capacity {capacity}");
            } else {
                assert_ne!(decoded.map(BTreeSet::from_iter), Some(wanted));
            }
        }
    }

    #[test]
    fn differences_are_what_is_in_one() {
        let shared: Vec<u32> = (1..500).collect();
        let (mut here, there) =
            (sketch(4, &shared), sketch(4, shared.iter().chain(&[7_000, 8_000])));
        toggle(&mut here, 9_000);
        let difference: Vec<u32> = here.iter().zip(&there).map(|(a, b)| a ^ b).collect();
        let found = decode(&difference).expect("three of four");
        assert_eq!(BTreeSet::from_iter(found), BTreeSet::from([7_000, 8_000, 9_000]));
    }

    #[test]
    fn any_syndromes_are_survived() {
        let mut random = Mixer::new(7);
        for round in 0..2_000 {
            let syndromes: Vec<u32> = (0..round % 20)
                .map(|_| random.any() as u32 >> (random.any() % 33).min(31))
                .collect();
            if let Some(found) = decode(&syndromes) {
                assert_eq!(sketch(syndromes.len(), &found), syndromes);
            }
        }
    }
}
