//! Runs transactions on a state.

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

/// The rules of the chain. Contracts compiled for an earlier fork run unchanged.
pub(crate) const SPEC: SpecId = SpecId::PRAGUE;

/// How strictly a run is held to the rules for transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExecutionMode {
    /// A signed transaction in a block.
    Transaction,
    /// A transaction in the name of any account, also of a contract.
    Impersonated,
    /// A call that is never mined: any nonce, any sender, more gas than a block has.
    Call,
}

/// Runs `transaction` on what `reader` holds and leaves its changes there.
///
/// # Errors
///
/// [`TransactionRefusal`] if it may not run at all; the state is then as it was. A revert is no error.
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

/// Runs `transaction` on what `reader` holds and returns what it read and would change.
///
/// # Errors
///
/// [`TransactionRefusal`] if it may not run at all. A revert is no error.
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

/// A signed transaction as the EVM takes it.
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
