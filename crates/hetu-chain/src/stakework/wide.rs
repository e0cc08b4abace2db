//! Products that need twice the bits of their factors before the division.

use ruint::UintTryFrom;
use ruint::aliases::{U256, U512};

use crate::Amount;

/// Returns `value * numerator / denominator`, rounded down, or `None` if the result does not fit or
/// the denominator is zero.
pub(super) fn multiply_divide(value: u128, numerator: u128, denominator: u128) -> Option<u128> {
    if let Some(product) = value.checked_mul(numerator) {
        return product.checked_div(denominator);
    }
    let product = U256::from(value).wrapping_mul(U256::from(numerator));
    product.checked_div(U256::from(denominator))?.try_into().ok()
}

/// Calculates like [`multiply_divide`], for amounts.
pub(super) fn multiply_divide_amount(
    value: Amount,
    numerator: Amount,
    denominator: Amount,
) -> Option<Amount> {
    narrowed(product(value, numerator).checked_div(widened(denominator))?)
}

/// Calculates like [`multiply_divide_amount`], rounded up.
pub(super) fn multiply_divide_amount_up(
    value: Amount,
    numerator: Amount,
    denominator: Amount,
) -> Option<Amount> {
    if denominator.is_zero() {
        return None;
    }
    narrowed(product(value, numerator).div_ceil(widened(denominator)))
}

fn product(left: Amount, right: Amount) -> U512 {
    // The product of two factors of 256 bits has at most 512, so it never wraps.
    widened(left).wrapping_mul(widened(right))
}

fn widened(amount: Amount) -> U512 {
    U512::from(amount.as_integer())
}

fn narrowed(integer: U512) -> Option<Amount> {
    U256::uint_try_from(integer).ok().map(Amount::from_integer)
}
