//! The content of a first block.

use alloy_primitives::{Address, U256};

/// The content of a first block.
#[derive(Clone, Debug)]
pub(crate) struct Genesis {
    pub(crate) block_gas_limit: u64,
    /// Base fee, in wei per gas.
    pub(crate) base_fee: u64,
    pub(crate) balances: Vec<(Address, U256)>,
    /// Random value that distinguishes the chain from others that begin in the same second.
    pub(crate) salt: u64,
}
