//! A transaction before it is signed.

use crate::{Address, Amount, ChainId};

/// What a transaction pays for a unit of gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fees {
    /// EIP-1559.
    Dynamic {
        /// The most that is paid, the tip included.
        max_fee: u64,
        /// The most of it that goes to the block's maker.
        tip: u64,
    },
    /// One price, for chains without a base fee.
    Legacy {
        /// What is paid.
        gas_price: u64,
    },
}

/// A transaction that is complete but for its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedTransaction {
    /// The chain it is for (EIP-155).
    pub chain_id: ChainId,
    /// How many transactions its account sent before it.
    pub nonce: u64,
    /// The account or contract it is sent to; nothing to create a contract.
    pub to: Option<Address>,
    /// The HETU it carries.
    pub value: Amount,
    /// The call, or the code of a new contract.
    pub data: Vec<u8>,
    /// The most gas it may use.
    pub gas: u64,
    /// What it pays for gas.
    pub fees: Fees,
}
