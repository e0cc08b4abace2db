//! Methods for changes that no transaction can make: accounts, impersonation and reorganisations.
//!
//! The methods are those of anvil, also under hardhat's names.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rpc_types_eth::TransactionRequest;
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::{ErrorObjectOwned, Params};
use serde::Deserialize;

use super::RpcNode;
use super::error::{RpcResult, invalid_params, server_error};
use super::evm::bounded;
use super::fill::{FillBasis, fill};
use super::params::Quantity;
use crate::chain::{AmendError, Amendment, ChainView, Replacement, Transaction, bytecode, decode};
use crate::reorg::ReorgError;

pub(crate) fn register(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    register_amendments(module)?;
    module.register_method("anvil_impersonateAccount", |params, node, _| {
        node.keys.impersonate(params.one()?)
    })?;
    module.register_method("anvil_stopImpersonatingAccount", |params, node, _| {
        let address: Address = params.one()?;
        node.keys.stop_impersonating(&address);
        RpcResult::Ok(())
    })?;
    module.register_blocking_method("anvil_dropTransaction", |params, node, _| {
        let hash: B256 = params.one()?;
        RpcResult::Ok(node.chain.drop_transaction(&hash)?.then_some(hash))
    })?;
    module.register_blocking_method("anvil_reorg", |params, node, _| reorg(&node, &params))?;
    for (name, alias) in [
        ("anvil_setBalance", "hardhat_setBalance"),
        ("anvil_setNonce", "hardhat_setNonce"),
        ("anvil_setCode", "hardhat_setCode"),
        ("anvil_setStorageAt", "hardhat_setStorageAt"),
        ("anvil_impersonateAccount", "hardhat_impersonateAccount"),
        ("anvil_stopImpersonatingAccount", "hardhat_stopImpersonatingAccount"),
        ("anvil_dropTransaction", "hardhat_dropTransaction"),
    ] {
        module.register_alias(alias, name)?;
    }
    Ok(())
}

fn register_amendments(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_blocking_method("anvil_setBalance", |params, node, _| {
        let (address, balance): (Address, U256) = params.parse()?;
        amend(&node, address, Amendment::Balance(balance))
    })?;
    module.register_blocking_method("anvil_setNonce", |params, node, _| {
        let (address, nonce): (Address, Quantity) = params.parse()?;
        amend(&node, address, Amendment::Nonce(nonce.to_u64()?))
    })?;
    module.register_blocking_method("anvil_setCode", |params, node, _| {
        let (address, code): (Address, Bytes) = params.parse()?;
        let code = bytecode(code).map_err(|error| invalid_params(error.to_string()))?;
        amend(&node, address, Amendment::Code(code))
    })?;
    module.register_blocking_method("anvil_setStorageAt", |params, node, _| {
        let (address, slot, value): (Address, U256, B256) = params.parse()?;
        amend(&node, address, Amendment::Slot { slot, value: value.into() })?;
        RpcResult::Ok(true)
    })?;
    Ok(())
}

fn amend(node: &RpcNode, address: Address, amendment: Amendment) -> RpcResult<()> {
    node.chain.amend(address, amendment)?;
    Ok(())
}

impl From<AmendError> for ErrorObjectOwned {
    fn from(error: AmendError) -> Self {
        match error {
            AmendError::Unsaved(unsaved) => unsaved.into(),
            AmendError::NonceUsed { .. } => invalid_params(error.to_string()),
        }
    }
}

impl From<ReorgError> for ErrorObjectOwned {
    fn from(error: ReorgError) -> Self {
        match error {
            ReorgError::Unsaved { .. } => server_error(error.to_string()),
            _ => invalid_params(error.to_string()),
        }
    }
}

/// A transaction for a new block: signed, or to be signed by the node.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum NewTransaction {
    Signed(Bytes),
    Request(Box<TransactionRequest>),
}

/// Options of a reorganisation that differ from anvil's behaviour.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReorgOptions {
    /// `true` if the transactions of the old blocks wait to be mined again.
    #[serde(default)]
    keep_transactions: bool,
}

fn reorg(node: &RpcNode, params: &Params<'_>) -> RpcResult<()> {
    let mut params = params.sequence();
    let depth = bounded(node, Some(params.next()?))?;
    let contents: Option<Vec<(NewTransaction, u64)>> = params.optional_next()?;
    let options: Option<ReorgOptions> = params.optional_next()?;

    let view = node.chain.view();
    let height = view.head().number();
    let most = height - view.oldest().number();
    if depth > most {
        return Err(ReorgError::TooDeep { depth, most }.into());
    }
    let base = view.back_to(height - depth);
    let mut transactions = Vec::new();
    for (content, block) in contents.unwrap_or_default() {
        let transaction = transaction(node, &base, &transactions, content)?;
        transactions.push((block, transaction));
    }
    let forgets = !options.unwrap_or_default().keep_transactions;
    node.chain.reorg(Replacement { depth, transactions, forgets })?;
    Ok(())
}

/// Returns the transaction of `content`, on top of `base` and after the previous ones.
fn transaction(
    node: &RpcNode,
    base: &ChainView,
    before: &[(u64, Transaction)],
    content: NewTransaction,
) -> RpcResult<Transaction> {
    let request = match content {
        NewTransaction::Signed(raw) => return Ok(decode(&raw, node.chain.chain_id())?),
        NewTransaction::Request(request) => *request,
    };
    let head = base.head();
    let sender = node.keys.sender(&request)?;
    let earlier = before.iter().filter(|(_, earlier)| earlier.signer() == sender).count();
    let basis = FillBasis {
        view: base,
        block: head,
        base_fee: head.next_base_fee(),
        nonce: head.state.nonce(&sender) + earlier as u64,
    };
    node.keys.sign(sender, fill(node, basis, request)?)
}
