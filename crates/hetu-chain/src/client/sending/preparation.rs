//! Checks of a call before it is signed: limits, simulation, price and funds.

use serde_json::json;

use super::dry_run::{DryRun, Estimate};
use super::pricing::{Market, Pricing};
use crate::abi::{Fees, UnsignedTransaction};
use crate::client::encoded_call::EncodedCall;
use crate::client::error::ChainError;
use crate::client::policy::CheckedCall;
use crate::client::reader::{Reader, reverted};
use crate::identity::SignerError;
use crate::rpc::{BlockRef, CallRequest, HexBytes, Quantity, RpcFailure};
use crate::text::ForeignError;
use crate::{Address, Amount, ChainId};

/// The parts of the gas margin and of the fee that may be given up to make transactions distinct.
const GAS_SPARE_DIVISOR: u64 = 4;
const FEE_SPARE_DIVISOR: u64 = 1_024;

/// A call that may be signed: allowed by policy, simulated, priced and funded.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) call: EncodedCall,
    account: Address,
    chain_id: ChainId,
    gas: VariedGas,
    fees: Fees,
    /// The part of the fee that may be given up.
    spare_fee: u64,
    pub(super) checked: CheckedCall,
    returned: Vec<u8>,
}

/// An amount of gas that may be reduced a little.
#[derive(Clone, Copy, Debug)]
struct VariedGas {
    most: u64,
    spare: u64,
}

impl Prepared {
    /// Returns the maximum cost of its gas.
    pub(super) fn max_fee(&self) -> Amount {
        self.fees.max_fee_per_gas().saturating_mul(self.gas.most)
    }

    /// Returns the cost and the return value of the call.
    pub(super) fn into_dry_run(self) -> DryRun {
        let Self { call, account, gas, fees, returned, .. } = self;
        let max_fee_per_gas = fees.max_fee_per_gas();
        DryRun::new(call, account, Estimate { gas_limit: gas.most, max_fee_per_gas, returned })
    }

    /// Returns the transaction with `nonce`, made distinct from one that another program signs with
    /// the same key for the same call and nonce. Otherwise a node that has the other transaction
    /// would report that it already has this one.
    pub(super) fn transaction(&self, nonce: u64) -> Result<UnsignedTransaction, ChainError> {
        let random = getrandom::u64().map_err(|error| SignerError::Unavailable {
            reason: ForeignError::new(error).in_context("the system has no randomness"),
        })?;
        let EncodedCall { to, data, value, .. } = self.call.clone();
        let (gas, fees) = self.varied_by(random);
        let chain_id = self.chain_id;
        Ok(UnsignedTransaction { chain_id, nonce, to, value, data, gas, fees })
    }

    /// Returns gas and fees, reduced at random by an amount that does not affect the transaction.
    /// Values that the caller set are not changed.
    fn varied_by(&self, random: u64) -> (u64, Fees) {
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

/// A preparer of the calls of one account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Preparer<'call> {
    pub(super) account: Address,
    pub(super) pricing: Pricing<'call>,
}

impl Preparer<'_> {
    /// Checks, simulates and prices a call on the latest state.
    pub(super) async fn prepare(self, call: EncodedCall) -> Result<Prepared, ChainError> {
        let Self { account, pricing } = self;
        let Pricing { reader, options, .. } = pricing;
        let checked = self.check_policy(&call).await?;
        let held = reader.native_balance(account).await?;
        require_funds(account, held, call.value)?;
        let request = call.request(account);
        let returned = simulate(reader, &call.function, &request).await?;
        let market = Market::read(reader).await?;
        let gas = self.gas(&call.function, &request, market.block_gas_limit()).await?;
        let fees = pricing.fees(market, gas.most).await?;
        let gas_cost = fees.max_fee_per_gas().saturating_mul(gas.most);
        require_funds(account, held, call.value.saturating_add(gas_cost))?;
        let spare_fee = match (fees, options.max_fee_per_gas) {
            (Fees::Dynamic { max_fee, .. }, None) => max_fee / FEE_SPARE_DIVISOR,
            _ => 0,
        };
        let chain_id = reader.network().chain_id;
        Ok(Prepared { call, account, chain_id, gas, fees, spare_fee, checked, returned })
    }

    /// Checks a call against the spend policy.
    pub(super) async fn check_policy(self, call: &EncodedCall) -> Result<CheckedCall, ChainError> {
        match self.pricing.policy {
            Some(policy) => policy.check(self.pricing.reader, call, self.account).await,
            None => Ok(CheckedCall::free()),
        }
    }

    /// Refuses a call that the pending block refuses with this error. The simulation handles other
    /// errors, because nodes differ in what the pending block contains.
    pub(super) async fn check_pending(
        self,
        call: &EncodedCall,
        error: &str,
    ) -> Result<(), ChainError> {
        let params = vec![json!(call.request(self.account)), json!("pending")];
        let transport = self.pricing.reader.transport();
        let Err(failure) = transport.read::<HexBytes>("eth_call", params).await else {
            return Ok(());
        };
        let refusal = understood(&call.function, failure);
        if refusal.is_revert(error) { Err(refusal) } else { Ok(()) }
    }

    async fn gas(
        self,
        function: &str,
        request: &CallRequest,
        block_limit: u64,
    ) -> Result<VariedGas, ChainError> {
        let named = self.pricing.options.gas_limit;
        let needed = match named {
            Some(gas) => gas,
            None => {
                let transport = self.pricing.reader.transport();
                let estimate = transport.read("eth_estimateGas", vec![json!(request)]).await;
                let Quantity(gas) = estimate.map_err(|failure| understood(function, failure))?;
                gas
            }
        };
        if needed > block_limit {
            let (function, limit) = (function.to_owned(), block_limit);
            return Err(ChainError::TooMuchGas { function, needed, limit });
        }
        if named.is_some() {
            return Ok(VariedGas { most: needed, spare: 0 });
        }
        // The state may change before the transaction runs, and unused gas is not paid for.
        let most = needed.saturating_add(needed / 4).min(block_limit);
        Ok(VariedGas { most, spare: (most - needed) / GAS_SPARE_DIVISOR })
    }
}

/// Runs the call without sending it, to detect a refusal without cost.
async fn simulate(
    reader: &Reader,
    function: &str,
    request: &CallRequest,
) -> Result<Vec<u8>, ChainError> {
    let params = vec![json!(request), json!(BlockRef::Latest)];
    let outcome = reader.transport().read::<HexBytes>("eth_call", params).await;
    outcome.map(|HexBytes(returned)| returned).map_err(|failure| understood(function, failure))
}

fn require_funds(account: Address, held: Amount, needed: Amount) -> Result<(), ChainError> {
    if held < needed {
        return Err(ChainError::InsufficientFunds { account, held, needed });
    }
    Ok(())
}

/// Returns the contract's own reason if the failure is a revert.
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
        let call = EncodedCall {
            function: "transfer".into(),
            to: None,
            data: Vec::new(),
            value: Amount::ZERO,
        };
        let prepared = Prepared {
            call,
            account: Address::ZERO,
            chain_id: ChainId::new(1),
            gas: VariedGas { most: 26_250, spare: 1_312 },
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
            gas: VariedGas { most: 30_000, spare: 0 },
            fees: Fees::Legacy { gas_price: 7 },
            spare_fee: 0,
            ..prepared
        };
        assert_eq!(exact.varied_by(u64::MAX), (30_000, Fees::Legacy { gas_price: 7 }));
    }
}
