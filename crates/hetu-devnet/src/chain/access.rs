//! Accounts and storage slots that a call accesses.

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256};
use revm::context_interface::result::ExecutionResult;
use revm::precompile::{PrecompileSpecId, Precompiles};
use revm::state::EvmState;

use super::call::EvmCall;
use super::execute::SPEC;
use super::invalid::TransactionRefusal;

/// Maximum number of runs with the list of the previous run. A listed slot costs less gas, so code
/// that reads its remaining gas may access other slots in the next run.
const MAX_RUNS: usize = 8;

/// Returns the access list of `call`, and the result of the run that announced it.
pub(crate) fn access_list(
    mut call: EvmCall,
) -> Result<(AccessList, ExecutionResult), TransactionRefusal> {
    let mut run = 1;
    loop {
        let (result, touched) = call.trial()?;
        let list = listed(&call, touched);
        if list == call.transaction.access_list || run == MAX_RUNS {
            return Ok((list, result));
        }
        call.announce(list);
        run += 1;
    }
}

/// Returns the accessed entries, without those that are free of charge anyway.
fn listed(call: &EvmCall, touched: EvmState) -> AccessList {
    let precompiles = Precompiles::new(PrecompileSpecId::from(SPEC));
    let is_warm = |address: &Address| call.warms(address) || precompiles.contains(address);
    let mut items: Vec<AccessListItem> = touched
        .into_iter()
        .map(|(address, account)| {
            let mut storage_keys: Vec<B256> = account.storage.into_keys().map(B256::from).collect();
            storage_keys.sort_unstable();
            AccessListItem { address, storage_keys }
        })
        .filter(|item| !item.storage_keys.is_empty() || !is_warm(&item.address))
        .collect();
    items.sort_unstable_by_key(|item| item.address);
    AccessList(items)
}
