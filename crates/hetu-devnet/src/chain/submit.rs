//! Checks of signed transactions before they enter the pool.

use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{Transaction as _, TxEnvelope};
use alloy_eips::{Decodable2718, Encodable2718};
use alloy_primitives::U256;
use revm::context_interface::cfg::gas_params::GasParams;

use super::block::Transaction;
use super::execute::{SPEC, transaction_environment};
use super::impersonation::is_impersonated;
use super::invalid::{INIT_CODE_LIMIT, TransactionRefusal};
use super::view::ChainView;

/// Maximum length of an encoded transaction, in bytes, as in go-ethereum.
const MAX_LENGTH: usize = 128 << 10;

/// Decodes a signed transaction and recovers its signer.
pub(crate) fn decode(raw: &[u8], chain_id: u64) -> Result<Transaction, TransactionRefusal> {
    check_type(raw)?;
    let envelope = TxEnvelope::decode_2718_exact(raw)
        .map_err(|error| TransactionRefusal::Undecodable(error.to_string()))?;
    match envelope.chain_id() {
        None => return Err(TransactionRefusal::NotReplayProtected),
        Some(have) if have != chain_id => {
            return Err(TransactionRefusal::ChainId { have, want: chain_id });
        }
        Some(_) => {}
    }
    let sender = envelope.recover_signer().map_err(|_| TransactionRefusal::Sender)?;
    Ok(Transaction::new_unchecked(envelope, sender))
}

/// Accepts only legacy transactions, which begin with a list, and those of EIP-2930 and EIP-1559.
fn check_type(raw: &[u8]) -> Result<(), TransactionRefusal> {
    match raw {
        [] | [0..0x80] => Err(TransactionRefusal::TooShort),
        [1 | 2 | 0x80..=u8::MAX, ..] => Ok(()),
        _ => Err(TransactionRefusal::TypeNotSupported),
    }
}

/// Refuses a transaction that cannot be mined on top of the head of `view`, now or later.
pub(crate) fn check(transaction: &Transaction, view: &ChainView) -> Result<(), TransactionRefusal> {
    let head = view.head();
    let size = transaction.inner().encode_2718_len();
    if size > MAX_LENGTH {
        return Err(TransactionRefusal::Oversized { size, limit: MAX_LENGTH });
    }
    let gas = transaction.gas_limit();
    if gas > head.header.gas_limit {
        return Err(TransactionRefusal::BlockGasLimit);
    }
    if transaction.is_create() && transaction.input().len() > INIT_CODE_LIMIT {
        return Err(TransactionRefusal::InitCodeSize { limit: INIT_CODE_LIMIT });
    }
    if transaction.max_priority_fee_per_gas().is_some_and(|tip| tip > transaction.max_fee_per_gas())
    {
        return Err(TransactionRefusal::TipAboveFeeCap);
    }
    let needed =
        GasParams::new_spec(SPEC).initial_tx_gas_for_tx(transaction_environment(transaction), None);
    if gas < needed.initial_total_gas() {
        return Err(TransactionRefusal::IntrinsicGas { gas, needed: needed.initial_total_gas() });
    }
    if gas < needed.floor_gas() {
        return Err(TransactionRefusal::FloorGas { gas, needed: needed.floor_gas() });
    }
    let sender = transaction.signer();
    let (nonce, next) = (transaction.nonce(), head.state.nonce(&sender));
    if nonce == u64::MAX {
        return Err(TransactionRefusal::NonceMax);
    }
    if nonce < next {
        return Err(TransactionRefusal::NonceTooLow { next, nonce });
    }
    if head.state.has_code(&sender) && !is_impersonated(transaction) {
        return Err(TransactionRefusal::SenderHasCode(sender));
    }
    let balance = head.state.balance(&sender);
    let own = cost(transaction);
    if own > balance {
        return Err(TransactionRefusal::InsufficientFunds { balance, cost: own });
    }
    let earlier = view.pool.before(&sender, nonce);
    let queued =
        earlier.map(|waiting| cost(&waiting.transaction)).fold(U256::ZERO, U256::saturating_add);
    if queued.saturating_add(own) > balance {
        return Err(TransactionRefusal::Overdrawn { balance, queued, cost: own });
    }
    Ok(())
}

/// Returns the maximum amount that a transaction can take from its sender, in wei.
fn cost(transaction: &Transaction) -> U256 {
    U256::from(transaction.max_fee_per_gas())
        .saturating_mul(U256::from(transaction.gas_limit()))
        .saturating_add(transaction.value())
}
