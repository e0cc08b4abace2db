//! The database interface of the EVM to the state.

use std::convert::Infallible;

use alloy_primitives::{Address, B256, U256};
use revm::bytecode::Bytecode;
use revm::state::AccountInfo;

use super::map::Map;
use super::state::WorldState;

/// The database of a running EVM: a state and the hashes of the blocks before it.
#[derive(Clone, Debug)]
pub(crate) struct StateReader {
    pub(crate) state: WorldState,
    pub(crate) block_hashes: Map<u64, B256>,
}

impl revm::Database for StateReader {
    type Error = Infallible;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(self.state.account(&address).map(|account| AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            code: self.state.bytecode_with(&account.code_hash),
            ..AccountInfo::default()
        }))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.state.bytecode_with(&code_hash).unwrap_or_default())
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self.state.slot(&address, &slot))
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Infallible> {
        Ok(self.block_hashes.get(&number).copied().unwrap_or_default())
    }
}
