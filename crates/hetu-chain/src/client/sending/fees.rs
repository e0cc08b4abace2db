//! What to pay for gas.

use crate::Amount;
use crate::abi::Fees;
use crate::client::{ChainError, Hetutensor};
use crate::rpc::{BlockRef, Quantity};

/// One gwei: what most wallets tip where the node has no opinion.
const DEFAULT_TIP: u64 = 1_000_000_000;

impl Hetutensor {
    /// Fees that stay enough while the base fee doubles, which takes six full blocks.
    pub(super) async fn fees(&self) -> Result<Fees, ChainError> {
        let header = self.at(BlockRef::Latest).header().await?;
        let Some(Quantity(base_fee)) = header.base_fee_per_gas else {
            let Quantity(gas_price) = self.transport().read("eth_gasPrice", Vec::new()).await?;
            return Ok(Fees::Legacy { gas_price });
        };
        let tip = self.transport().read("eth_maxPriorityFeePerGas", Vec::new()).await;
        let tip = tip.map_or(DEFAULT_TIP, |Quantity(tip)| tip);
        Ok(Fees::Dynamic { max_fee: base_fee.saturating_mul(2).saturating_add(tip), tip })
    }
}

impl Fees {
    /// The most that a unit of gas can cost.
    pub(super) fn max_fee_per_gas(self) -> Amount {
        let (Self::Dynamic { max_fee: fee, .. } | Self::Legacy { gas_price: fee }) = self;
        Amount::from_wei(fee.into())
    }
}
