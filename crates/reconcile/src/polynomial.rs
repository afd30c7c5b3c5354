//! Polynomials over GF(2³²), lowest coefficient first, and their roots.

use crate::field::{inverse, multiply, solve_quadratic, square};

/// Drops leading zeros.
fn trim(polynomial: &mut Vec<u32>) {
    while polynomial.last() == Some(&0) {
        polynomial.pop();
    }
}

/// Divides by the leading coefficient.
fn make_monic(polynomial: &mut [u32]) {
    let Some(&leading) = polynomial.last() else { return };
    if leading != 1 {
        let inverse = inverse(leading);
        for coefficient in polynomial {
            *coefficient = multiply(*coefficient, inverse);
        }
    }
}

/// Leaves the remainder modulo a monic `divisor`, and pushes the coefficients of the quotient, the
/// highest first.
fn divide(polynomial: &mut Vec<u32>, divisor: &[u32], mut quotient: Option<&mut Vec<u32>>) {
    let degree = divisor.len() - 1;
    while polynomial.len() > degree {
        let leading = polynomial.pop().unwrap_or_default();
        if let Some(quotient) = &mut quotient {
            quotient.push(leading);
        }
        if leading != 0 {
            let from = polynomial.len() - degree;
            for (coefficient, &by) in polynomial[from..].iter_mut().zip(divisor) {
                *coefficient ^= multiply(leading, by);
            }
        }
    }
    trim(polynomial);
}

/// The monic greatest common divisor.
fn common_divisor(mut a: Vec<u32>, mut b: Vec<u32>) -> Vec<u32> {
    while !b.is_empty() {
        make_monic(&mut b);
        divide(&mut a, &b, None);
        core::mem::swap(&mut a, &mut b);
    }
    make_monic(&mut a);
    a
}

/// x, x², x⁴, … x^(2³¹) modulo a monic polynomial; `None` if x^(2³²) is not x again, that is if it
/// is not a product of different linear factors.
fn frobenius(modulus: &[u32]) -> Option<Vec<Vec<u32>>> {
    let degree = modulus.len() - 1;
    // x^(2j) for the upper half of the coefficients; the lower half needs no reduction.
    let first = degree.div_ceil(2);
    let mut even = Vec::with_capacity(degree - first);
    let mut power = vec![0; 2 * first + 1];
    power[2 * first] = 1;
    for _ in first..degree {
        divide(&mut power, modulus, None);
        even.push(power.clone());
        power.splice(0..0, [0, 0]);
    }
    let mut current = vec![0, 1];
    divide(&mut current, modulus, None);
    let x = current.clone();
    let mut powers = Vec::with_capacity(32);
    for _ in 0..32 {
        let mut next = vec![0; degree];
        for (at, &coefficient) in current.iter().enumerate() {
            let coefficient = square(coefficient);
            if at < first {
                next[2 * at] ^= coefficient;
            } else {
                for (sum, &by) in next.iter_mut().zip(&even[at - first]) {
                    *sum ^= multiply(coefficient, by);
                }
            }
        }
        trim(&mut next);
        powers.push(core::mem::replace(&mut current, next));
    }
    (current == x).then_some(powers)
}

/// All roots of a polynomial, if it is a product of as many different linear factors as its
/// degree says.
///
/// Berlekamp's trace algorithm: for β running through a basis of the field, the greatest common
/// divisor with Tr(βx) splits each factor, and every two roots differ in the trace for some β.
pub(crate) fn roots(mut polynomial: Vec<u32>) -> Option<Vec<u32>> {
    trim(&mut polynomial);
    make_monic(&mut polynomial);
    let mut roots = Vec::with_capacity(polynomial.len());
    if polynomial.len() <= 3 {
        return solve(&polynomial, &mut roots).then_some(roots);
    }
    let powers = frobenius(&polynomial)?;
    let mut factors = vec![polynomial];
    for bit in 0..32 {
        let degree = powers.iter().map(Vec::len).max().unwrap_or_default();
        let (mut trace, mut beta) = (vec![0; degree], 1 << bit);
        for power in &powers {
            for (sum, &coefficient) in trace.iter_mut().zip(power) {
                *sum ^= multiply(beta, coefficient);
            }
            beta = square(beta);
        }
        trim(&mut trace);
        for factor in core::mem::take(&mut factors) {
            let mut rest = trace.clone();
            divide(&mut rest, &factor, None);
            let part = common_divisor(factor.clone(), rest);
            let mut quotient = Vec::with_capacity(factor.len());
            let mut factor = factor;
            divide(&mut factor, &part, Some(&mut quotient));
            quotient.reverse();
            for piece in [part, quotient] {
                if piece.len() > 3 {
                    factors.push(piece);
                } else if !solve(&piece, &mut roots) {
                    return None;
                }
            }
        }
        if factors.is_empty() {
            return Some(roots);
        }
    }
    None
}

/// Adds the roots of a monic polynomial of degree 0, 1 or 2, if it has two different ones.
fn solve(polynomial: &[u32], roots: &mut Vec<u32>) -> bool {
    match *polynomial {
        [1] => true,
        [root, 1] => {
            roots.push(root);
            true
        }
        // x = b·y makes y² + y = c / b² of x² + b·x + c.
        [c, b, 1] if b != 0 => match solve_quadratic(multiply(c, square(inverse(b)))) {
            Some(y) => {
                roots.extend([multiply(b, y), multiply(b, y ^ 1)]);
                true
            }
            None => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::mix::Mixer;

    /// The product of all x + root.
    fn with_roots(roots: impl IntoIterator<Item = u32>) -> Vec<u32> {
        let mut product = vec![1];
        for root in roots {
            let mut next = vec![0; product.len() + 1];
            for (at, &coefficient) in product.iter().enumerate() {
                next[at] ^= multiply(coefficient, root);
                next[at + 1] ^= coefficient;
            }
            product = next;
        }
        product
    }

    #[test]
    fn roots_are_found() {
        let mut random = Mixer::new(4);
        for degree in (0..40).flat_map(|degree| [degree; 5]) {
            let wanted: BTreeSet<u32> = (0..degree).map(|_| random.any() as u32).collect();
            let mut polynomial = with_roots(wanted.iter().copied());
            let scale = random.any() as u32 | 1;
            polynomial.iter_mut().for_each(|c| *c = multiply(*c, scale));
            let found = roots(polynomial).expect("a product of linear factors");
            assert_eq!(found.len(), wanted.len());
            assert_eq!(BTreeSet::from_iter(found), wanted);
        }
    }

    #[test]
    fn near_roots_are_told_apart() {
        let wanted: BTreeSet<u32> = (1..=16).collect();
        let found = roots(with_roots(wanted.iter().copied())).expect("linear factors");
        assert_eq!(BTreeSet::from_iter(found), wanted);
    }

    #[test]
    fn double_roots_and_others_are_refused() {
        let mut random = Mixer::new(5);
        for degree in 2..20 {
            let root = random.any() as u32;
            let others = (2..degree).map(|_| random.any() as u32);
            assert_eq!(roots(with_roots(others.chain([root, root]))), None);
        }
        let mut refused = 0;
        for _ in 0..300 {
            let arbitrary = (0..9).map(|_| random.any() as u32).chain([1]).collect();
            refused += u32::from(roots(arbitrary).is_none());
        }
        assert!(refused >= 295, "a random polynomial of degree 9 splits once in 362 880 times");
    }

    #[test]
    fn nothing_has_no_roots_and_zero_has_too_many() {
        assert_eq!(roots(vec![7]), Some(vec![]));
        assert_eq!(roots(vec![]), None);
        assert_eq!(roots(vec![0, 0]), None);
    }
}
