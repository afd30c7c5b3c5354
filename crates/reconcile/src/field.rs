//! The field GF(2³²): polynomials over GF(2) modulo x³² + x⁷ + x³ + x² + 1.
//!
//! Addition is `^`. Multiplication is carry-less, by integer multiplications of operands of which
//! three bits in four are masked out, so that no carry reaches a bit that is kept. There are no
//! tables and no branches: decision 0011 has the alternatives that were measured.

/// One bit in four, from bit 0, 1, 2 and 3 on.
const HOLES: [u64; 4] =
    [0x1111_1111_1111_1111, 0x2222_2222_2222_2222, 0x4444_4444_4444_4444, 0x8888_8888_8888_8888];

/// The product without carries.
const fn carryless(a: u32, b: u32) -> u64 {
    let (a, b) = (a as u64, b as u64);
    let [m0, m1, m2, m3] = HOLES;
    let (a0, a1, a2, a3) = (a & m0, a & m1, a & m2, a & m3);
    let (b0, b1, b2, b3) = (b & m0, b & m1, b & m2, b & m3);
    // At most 8 bits meet in a column, and the hole above it has room for 15.
    let c0 = (a0 * b0) ^ a1.wrapping_mul(b3) ^ a2.wrapping_mul(b2) ^ a3.wrapping_mul(b1);
    let c1 = (a0 * b1) ^ (a1 * b0) ^ a2.wrapping_mul(b3) ^ a3.wrapping_mul(b2);
    let c2 = (a0 * b2) ^ (a1 * b1) ^ (a2 * b0) ^ a3.wrapping_mul(b3);
    let c3 = (a0 * b3) ^ (a1 * b2) ^ (a2 * b1) ^ (a3 * b0);
    (c0 & m0) | (c1 & m1) | (c2 & m2) | (c3 & m3)
}

/// The remainder of a product modulo x³² + x⁷ + x³ + x² + 1.
const fn reduce(product: u64) -> u32 {
    let high = product >> 32;
    let folded = high ^ (high << 2) ^ (high << 3) ^ (high << 7);
    let rest = folded >> 32;
    (product ^ folded ^ rest ^ (rest << 2) ^ (rest << 3) ^ (rest << 7)) as u32
}

/// The product of two elements.
pub(crate) const fn multiply(a: u32, b: u32) -> u32 {
    reduce(carryless(a, b))
}

/// The square of an element.
pub(crate) const fn square(a: u32) -> u32 {
    // Squaring puts a zero between any two bits.
    let mut a = a as u64;
    a = (a | (a << 16)) & 0x0000_ffff_0000_ffff;
    a = (a | (a << 8)) & 0x00ff_00ff_00ff_00ff;
    a = (a | (a << 4)) & 0x0f0f_0f0f_0f0f_0f0f;
    a = (a | (a << 2)) & 0x3333_3333_3333_3333;
    a = (a | (a << 1)) & 0x5555_5555_5555_5555;
    reduce(a)
}

const fn square_often(mut a: u32, times: u32) -> u32 {
    let mut done = 0;
    while done < times {
        a = square(a);
        done += 1;
    }
    a
}

/// The inverse of an element, and 0 of 0.
pub(crate) const fn inverse(a: u32) -> u32 {
    // a^(2³² − 2), by the chain of Itoh and Tsujii: `a_k` is a^(2ᵏ − 1).
    let a_1 = a;
    let a_2 = multiply(square(a_1), a_1);
    let a_3 = multiply(square(a_2), a_1);
    let a_6 = multiply(square_often(a_3, 3), a_3);
    let a_7 = multiply(square(a_6), a_1);
    let a_14 = multiply(square_often(a_7, 7), a_7);
    let a_15 = multiply(square(a_14), a_1);
    let a_30 = multiply(square_often(a_15, 15), a_15);
    let a_31 = multiply(square(a_30), a_1);
    square(a_31)
}

/// The sum a + a² + a⁴ + … + a^(2³¹), which is 0 or 1.
const fn trace(a: u32) -> u32 {
    let (mut sum, mut power, mut step) = (0, a, 0);
    while step < 32 {
        sum ^= power;
        power = square(power);
        step += 1;
    }
    sum
}

/// For each bit, a solution of y² + y = (that bit) + (its trace) · τ, with τ of trace 1.
///
/// The sum of those of u's bits solves y² + y = u where u has trace 0.
const HALVES: [u32; 32] = {
    let mut tau = 1;
    while trace(tau) == 0 {
        tau <<= 1;
    }
    let mut table = [0; 32];
    let mut bit = 0;
    while bit < 32 {
        // y = τ u² + (τ + τ²) u⁴ + … + (τ + τ² + … + τ^(2³⁰)) u^(2³¹)
        let (mut sum, mut power, mut u, mut y) = (0, tau, 1 << bit, 0);
        let mut step = 1;
        while step < 32 {
            sum ^= power;
            power = square(power);
            u = square(u);
            y ^= multiply(sum, u);
            step += 1;
        }
        table[bit] = y;
        bit += 1;
    }
    table
};

/// A solution of y² + y = u, if there is one; `y ^ 1` is the other.
pub(crate) fn solve_quadratic(u: u32) -> Option<u32> {
    let (mut y, mut bits) = (0, u);
    while bits != 0 {
        y ^= HALVES[bits.trailing_zeros() as usize];
        bits &= bits - 1;
    }
    (square(y) ^ y == u).then_some(y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::Mixer;

    /// The product as it is defined: shift, add, reduce.
    fn by_shifts(mut a: u32, mut b: u32) -> u32 {
        let mut product = 0;
        while b != 0 {
            if b & 1 == 1 {
                product ^= a;
            }
            a = (a << 1) ^ if a >> 31 == 1 { 0x8D } else { 0 };
            b >>= 1;
        }
        product
    }

    /// What is wrong with a multiplication, if anything.
    fn fault(multiply: impl Fn(u32, u32) -> u32) -> Option<&'static str> {
        let mut random = Mixer::new(1);
        for _ in 0..5_000 {
            let [a, b, c] = [(); 3].map(|()| random.any() as u32);
            if multiply(a, b) != by_shifts(a, b) {
                return Some("not the product");
            }
            if multiply(a, multiply(b, c)) != multiply(multiply(a, b), c) {
                return Some("not associative");
            }
        }
        None
    }

    #[test]
    fn multiplication_is_that_of_the_field() {
        assert_eq!(fault(multiply), None);
        assert_eq!(multiply(u32::MAX, u32::MAX), by_shifts(u32::MAX, u32::MAX)); // fullest columns
    }

    #[test]
    fn a_wrong_multiplication_is_noticed() {
        // A fold too few, and a carry that is let through.
        let folded_once = |a, b| {
            let product = carryless(a, b);
            let high = product >> 32;
            (product ^ high ^ (high << 2) ^ (high << 3) ^ (high << 7)) as u32
        };
        assert!(fault(folded_once).is_some());
        assert!(fault(|a, b| reduce(u64::from(a).wrapping_mul(u64::from(b)))).is_some());
    }

    #[test]
    fn squares_and_inverses() {
        let mut random = Mixer::new(2);
        for _ in 0..5_000 {
            let a = random.any() as u32;
            assert_eq!(square(a), multiply(a, a));
            assert!(a == 0 || multiply(a, inverse(a)) == 1);
        }
        assert_eq!(inverse(0), 0);
    }

    /// The field is one: x^(2³²) = x for all x, and x^(2¹⁶) = x only in the subfield, for a
    /// generator's sake tried on x itself.
    #[test]
    fn the_modulus_is_irreducible() {
        assert_eq!(square_often(2, 32), 2);
        let difference = square_often(2, 16) ^ 2;
        assert_eq!(multiply(difference, inverse(difference)), 1);
    }

    #[test]
    fn quadratics_are_solved_where_they_can_be() {
        let mut random = Mixer::new(3);
        let mut solved = 0;
        for _ in 0..2_000 {
            let y = random.any() as u32;
            let u = square(y) ^ y;
            let found = solve_quadratic(u).expect("solvable as made");
            assert!(found == y || found ^ 1 == y);
            solved += u32::from(solve_quadratic(random.any() as u32).is_some());
        }
        assert!((800..1_200).contains(&solved), "{solved} of 2000");
    }
}
