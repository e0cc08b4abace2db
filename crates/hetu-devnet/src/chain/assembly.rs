//! Execution of transactions in sequence, and assembly of their block.

use alloy_consensus::{Eip658Value, Header, ReceiptEnvelope, Transaction as _};
use alloy_primitives::Log;
use revm::context::BlockEnv;
use revm::context_interface::result::ExecutionResult;

use super::block::{Block, Transaction, environment};
use super::execute::{ExecutionMode, run, transaction_environment};
use super::impersonation::is_impersonated;
use super::invalid::TransactionRefusal;
use super::state_reader::StateReader;
use super::view::ChainView;

/// A block under construction.
#[derive(Debug)]
pub(crate) struct BlockAssembly {
    chain_id: u64,
    header: Header,
    environment: BlockEnv,
    reader: StateReader,
    transactions: Vec<Transaction>,
    receipts: Vec<ReceiptEnvelope>,
    gas_used: u64,
}

impl BlockAssembly {
    /// Returns an empty block with `header` on top of the head of `view`.
    pub(crate) fn new(view: &ChainView, chain_id: u64, header: Header) -> Self {
        Self {
            chain_id,
            environment: environment(&header),
            header,
            reader: view.reader(view.head()),
            transactions: Vec::new(),
            receipts: Vec::new(),
            gas_used: 0,
        }
    }

    /// Returns the number of transactions.
    pub(crate) fn len(&self) -> usize {
        self.transactions.len()
    }

    pub(crate) fn gas_left(&self) -> u64 {
        self.header.gas_limit.saturating_sub(self.gas_used)
    }

    /// Runs a transaction and adds it.
    ///
    /// # Errors
    ///
    /// Returns an error if the transaction may not run after the previous ones. The block is then
    /// unchanged.
    pub(crate) fn append(&mut self, transaction: &Transaction) -> Result<(), TransactionRefusal> {
        if transaction.gas_limit() > self.gas_left() {
            return Err(TransactionRefusal::BlockGasLimit);
        }
        let mode = if is_impersonated(transaction) {
            ExecutionMode::Impersonated
        } else {
            ExecutionMode::Transaction
        };
        let (environment, sent) = (&self.environment, transaction_environment(transaction));
        let outcome = run(&mut self.reader, self.chain_id, environment, sent, mode)?;
        self.gas_used += outcome.tx_gas_used();
        self.receipts.push(receipt(transaction, outcome, self.gas_used));
        self.transactions.push(transaction.clone());
        Ok(())
    }

    pub(crate) fn seal(self) -> Block {
        Block::seal(self.header, self.transactions, self.receipts, self.reader.state)
    }
}

fn receipt(
    transaction: &Transaction,
    outcome: ExecutionResult,
    cumulative_gas_used: u64,
) -> ReceiptEnvelope {
    let succeeded = outcome.is_success();
    let logs: Vec<Log> = if succeeded { outcome.into_logs() } else { Vec::new() };
    let receipt = alloy_consensus::Receipt {
        status: Eip658Value::Eip658(succeeded),
        cumulative_gas_used,
        logs,
    };
    ReceiptEnvelope::from_typed(transaction.tx_type(), receipt)
}
