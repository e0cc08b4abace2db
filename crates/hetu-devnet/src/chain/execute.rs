//! Execution of transactions on a state.

use std::convert::Infallible;

use alloy_consensus::Transaction as _;
use alloy_consensus::Typed2718;
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::context_interface::result::{EVMError, ExecResultAndState, ExecutionResult};
use revm::handler::MainnetContext;
use revm::primitives::hardfork::SpecId;
use revm::state::EvmState;
use revm::{ExecuteEvm, MainBuilder};

use super::block::Transaction;
use super::invalid::TransactionRefusal;
use super::state_reader::StateReader;

/// EVM rules of the chain. Contracts compiled for an earlier fork run unchanged.
pub(crate) const SPEC: SpecId = SpecId::PRAGUE;

/// The strictness of the transaction rules in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExecutionMode {
    /// Signed transaction in a block.
    Transaction,
    /// Unsigned transaction of any account, including a contract.
    Impersonated,
    /// Call that is never mined: any nonce, any sender, more gas than a block has.
    Call,
}

/// Runs `transaction` on the state of `reader` and stores its changes there.
///
/// # Errors
///
/// Returns [`TransactionRefusal`] if the transaction may not run at all. The state is then
/// unchanged. A revert is not an error.
pub(crate) fn run(
    reader: &mut StateReader,
    chain_id: u64,
    block: &BlockEnv,
    transaction: TxEnv,
    mode: ExecutionMode,
) -> Result<ExecutionResult, TransactionRefusal> {
    let (result, changes) = trial(reader, chain_id, block, transaction, mode)?;
    reader.state.commit(changes);
    Ok(result)
}

/// Runs `transaction` on the state of `reader` and returns the accessed and changed state.
///
/// # Errors
///
/// Returns [`TransactionRefusal`] if the transaction may not run at all. A revert is not an error.
pub(crate) fn trial(
    reader: &mut StateReader,
    chain_id: u64,
    block: &BlockEnv,
    transaction: TxEnv,
    mode: ExecutionMode,
) -> Result<(ExecutionResult, EvmState), TransactionRefusal> {
    let mut config = CfgEnv::new_with_spec(SPEC);
    config.chain_id = chain_id;
    config.disable_eip3607 = mode != ExecutionMode::Transaction;
    config.disable_nonce_check = mode == ExecutionMode::Call;
    config.disable_block_gas_limit = mode == ExecutionMode::Call;
    let context: MainnetContext<&mut StateReader> = Context::new(reader, SPEC);
    let mut machine = context.with_cfg(config).with_block(block.clone()).build_mainnet();
    let ExecResultAndState { result, state } = machine.transact(transaction).map_err(refusal)?;
    Ok((result, state))
}

fn refusal(error: EVMError<Infallible>) -> TransactionRefusal {
    match error {
        EVMError::Transaction(invalid) => invalid.into(),
        other => TransactionRefusal::Other(other.to_string()),
    }
}

/// Returns a signed transaction in the format of the EVM.
pub(crate) fn transaction_environment(transaction: &Transaction) -> TxEnv {
    TxEnv {
        tx_type: transaction.ty(),
        caller: transaction.signer(),
        gas_limit: transaction.gas_limit(),
        gas_price: transaction.max_fee_per_gas(),
        kind: transaction.kind(),
        value: transaction.value(),
        data: transaction.input().clone(),
        nonce: transaction.nonce(),
        chain_id: transaction.chain_id(),
        access_list: transaction.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: transaction.max_priority_fee_per_gas(),
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: Vec::new(),
    }
}
