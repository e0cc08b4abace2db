//! The effect and cost of a call that is not sent.

use crate::client::encoded_call::EncodedCall;
use crate::{Address, Amount};

/// A transaction as it would be sent, without a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DryRun {
    /// The contract function.
    pub function: String,
    /// The sender.
    pub from: Address,
    /// The contract, or `None` to create one.
    pub to: Option<Address>,
    /// The HETU sent with the call.
    pub value: Amount,
    /// The ABI-encoded call.
    pub data: Vec<u8>,
    /// Transactions that have to be made first, such as approvals.
    pub preparations: Vec<Self>,
    /// The cost and the return value, or `None` while there are preparations to make: until then
    /// the contract refuses the call.
    pub estimate: Option<Estimate>,
}

/// The maximum cost of a transaction, and the return value of its function.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Estimate {
    /// The maximum gas.
    pub gas_limit: u64,
    /// The maximum price of a unit of gas.
    pub max_fee_per_gas: Amount,
    /// The return value of the function, ABI-encoded.
    pub returned: Vec<u8>,
}

impl Estimate {
    /// Returns the maximum cost of the gas.
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

    /// Returns the maximum cost of the gas, including that of the preparations, as far as it is
    /// known.
    pub fn max_fee(&self) -> Amount {
        let own = self.estimate.as_ref().map_or(Amount::ZERO, Estimate::max_fee);
        self.preparations.iter().map(Self::max_fee).fold(own, Amount::saturating_add)
    }
}
