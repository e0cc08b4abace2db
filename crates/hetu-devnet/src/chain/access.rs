//! Which accounts and slots a call touches.

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256};
use revm::context_interface::result::ExecutionResult;
use revm::precompile::{PrecompileSpecId, Precompiles};
use revm::state::EvmState;

use super::call::EvmCall;
use super::execute::SPEC;
use super::invalid::TransactionRefusal;

/// How often the call is repeated with the list that the last run gave. Naming a slot makes
/// gas cheaper, so code that looks at its gas may touch others the next time.
const MAX_RUNS: usize = 8;

/// The accounts and slots that `call` touches, and how it went when it had announced them.
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

/// All that is not free of charge anyway.
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
