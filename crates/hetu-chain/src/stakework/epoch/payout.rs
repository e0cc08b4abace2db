//! The division of amounts without a remainder.

use ruint::aliases::U256;

use crate::Address;

/// Divides `total` in proportion to `parts`. The remainder of rounding down is paid in single wei
/// to the accounts with a part above zero, in the order of the accounts. So the sum is `total`, and
/// the order of the input does not matter. All results are zero if all parts are zero.
pub(super) fn divide(total: u128, parts: &[u128], accounts: &[Address]) -> Vec<u128> {
    let sum = parts.iter().fold(U256::ZERO, |sum, part| sum + U256::from(*part));
    let mut shares: Vec<u128> = parts
        .iter()
        .map(|part| {
            let product = U256::from(total) * U256::from(*part);
            product.checked_div(sum).unwrap_or_default().wrapping_to()
        })
        .collect();
    if sum.is_zero() {
        return shares;
    }
    let left = total - shares.iter().sum::<u128>();
    let mut receivers: Vec<_> = (0..parts.len()).filter(|at| parts[*at] > 0).collect();
    receivers.sort_unstable_by_key(|position| accounts[*position]);
    // Rounding took less than a wei from each receiver, so less than one wei for each is left.
    for position in receivers.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        shares[position] += 1;
    }
    shares
}

/// Returns the part of `emission` that pays for scoring: half, rounded down, if work is also paid;
/// otherwise all of it.
pub(super) const fn for_judging(emission: u128, is_work_paid: bool) -> u128 {
    if is_work_paid { emission / 2 } else { emission }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn accounts(count: usize) -> Vec<Address> {
        (0..count).map(|number| Address::new([number as u8; 20])).collect()
    }

    #[test]
    fn what_rounding_leaves_goes_to_the_lowest_accounts_with_a_part() {
        assert_eq!(divide(11, &[0, 1, 1, 1], &accounts(4)), [0, 4, 4, 3]);
        assert_eq!(divide(u128::MAX, &[0; 4], &accounts(4)), [0; 4]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_invented(
            total in any::<u128>(), parts in prop::collection::vec(any::<u128>(), 1..30),
        ) {
            let shares = divide(total, &parts, &accounts(parts.len()));
            let paid = shares.iter().try_fold(0_u128, |sum, share| sum.checked_add(*share));
            let is_empty = parts.iter().all(|part| *part == 0);
            prop_assert_eq!(paid, Some(if is_empty { 0 } else { total }));
        }
    }
}
