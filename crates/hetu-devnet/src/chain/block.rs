//! Blocks, and their assembly from executed transactions.

use alloy_consensus::constants::{EMPTY_OMMER_ROOT_HASH, EMPTY_WITHDRAWALS};
use alloy_consensus::proofs::{calculate_receipt_root, calculate_transaction_root};
use alloy_consensus::transaction::Recovered;
use alloy_consensus::{
    Header, ReceiptEnvelope, Sealable, Sealed, Transaction as _, TxEnvelope, TxReceipt,
};
use alloy_eips::eip1559::BaseFeeParams;
use alloy_eips::eip7685::EMPTY_REQUESTS_HASH;
use alloy_eips::eip7840::BlobParams;
use alloy_primitives::{Address, B256, Bloom, Bytes, U256, keccak256};
use alloy_rlp::Encodable;
use revm::context::BlockEnv;
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::primitives::eip4844::BLOB_BASE_FEE_UPDATE_FRACTION_PRAGUE;

use super::genesis::Genesis;
use super::state::WorldState;

/// Name of the client in the header of each block.
const EXTRA_DATA: &[u8] = b"hetu-devnet";

/// A transaction with the address of its signer.
pub(crate) type Transaction = Recovered<TxEnvelope>;

/// The receipt of one transaction.
#[derive(Clone, Debug)]
pub(crate) struct MinedReceipt {
    pub(crate) envelope: ReceiptEnvelope,
    pub(crate) gas_used: u64,
    pub(crate) contract_address: Option<Address>,
    /// Position in the block of the transaction's first log.
    pub(crate) first_log: u64,
}

/// A block with its transactions, receipts and resulting state.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) header: Sealed<Header>,
    pub(crate) transactions: Vec<Transaction>,
    pub(crate) receipts: Vec<MinedReceipt>,
    pub(crate) state: WorldState,
    /// Length of the RLP encoding, in bytes.
    pub(crate) size: usize,
}

impl Block {
    /// Returns the first block, which holds no transactions.
    pub(crate) fn genesis(state: WorldState, timestamp: u64, genesis: &Genesis) -> Self {
        let header = Header {
            timestamp,
            gas_limit: genesis.block_gas_limit,
            base_fee_per_gas: Some(genesis.base_fee),
            extra_data: [EXTRA_DATA, &genesis.salt.to_be_bytes()[..]].concat().into(),
            ..blank_header()
        };
        Self::seal(header, Vec::new(), Vec::new(), state)
    }

    /// Fills in the fields of `header` that follow from the content, and hashes it.
    pub(crate) fn seal(
        mut header: Header,
        transactions: Vec<Transaction>,
        outcomes: Vec<ReceiptEnvelope>,
        state: WorldState,
    ) -> Self {
        let bodies: Vec<&TxEnvelope> = transactions.iter().map(Recovered::inner).collect();
        header.transactions_root = calculate_transaction_root(&bodies);
        header.receipts_root = calculate_receipt_root(&outcomes);
        header.logs_bloom =
            outcomes.iter().fold(Bloom::ZERO, |bloom, receipt| bloom | receipt.bloom());
        header.gas_used = outcomes.last().map_or(0, TxReceipt::cumulative_gas_used);
        header.state_root = state.commitment();
        let size = block_length(&header, &bodies);
        let receipts = receipts(&transactions, outcomes);
        Self { header: header.seal_slow(), transactions, receipts, state, size }
    }

    /// Returns a block that was sealed earlier, or `None` if the content does not match `header`.
    /// The state may differ, because it can be amended by hand later.
    pub(crate) fn restore(
        header: Header,
        transactions: Vec<Transaction>,
        outcomes: Vec<ReceiptEnvelope>,
        state: WorldState,
    ) -> Option<Self> {
        let block = Self::seal(header.clone(), transactions, outcomes, state);
        let as_sealed = Header { state_root: header.state_root, ..block.header.inner().clone() };
        (as_sealed == header).then(|| Self { header: header.seal_slow(), ..block })
    }

    pub(crate) fn number(&self) -> u64 {
        self.header.number
    }

    pub(crate) fn hash(&self) -> B256 {
        self.header.hash()
    }

    pub(crate) fn base_fee(&self) -> u64 {
        self.header.base_fee_per_gas.unwrap_or_default()
    }

    /// Returns the base fee of the next block by EIP-1559, in wei.
    pub(crate) fn next_base_fee(&self) -> u64 {
        self.header.next_block_base_fee(BaseFeeParams::ethereum()).unwrap_or_default()
    }

    /// Returns the blob fee of this block by EIP-4844, in wei per gas.
    pub(crate) fn blob_fee(&self) -> u128 {
        self.header.blob_fee(BlobParams::prague()).unwrap_or_default()
    }

    /// Returns the blob fee of the next block by EIP-4844, in wei per gas.
    pub(crate) fn next_blob_fee(&self) -> u128 {
        self.header.next_block_blob_fee(BlobParams::prague()).unwrap_or_default()
    }

    /// Returns the header of the next block, with the fields that are known before execution.
    pub(crate) fn child_header(&self, timestamp: u64) -> Header {
        let number = self.number() + 1;
        let mut seed = self.hash().to_vec();
        seed.extend_from_slice(&number.to_be_bytes());
        Header {
            parent_hash: self.hash(),
            number,
            timestamp,
            gas_limit: self.header.gas_limit,
            base_fee_per_gas: Some(self.next_base_fee()),
            mix_hash: keccak256(seed),
            ..blank_header()
        }
    }
}

/// Returns the EVM environment of the block that `header` belongs to.
pub(crate) fn environment(header: &Header) -> BlockEnv {
    BlockEnv {
        number: U256::from(header.number),
        beneficiary: header.beneficiary,
        timestamp: U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        difficulty: U256::ZERO,
        prevrandao: Some(header.mix_hash),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice::new(
            header.excess_blob_gas.unwrap_or_default(),
            BLOB_BASE_FEE_UPDATE_FRACTION_PRAGUE,
        )),
        ..BlockEnv::default()
    }
}

/// Returns the receipts of `transactions`, with the encoded `outcomes`.
fn receipts(transactions: &[Transaction], outcomes: Vec<ReceiptEnvelope>) -> Vec<MinedReceipt> {
    let (mut gas_before, mut logs_before) = (0, 0);
    let receipt = |(transaction, envelope): (&Transaction, ReceiptEnvelope)| {
        let gas_until_then = envelope.cumulative_gas_used();
        let (gas_used, first_log) = (gas_until_then.saturating_sub(gas_before), logs_before);
        gas_before = gas_until_then;
        logs_before += envelope.logs().len() as u64;
        // Set even if the creation failed, like in go-ethereum.
        let contract_address =
            transaction.is_create().then(|| transaction.signer().create(transaction.nonce()));
        MinedReceipt { envelope, gas_used, contract_address, first_log }
    };
    transactions.iter().zip(outcomes).map(receipt).collect()
}

fn blank_header() -> Header {
    Header {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        withdrawals_root: Some(EMPTY_WITHDRAWALS),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        requests_hash: Some(EMPTY_REQUESTS_HASH),
        extra_data: Bytes::from_static(EXTRA_DATA),
        ..Header::default()
    }
}

fn block_length(header: &Header, transactions: &[&TxEnvelope]) -> usize {
    let body: usize = transactions.iter().map(|tx| tx.length()).sum();
    // A block body also holds two empty lists, the ommers and the withdrawals.
    let payload = header.length() + body + alloy_rlp::length_of_length(body) + 2;
    payload + alloy_rlp::length_of_length(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn genesis(timestamp: u64) -> Block {
        let base_fee = 1_000_000_000;
        let genesis =
            Genesis { block_gas_limit: 30_000_000, base_fee, balances: Vec::new(), salt: 7 };
        Block::genesis(WorldState::genesis([]), timestamp, &genesis)
    }

    #[test]
    fn a_child_links_to_its_parent() {
        let genesis = genesis(1_700_000_000);
        let child = Block::seal(
            genesis.child_header(1_700_000_001),
            Vec::new(),
            Vec::new(),
            genesis.state.clone(),
        );
        assert_eq!(child.header.parent_hash, genesis.header.hash_slow());
        assert_eq!(child.number(), 1);
        // An empty block lowers the base fee by an eighth.
        assert_eq!(child.base_fee(), 875_000_000);
        assert_ne!(child.header.mix_hash, B256::ZERO);
    }

    #[test]
    fn the_size_is_that_of_the_encoding() {
        let genesis = genesis(1);
        let header = genesis.header.inner().length();
        let payload = header + 3;
        assert_eq!(genesis.size, payload + alloy_rlp::length_of_length(payload));
    }
}
