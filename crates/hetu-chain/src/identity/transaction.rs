//! Transactions before they are signed.

use crate::{Address, Amount, ChainId};

/// The price of a transaction for a unit of gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fees {
    /// A price under EIP-1559.
    Dynamic {
        /// The maximum price, including the tip.
        max_fee: u64,
        /// The maximum tip, which goes to the block's producer.
        tip: u64,
    },
    /// A single price, for chains without a base fee.
    Legacy {
        /// The price.
        gas_price: u64,
    },
}

/// A transaction that is complete except for its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedTransaction {
    /// The chain of the transaction (EIP-155).
    pub chain_id: ChainId,
    /// The number of earlier transactions of its account.
    pub nonce: u64,
    /// The called account or contract; `None` to create a contract.
    pub to: Option<Address>,
    /// The HETU that it transfers.
    pub value: Amount,
    /// The call data, or the code of a new contract.
    pub data: Vec<u8>,
    /// The gas limit.
    pub gas: u64,
    /// The price of gas.
    pub fees: Fees,
}
