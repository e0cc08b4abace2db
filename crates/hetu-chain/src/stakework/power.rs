//! Powers, exponentials and logarithms in integer arithmetic, so that all machines agree on every
//! digit. Floats guarantee that for sums and products only.
//!
//! All functions use two functions of base 2. The logarithm finds its binary digits by squaring.
//! The power multiplies the roots of 2 that belong to the digits of its exponent. Both round
//! towards zero, and both are monotonic.

use std::sync::LazyLock;

use ruint::aliases::U256;

use super::decimal::{Decimal, UNITS_PER_ONE};
use super::wide::multiply_divide;

/// The number of binary digits of logarithms after the point.
const LOGARITHM_BITS: u32 = 64;
/// The number of binary digits after the point of a mantissa from 1 to 2.
const MANTISSA_BITS: u32 = 126;
/// ln 2 and log2 e, with 64 binary digits after the point, rounded down.
const LN_2: u128 = 12_786_308_645_202_655_659;
const LOG2_E: u128 = 26_613_026_195_688_644_983;

/// 2^(1/2), 2^(1/4), 2^(1/8) and so on.
static ROOTS_OF_TWO: LazyLock<[u128; LOGARITHM_BITS as usize]> = LazyLock::new(|| {
    let mut root = 1_u128 << (MANTISSA_BITS + 1);
    std::array::from_fn(|_| {
        root = low_half((U256::from(root) << MANTISSA_BITS as usize).root(2));
        root
    })
});

/// Returns `base` to the power of `exponent`, rounded down, with an error below 10^-17. Bases above
/// one count as one.
pub(super) fn power(base: Decimal, exponent: Decimal) -> Decimal {
    const ONE_HALF: Decimal = Decimal::from_units(UNITS_PER_ONE / 2);
    match (base, exponent) {
        (_, Decimal::ZERO) => Decimal::ONE,
        (Decimal::ZERO, _) => Decimal::ZERO,
        (base, _) if base >= Decimal::ONE => Decimal::ONE,
        (base, Decimal::ONE) => base,
        (base, ONE_HALF) => Decimal::from_units((base.units() * UNITS_PER_ONE).isqrt()),
        (base, exponent) => {
            let depth = U256::from(logarithm(UNITS_PER_ONE) - logarithm(base.units()));
            let product = depth * U256::from(exponent.units());
            in_units(NegativePower::of(product / U256::from(UNITS_PER_ONE)))
        }
    }
}

/// Returns `base` to the power of `exponent`, both above 0 and at most 1, with an error of at most
/// one bit.
///
/// Published nodes use the mathematics library of their machine, which may also differ in the last
/// bit.
pub(super) fn power_of_share(base: f64, exponent: f64) -> f64 {
    let (base, exponent) = (Parts::of(base), Parts::of(exponent));
    // The logarithm of a base of at most 1 is at most 0.
    let depth = (u128::from(base.divisor_bits) << LOGARITHM_BITS)
        .saturating_sub(logarithm(u128::from(base.integer)));
    let product = U256::from(depth) * U256::from(exponent.integer);
    let power = NegativePower::of(product.wrapping_shr(exponent.divisor_bits as usize));
    (power.mantissa as f64) * power_of_two(MANTISSA_BITS) * power_of_two(power.halvings)
}

/// Returns e to the power of minus `exponent`, rounded down.
pub(super) fn decay(exponent: Decimal) -> Decimal {
    let product = U256::from(exponent.units()) * U256::from(LOG2_E);
    in_units(NegativePower::of(product / U256::from(UNITS_PER_ONE)))
}

/// Returns the natural logarithm of `number`, rounded down; zero for zero.
pub(super) fn natural_logarithm(number: u64) -> Decimal {
    let binary = logarithm(u128::from(number.max(1)));
    let product = U256::from(binary) * U256::from(LN_2) * U256::from(UNITS_PER_ONE);
    Decimal::from_units(low_half(product >> (2 * LOGARITHM_BITS) as usize))
}

/// Returns the binary logarithm of `number`, which is not zero, with 64 binary digits after the
/// point.
fn logarithm(number: u128) -> u128 {
    let whole = number.ilog2();
    let mut mantissa = number << (127 - whole);
    let mut digits = u128::from(whole);
    for _ in 0..LOGARITHM_BITS {
        // Squaring doubles the logarithm, which moves its next digit in front of the point.
        let square = U256::from(mantissa).wrapping_mul(U256::from(mantissa));
        let is_two_or_more = square.bit(255);
        mantissa = low_half(square >> (127 + usize::from(is_two_or_more)));
        digits = digits << 1 | u128::from(is_two_or_more);
    }
    digits
}

/// The number `mantissa / 2^126 / 2^halvings`, with a mantissa from 1 to 2.
struct NegativePower {
    mantissa: u128,
    halvings: u32,
}

impl NegativePower {
    /// Returns 2 to the power of minus `exponent`, which has 64 binary digits after the point.
    fn of(exponent: U256) -> Self {
        let one = U256::from(1_u128 << LOGARITHM_BITS);
        let halvings = exponent.div_ceil(one);
        let fraction = low_half(halvings * one - exponent) as u64;
        Self {
            mantissa: fractional_power_of_two(fraction),
            halvings: u32::try_from(halvings).unwrap_or(u32::MAX),
        }
    }
}

/// Returns 2 to the power of `fraction` / 2^64.
fn fractional_power_of_two(fraction: u64) -> u128 {
    let has_digit = |position: usize| fraction >> (63 - position) & 1 == 1;
    ROOTS_OF_TWO.iter().enumerate().filter(|(position, _)| has_digit(*position)).fold(
        1 << MANTISSA_BITS,
        |power, (_, root)| {
            low_half(U256::from(power).wrapping_mul(U256::from(*root)) >> MANTISSA_BITS as usize)
        },
    )
}

fn in_units(power: NegativePower) -> Decimal {
    // More than 60 halvings result in less than a unit.
    let halvings = power.halvings.min(100);
    let product = U256::from(power.mantissa) * U256::from(UNITS_PER_ONE);
    Decimal::from_units(low_half(product >> (MANTISSA_BITS + halvings) as usize))
}

/// Returns an integer that is known to fit into 128 bits.
fn low_half(integer: U256) -> u128 {
    integer.wrapping_to()
}

/// A float in the form `integer / 2^divisor_bits`.
struct Parts {
    integer: u64,
    divisor_bits: u32,
}

impl Parts {
    /// Returns the parts of a number above 0 and at most 1.
    fn of(number: f64) -> Self {
        let bits = number.to_bits();
        let exponent = (bits >> 52) as u32;
        let fraction = bits & ((1 << 52) - 1);
        if exponent == 0 {
            return Self { integer: fraction.max(1), divisor_bits: 1_074 };
        }
        Self { integer: fraction | 1 << 52, divisor_bits: 1_075_u32.saturating_sub(exponent) }
    }
}

/// Returns 2 to the power of minus `halvings`; zero if that is not a normal float.
fn power_of_two(halvings: u32) -> f64 {
    if halvings > 1_022 { 0.0 } else { f64::from_bits(u64::from(1_023 - halvings) << 52) }
}

/// Returns the sigmoid `1 / (1 + e^-x)`, with `x` given by its sign and absolute value.
pub(super) fn sigmoid(is_negative: bool, size: Decimal) -> Decimal {
    let one = UNITS_PER_ONE;
    let upper = multiply_divide(one, one, one + decay(size).units()).unwrap_or(one);
    Decimal::from_units(if is_negative { one - upper } else { upper })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    // Calculated with 80 digits by another program.
    #[test]
    fn powers_are_right_to_the_seventeenth_digit() {
        for (base, exponent, expected) in [
            ("0.25", "0.001", "0.998614666101028923"),
            ("0.3", "0.333333333333333333", "0.669432950082169522"),
            ("0.000000000000000001", "0.1", "0.015848931924611134"),
            ("0.999999999999999999", "0.7", "0.999999999999999999"),
            ("0.6", "3.5", "0.167312880556160409"),
            ("0.5", "2", "0.25"),
            ("0.25", "0.5", "0.5"),
            ("0.7", "1", "0.7"),
            ("1", "3.3", "1"),
            ("0", "0.2", "0"),
            ("0", "0", "1"),
        ] {
            let found = power(decimal(base), decimal(exponent));
            let error = found.units().abs_diff(decimal(expected).units());
            assert!(error <= 2, "{base}^{exponent} is {found}, not {expected}");
        }
    }

    #[test]
    fn logarithms_and_exponentials_are_right_to_the_seventeenth_digit() {
        for (number, expected) in [
            (0, "0"),
            (1, "0"),
            (2, "0.693147180559945309"),
            (11, "2.397895272798370544"),
            (65_536, "11.090354888959124950"),
        ] {
            let found = natural_logarithm(number);
            let error = found.units().abs_diff(decimal(expected).units());
            assert!(error <= 2, "ln {number} is {found}, not {expected}");
        }
        for (exponent, expected) in [
            ("0", "1"),
            ("1", "0.367879441171442321"),
            ("4.75", "0.008651695203120634"),
            ("10", "0.000045399929762484"),
            ("340282366920938463463", "0"),
        ] {
            let found = decay(decimal(exponent));
            let error = found.units().abs_diff(decimal(expected).units());
            assert!(error <= 2, "e^-{exponent} is {found}, not {expected}");
        }
        assert_eq!(sigmoid(false, Decimal::ZERO), decimal("0.5"));
        assert_eq!(sigmoid(true, Decimal::MAX), Decimal::ZERO);
    }

    #[test]
    fn the_smallest_floats_have_a_power() {
        for base in [f64::MIN_POSITIVE, 5e-324, 1e-300] {
            let (found, expected) = (power_of_share(base, 0.001), base.powf(0.001));
            assert!((found - expected).abs() <= expected * 4.0 * f64::EPSILON, "{found}");
        }
        assert_eq!(power_of_share(1.0, 1.0), 1.0);
    }

    proptest! {
        #[test]
        fn powers_rise_with_the_base_and_fall_with_the_exponent(
            base in 1..UNITS_PER_ONE, step in 0..1_000_000_u128,
            exponent in 1..10 * UNITS_PER_ONE, rise in 1..UNITS_PER_ONE,
        ) {
            let of = |base: u128, exponent| {
                power(Decimal::from_units(base), Decimal::from_units(exponent))
            };
            let found = of(base, exponent);
            prop_assert!(found <= Decimal::ONE);
            prop_assert!(found <= of(base.saturating_add(step), exponent));
            prop_assert!(found >= of(base, exponent + rise));
        }

        #[test]
        fn powers_of_floats_are_those_of_the_library(base in 1e-18..1.0_f64, exponent in 0.001..1.0_f64) {
            let expected = base.powf(exponent);
            let found = power_of_share(base, exponent);
            prop_assert!((found - expected).abs() <= expected * 2.0 * f64::EPSILON, "{found} {expected}");
        }
    }
}
