//! Stored formats of blocks and waiting transactions.

use alloy_consensus::{Header, ReceiptEnvelope, TxEnvelope};
use alloy_eips::{Decodable2718, Encodable2718};
use alloy_primitives::{Address, B256, Bytes};
use alloy_rlp::{Decodable, Encodable, RlpDecodable, RlpEncodable};

use crate::chain::{Block, Transaction, WorldState};

/// A block without its state. The omitted fields follow from those here.
#[derive(Debug, RlpEncodable, RlpDecodable)]
pub(crate) struct BlockRecord {
    pub(crate) header: Header,
    /// State commitment after the block.
    pub(crate) commitment: B256,
    transactions: Vec<TransactionRecord>,
    /// Receipts, encoded by EIP-2718.
    receipts: Vec<Bytes>,
}

/// A transaction with its sender, because a signature does not always determine it.
#[derive(Debug, RlpEncodable, RlpDecodable)]
pub(crate) struct TransactionRecord {
    sender: Address,
    /// Transaction, encoded by EIP-2718.
    envelope: Bytes,
}

impl BlockRecord {
    pub(crate) fn of(block: &Block) -> Self {
        let receipts = block.receipts.iter();
        Self {
            header: block.header.inner().clone(),
            commitment: block.state.commitment(),
            transactions: block.transactions.iter().map(TransactionRecord::of).collect(),
            receipts: receipts.map(|receipt| receipt.envelope.encoded_2718().into()).collect(),
        }
    }

    /// Returns the block, if its content matches its header.
    pub(crate) fn into_block(self, state: WorldState) -> Result<Block, String> {
        let number = self.header.number;
        let transactions = self.transactions.into_iter().map(TransactionRecord::into_transaction);
        let receipts = self.receipts.iter().map(|receipt| {
            ReceiptEnvelope::decode_2718_exact(receipt).map_err(|error| error.to_string())
        });
        let transactions = transactions.collect::<Result<_, _>>()?;
        let receipts = receipts.collect::<Result<_, _>>()?;
        Block::restore(self.header, transactions, receipts, state)
            .ok_or_else(|| format!("block {number} is not what its header says"))
    }
}

impl TransactionRecord {
    pub(crate) fn of(transaction: &Transaction) -> Self {
        Self { sender: transaction.signer(), envelope: transaction.encoded_2718().into() }
    }

    pub(crate) fn into_transaction(self) -> Result<Transaction, String> {
        let envelope =
            TxEnvelope::decode_2718_exact(&self.envelope).map_err(|error| error.to_string())?;
        Ok(Transaction::new_unchecked(envelope, self.sender))
    }
}

pub(crate) fn encode(record: &impl Encodable) -> Vec<u8> {
    alloy_rlp::encode(record)
}

pub(crate) fn decode<T: Decodable>(bytes: &[u8]) -> Result<T, String> {
    alloy_rlp::decode_exact(bytes).map_err(|error| error.to_string())
}
