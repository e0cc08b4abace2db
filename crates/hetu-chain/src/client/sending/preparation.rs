//! What is found out about a call before it is signed.

use serde_json::json;

use super::{Call, DryRun, Estimate, SendOptions};
use crate::abi::Fees;
use crate::client::hetutensor::reverted;
use crate::client::policy::CheckedCall;
use crate::client::{ChainError, Hetutensor};
use crate::rpc::{BlockRef, CallRequest, HexBytes, Quantity, RpcFailure};
use crate::{Address, Amount};

/// Which part of the margin of gas, and of the fee, may be given up to tell transactions apart.
const GAS_SPARE_DIVISOR: u64 = 4;
const FEE_SPARE_DIVISOR: u64 = 1_024;

/// A call that may be signed: allowed, not refused by the contract, priced, and paid for.
#[derive(Debug)]
pub(super) struct Prepared {
    gas: Varied,
    fees: Fees,
    /// How much less than the fee would do as well.
    spare_fee: u64,
    pub(super) checked: CheckedCall,
    returned: Vec<u8>,
}

/// An amount of gas that may be a little less.
#[derive(Clone, Copy, Debug)]
struct Varied {
    most: u64,
    spare: u64,
}

impl Prepared {
    /// The most that its gas costs.
    pub(super) fn max_fee(&self) -> Amount {
        self.fees.max_fee_per_gas().saturating_mul(self.gas.most)
    }

    /// Gas and fees, reduced at random by as little as makes no difference to the transaction.
    /// What the caller asked for is left as it is.
    pub(super) fn varied_by(&self, random: u64) -> (u64, Fees) {
        let gas = self.gas.most - random % (self.gas.spare + 1);
        let less = random.rotate_right(32) % (self.spare_fee + 1);
        let fees = match self.fees {
            Fees::Dynamic { max_fee, tip } => {
                let max_fee = max_fee - less;
                Fees::Dynamic { max_fee, tip: tip.min(max_fee) }
            }
            legacy @ Fees::Legacy { .. } => legacy,
        };
        (gas, fees)
    }
}

impl Hetutensor {
    /// Checks, simulates and prices a call, on the newest state.
    pub(super) async fn prepare(
        &self,
        call: &Call,
        account: Address,
        options: &SendOptions,
    ) -> Result<Prepared, ChainError> {
        let checked = self.check_policy(call, account).await?;
        let held = self.at(BlockRef::Latest).native_balance(account).await?;
        require_funds(account, held, call.value)?;
        let request = call.request(account);
        let returned = self.simulate(&call.function, &request).await?;
        let market = self.market().await?;
        let gas = self.gas(&call.function, &request, options, market.block_gas_limit()).await?;
        let fees = self.fees(market, options, gas.most).await?;
        let gas_cost = fees.max_fee_per_gas().saturating_mul(gas.most);
        require_funds(account, held, call.value.saturating_add(gas_cost))?;
        let spare_fee = match (fees, options.max_fee_per_gas) {
            (Fees::Dynamic { max_fee, .. }, None) => max_fee / FEE_SPARE_DIVISOR,
            _ => 0,
        };
        Ok(Prepared { gas, fees, spare_fee, checked, returned })
    }

    /// What the call costs and returns.
    pub(super) async fn rehearse(
        &self,
        call: Call,
        account: Address,
        options: &SendOptions,
    ) -> Result<DryRun, ChainError> {
        let Prepared { gas, fees, returned, .. } = self.prepare(&call, account, options).await?;
        let max_fee_per_gas = fees.max_fee_per_gas();
        Ok(DryRun::new(call, account, Estimate { gas_limit: gas.most, max_fee_per_gas, returned }))
    }

    /// Runs the call without sending it, to learn of a refusal for free.
    async fn simulate(&self, function: &str, request: &CallRequest) -> Result<Vec<u8>, ChainError> {
        let params = vec![json!(request), json!(BlockRef::Latest)];
        let outcome = self.transport().read::<HexBytes>("eth_call", params).await;
        outcome.map(|HexBytes(returned)| returned).map_err(|failure| understood(function, failure))
    }

    /// Refuses a call that the block that nodes are making refuses with this error. Other errors
    /// there are left to the simulation, as nodes differ in what that block holds.
    pub(super) async fn check_pending(
        &self,
        call: &Call,
        account: Address,
        error: &str,
    ) -> Result<(), ChainError> {
        let params = vec![json!(call.request(account)), json!("pending")];
        let Err(failure) = self.transport().read::<HexBytes>("eth_call", params).await else {
            return Ok(());
        };
        let refusal = understood(&call.function, failure);
        if refusal.is_revert(error) { Err(refusal) } else { Ok(()) }
    }

    async fn gas(
        &self,
        function: &str,
        request: &CallRequest,
        options: &SendOptions,
        block_limit: u64,
    ) -> Result<Varied, ChainError> {
        let needed = match options.gas_limit {
            Some(gas) => gas,
            None => {
                let estimate = self.transport().read("eth_estimateGas", vec![json!(request)]).await;
                let Quantity(gas) = estimate.map_err(|failure| understood(function, failure))?;
                gas
            }
        };
        if needed > block_limit {
            let (function, limit) = (function.to_owned(), block_limit);
            return Err(ChainError::TooMuchGas { function, needed, limit });
        }
        if options.gas_limit.is_some() {
            return Ok(Varied { most: needed, spare: 0 });
        }
        // The state may change until the transaction runs; unused gas is not paid for.
        let most = needed.saturating_add(needed / 4).min(block_limit);
        Ok(Varied { most, spare: (most - needed) / GAS_SPARE_DIVISOR })
    }
}

impl Call {
    fn request(&self, from: Address) -> CallRequest {
        let Self { to, data, value, .. } = self.clone();
        CallRequest { from: Some(from), to, data: HexBytes(data), value, gas: None }
    }
}

fn require_funds(account: Address, held: Amount, needed: Amount) -> Result<(), ChainError> {
    if held < needed {
        return Err(ChainError::InsufficientFunds { account, held, needed });
    }
    Ok(())
}

/// The contract's own reason, if the failure is that it refused.
pub(super) fn understood(function: &str, failure: RpcFailure) -> ChainError {
    if let RpcFailure::Answered { error, .. } = &failure
        && let Some(refusal) = reverted(function, error)
    {
        return refusal;
    }
    failure.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variations_never_exceed_what_was_announced() {
        let prepared = Prepared {
            gas: Varied { most: 26_250, spare: 1_312 },
            fees: Fees::Dynamic { max_fee: 2_048, tip: 2_047 },
            spare_fee: 2,
            checked: CheckedCall::free(),
            returned: Vec::new(),
        };
        for random in [0, 1, 1_312, 1_313, u64::MAX, 2 << 32] {
            let (gas, fees) = prepared.varied_by(random);
            assert!((24_938..=26_250).contains(&gas), "{gas}");
            let Fees::Dynamic { max_fee, tip } = fees else {
                panic!("{fees:?}");
            };
            assert!((2_046..=2_048).contains(&max_fee) && tip <= max_fee, "{fees:?}");
        }
        let exact = Prepared {
            gas: Varied { most: 30_000, spare: 0 },
            fees: Fees::Legacy { gas_price: 7 },
            spare_fee: 0,
            ..prepared
        };
        assert_eq!(exact.varied_by(u64::MAX), (30_000, Fees::Legacy { gas_price: 7 }));
    }
}
