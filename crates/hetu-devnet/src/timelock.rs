//! Creation code of a timelock that can own the contracts.

use alloy_primitives::U256;
use hetu_chain::Address;

use crate::artifacts::{InvalidDeployment, bytecode};

/// Returns the creation code of a `HetuTimelock` with its arguments. Changes wait `min_delay`
/// seconds, `proposers` may schedule and cancel them, and `executors` execute them. Any account may
/// execute them if the zero address is among `executors`.
///
/// # Errors
///
/// Returns [`InvalidDeployment`] if a bytecode file of this crate is damaged.
pub fn timelock_code(
    min_delay: u64,
    proposers: &[Address],
    executors: &[Address],
) -> Result<Vec<u8>, InvalidDeployment> {
    const HEADS: usize = 3 * 32;
    let word = |number: usize| U256::from(number).to_be_bytes::<32>();
    let executors_at = HEADS + 32 * (1 + proposers.len());
    let heads = [U256::from(min_delay).to_be_bytes(), word(HEADS), word(executors_at)];
    let list = |accounts: &[Address]| {
        let words =
            accounts.iter().flat_map(|account| [&[0; 12], &account.as_bytes()[..]].concat());
        word(accounts.len()).into_iter().chain(words).collect::<Vec<_>>()
    };
    Ok([bytecode("HetuTimelock")?, heads.concat(), list(proposers), list(executors)].concat())
}
