//! Gas estimates of transactions.

use alloy_primitives::U256;
use revm::context_interface::result::ExecutionResult;

use super::call::{CallError, EvmCall, succeeded};
use super::invalid::TransactionRefusal;

/// Gas of a plain transfer.
const TRANSFER: u64 = 21_000;
/// Gas that a value transfer adds for the called code.
const CALL_STIPEND: u64 = 2_300;
/// Relative distance of the bounds at which the search stops, in thousandths of the upper bound.
const TOLERANCE: u64 = 15;

/// Returns the least gas with which `call` succeeds, or up to 1.5 percent more.
///
/// The gas used is less than the gas needed: a call forwards at most 63/64 of the remaining gas,
/// and refunds apply only at the end. So the search repeats the run with less gas until the bounds
/// meet.
///
/// # Errors
///
/// Returns an error if the call fails with any amount of gas, or the sender cannot pay for the gas
/// it needs.
pub(crate) fn estimate(
    call: &EvmCall,
    gas_cap: u64,
    wanted: Option<u64>,
) -> Result<u64, CallError> {
    let mut high = wanted
        .filter(|gas| *gas >= TRANSFER)
        .unwrap_or_else(|| call.block_gas_limit())
        .min(gas_cap);
    let price = call.transaction.gas_price;
    if price > 0 {
        let affordable = call.funds()? / U256::from(price);
        high = high.min(affordable.try_into().unwrap_or(u64::MAX));
    }
    if call.is_transfer() && high >= TRANSFER && attempt(call, TRANSFER)?.is_some() {
        return Ok(TRANSFER);
    }

    let Some(result) = attempt(call, high)? else {
        return Err(match call.run(high).map(succeeded) {
            Ok(Err(error @ CallError::Reverted(_))) => error,
            Ok(Err(CallError::Halted(reason))) if reason != "out of gas" => {
                CallError::Halted(reason)
            }
            _ => CallError::GasExceedsAllowance(high),
        });
    };
    let mut low = result.tx_gas_used() - 1;
    let spent = result.gas().total_gas_spent().max(result.tx_gas_used());
    let likely = (spent + CALL_STIPEND) * 64 / 63;
    if likely < high {
        match attempt(call, likely)? {
            Some(_) => high = likely,
            None => low = likely,
        }
    }
    while low + 1 < high && (high - low) * 1_000 > high * TOLERANCE {
        // Most calls need little more than they use, so the search stays near the lower bound.
        let middle = low.midpoint(high).min(low.saturating_mul(2));
        match attempt(call, middle)? {
            Some(_) => high = middle,
            None => low = middle,
        }
    }
    Ok(high)
}

/// Returns `None` if the call fails with this much gas, for any reason.
fn attempt(call: &EvmCall, gas: u64) -> Result<Option<ExecutionResult>, CallError> {
    match call.run(gas) {
        Ok(result) if result.is_success() => Ok(Some(result)),
        Ok(_)
        | Err(TransactionRefusal::IntrinsicGas { .. } | TransactionRefusal::FloorGas { .. }) => {
            Ok(None)
        }
        Err(invalid) => Err(invalid.into()),
    }
}
