//! Division by constants without the division instruction, whose time depends on the operands.
//!
//! The quotient is a multiplication by the reciprocal and a shift: `n / d = (n · m) >> s`, where
//! `m` is `2^s / d` rounded up and `s` is large enough. A compiler that optimises for speed does
//! the same. One that optimises for size (`opt-level = "z"`), or not at all, emits the instruction.

/// Division by an even constant.
pub(super) enum By<const DIVISOR: u32> {}

impl<const DIVISOR: u32> By<DIVISOR> {
    /// The divisor without its factors of two, which are shifted out first. At most 31 bits are
    /// then left to divide, so the product fits into 64 bits.
    const ODD: u64 = (DIVISOR >> Self::TWOS) as u64;
    const TWOS: u32 = {
        assert!(DIVISOR.is_multiple_of(2) && DIVISOR > 0, "even");
        DIVISOR.trailing_zeros()
    };
    /// With this shift, 2^SHIFT / ODD rounded up is exact enough for that many bits (Granlund and
    /// Montgomery, "Division by Invariant Integers using Multiplication", theorem 4.2).
    const SHIFT: u32 = 32_u32
        .wrapping_sub(Self::TWOS)
        .wrapping_add(64_u32.wrapping_sub(Self::ODD.wrapping_sub(1).leading_zeros()));
    const FACTOR: u64 = (1_u64 << Self::SHIFT).div_ceil(Self::ODD);

    pub(super) const fn quotient(value: u32) -> u32 {
        let value = (value >> Self::TWOS) as u64;
        // The quotient has at most 32 bits, so the upper bytes are zero.
        let [.., a, b, c, d] = (value.wrapping_mul(Self::FACTOR) >> Self::SHIFT).to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }

    pub(super) const fn remainder(value: u32) -> u32 {
        value.wrapping_sub(Self::quotient(value).wrapping_mul(DIVISOR))
    }
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::arithmetic_side_effects,
        reason = "the tested division is compared with the operators"
    )]

    use super::*;

    fn check<const DIVISOR: u32>() {
        let near = (0..=u32::MAX / DIVISOR).step_by(1 + (u32::MAX / DIVISOR / 50_000) as usize);
        let edges = near.flat_map(|times| {
            let at = times * DIVISOR;
            [at.wrapping_sub(1), at, at.saturating_add(1)]
        });
        let spread = (0..=u32::MAX).step_by(65_521);
        for value in edges.chain(spread).chain([u32::MAX - 1, u32::MAX]) {
            assert_eq!(By::<DIVISOR>::quotient(value), value / DIVISOR, "{value} by {DIVISOR}");
            assert_eq!(By::<DIVISOR>::remainder(value), value % DIVISOR, "{value} by {DIVISOR}");
        }
    }

    #[test]
    fn quotients_are_those_of_the_processor() {
        check::<10>();
        check::<100>();
        check::<1_000>();
        check::<10_000>();
        check::<100_000>();
        check::<1_000_000>();
        check::<10_000_000>();
        check::<100_000_000>();
        check::<26>();
        check::<11_881_376>();
        check::<2>();
    }
}
