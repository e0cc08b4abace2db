//! What a call would do and cost.

use crate::client::encoded_call::EncodedCall;
use crate::{Address, Amount};

/// A transaction that could be sent, as it would be: nothing was signed or sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DryRun {
    /// The contract function.
    pub function: String,
    /// Who would send it.
    pub from: Address,
    /// The contract, or nothing to create one.
    pub to: Option<Address>,
    /// The HETU sent along.
    pub value: Amount,
    /// The call as the contract receives it.
    pub data: Vec<u8>,
    /// Transactions that have to be made first, such as approvals.
    pub preparations: Vec<Self>,
    /// What it costs and returns. Nothing as long as there are preparations to make: until then
    /// the contract refuses the call.
    pub estimate: Option<Estimate>,
}

/// What a transaction costs at most, and what its function returns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Estimate {
    /// The gas it may use.
    pub gas_limit: u64,
    /// The most it pays for a unit of gas.
    pub max_fee_per_gas: Amount,
    /// What the function returns, ABI-encoded.
    pub returned: Vec<u8>,
}

impl Estimate {
    /// The most that is paid for gas.
    pub fn max_fee(&self) -> Amount {
        self.max_fee_per_gas.saturating_mul(self.gas_limit)
    }
}

impl DryRun {
    pub(super) fn new(call: EncodedCall, from: Address, estimate: Estimate) -> Self {
        Self { estimate: Some(estimate), ..Self::after(Vec::new(), call, from) }
    }

    pub(super) fn after(preparations: Vec<Self>, call: EncodedCall, from: Address) -> Self {
        let EncodedCall { function, to, value, data } = call;
        Self { function, from, to, value, data, preparations, estimate: None }
    }

    /// The most that is paid for gas, preparations included, as far as it is known.
    pub fn max_fee(&self) -> Amount {
        let own = self.estimate.as_ref().map_or(Amount::ZERO, Estimate::max_fee);
        self.preparations.iter().map(Self::max_fee).fold(own, Amount::saturating_add)
    }
}
