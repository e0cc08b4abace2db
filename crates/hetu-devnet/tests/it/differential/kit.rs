//! Accounts, transactions and contracts that the scenarios share.

use std::sync::LazyLock;

use alloy_consensus::{
    SignableTransaction, Transaction, TxEip1559, TxEip2930, TxEnvelope, TxLegacy,
};
use alloy_eips::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, hex};
use hetu_chain::Wallet;
use serde_json::{Value, json};

use super::{CHAIN_ID, MNEMONIC};

/// An account without a balance in the first block.
pub(crate) const BOB: Address = Address::repeat_byte(0xb0);
pub(crate) const GWEI: u128 = 1_000_000_000;

/// A contract that keeps a word. Without input it returns the word. With input it stores the first
/// word of the input and logs the topics 1 and that word.
pub(crate) const BOX: &[u8] =
    &hex!("36600f5760005460005260206000f35b60003580600055600160006000a200");
/// Code that returns its input.
pub(crate) const ECHO: &[u8] = &hex!("365f5f37365ff3");
/// Code that reverts with its input.
pub(crate) const REFUSER: &[u8] = &hex!("365f5f37365ffd");
/// Code that logs its input with three topics, which are the words of its input.
pub(crate) const LOGGER: &[u8] = &hex!("365f5f376040356020355f35365fa300");
/// Code that logs its input without a topic.
pub(crate) const ANONYMOUS_LOGGER: &[u8] = &hex!("365f5f37365fa000");
/// Code that runs forever.
pub(crate) const ENDLESS: &[u8] = &hex!("5b5f56");
/// Code that creates a contract with its input as the creation code and returns the address.
pub(crate) const FACTORY: &[u8] = &hex!("365f5f37365f5ff05f5260205ff3");

static WALLETS: LazyLock<Vec<Wallet>> =
    LazyLock::new(|| (0..4).map(|index| Wallet::from_mnemonic(MNEMONIC, index).unwrap()).collect());

pub(crate) fn address(account: usize) -> Address {
    Address::from(*WALLETS[account].address().as_bytes())
}

/// Returns the address of the contract that `account` creates with `nonce`.
pub(crate) fn created(account: usize, nonce: u64) -> Address {
    address(account).create(nonce)
}

pub(crate) fn word(value: u64) -> B256 {
    U256::from(value).into()
}

/// Concatenates words.
pub(crate) fn words(values: &[u64]) -> Bytes {
    values.iter().flat_map(|value| word(*value)).collect()
}

/// Returns code that answers with the value that the instruction `operation` puts on the stack.
pub(crate) fn answering(operation: u8) -> Bytes {
    [&[operation][..], &hex!("5f5260205ff3")].concat().into()
}

/// Returns creation code that deploys `runtime`.
pub(crate) fn creating(runtime: &[u8]) -> Bytes {
    let length = u16::try_from(runtime.len()).unwrap().to_be_bytes();
    [&[0x61][..], &length, &hex!("80600a3d393df3"), runtime].concat().into()
}

/// Returns the object `base` with the fields of `others` added or replaced.
pub(crate) fn merged(mut base: Value, others: Value) -> Value {
    let fields = others.as_object().unwrap().clone();
    base.as_object_mut().unwrap().extend(fields);
    base
}

/// Returns the parameters of a call.
pub(crate) fn call_to(to: Address, input: impl Into<Bytes>) -> Value {
    json!({"to": to, "input": input.into()})
}

/// Returns a transfer of one wei to Bob.
pub(crate) fn transfer(nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 10 * GWEI,
        max_priority_fee_per_gas: GWEI,
        to: TxKind::Call(BOB),
        value: U256::ONE,
        ..TxEip1559::default()
    }
}

/// Returns a call of the contract at `to`.
pub(crate) fn call(nonce: u64, to: Address, input: impl Into<Bytes>) -> TxEip1559 {
    TxEip1559 {
        gas_limit: 200_000,
        to: TxKind::Call(to),
        value: U256::ZERO,
        input: input.into(),
        ..transfer(nonce)
    }
}

/// Returns a transaction that creates a contract with the code `runtime`.
pub(crate) fn creation(nonce: u64, runtime: &[u8]) -> TxEip1559 {
    TxEip1559 { to: TxKind::Create, ..call(nonce, BOB, creating(runtime)) }
}

/// Returns a transfer of one wei to Bob, in the legacy form without a type.
pub(crate) fn legacy(nonce: u64) -> TxLegacy {
    TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce,
        gas_price: 2 * GWEI,
        gas_limit: 21_000,
        to: TxKind::Call(BOB),
        value: U256::ONE,
        ..TxLegacy::default()
    }
}

/// Returns a transfer of one wei to Bob, in the form that can have an access list.
pub(crate) fn with_access_list(nonce: u64) -> TxEip2930 {
    TxEip2930 {
        chain_id: CHAIN_ID,
        nonce,
        gas_price: 2 * GWEI,
        gas_limit: 60_000,
        to: TxKind::Call(BOB),
        value: U256::ONE,
        ..TxEip2930::default()
    }
}

/// Signs `transaction` with the key of the first account and encodes it.
pub(crate) fn signed<T>(transaction: T) -> String
where
    T: Transaction + SignableTransaction<Signature>,
    TxEnvelope: From<alloy_consensus::Signed<T>>,
{
    signed_by(0, transaction)
}

pub(crate) fn signed_by<T>(account: usize, transaction: T) -> String
where
    T: Transaction + SignableTransaction<Signature>,
    TxEnvelope: From<alloy_consensus::Signed<T>>,
{
    let signature = WALLETS[account].sign_hash_sync(&transaction.signature_hash().0);
    let (r, s) = (signature.r().into(), signature.s().into());
    let signature = Signature::from_scalars_and_parity(r, s, signature.is_y_odd());
    raw(transaction.into_signed(signature))
}

/// Encodes a signed transaction for `eth_sendRawTransaction`.
pub(crate) fn raw(transaction: impl Into<TxEnvelope>) -> String {
    hex::encode_prefixed(transaction.into().encoded_2718())
}
