//! Accounts that the node signs for.

use std::collections::BTreeSet;

use alloy_consensus::{SignableTransaction, TypedTransaction};
use alloy_primitives::{Address, Bytes};
use alloy_rpc_types_eth::TransactionRequest;
use hetu_chain::Wallet;
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::ErrorObjectOwned;
use parking_lot::{Mutex, MutexGuard};

use super::RpcNode;
use super::error::{RpcResult, limit_exceeded, server_error};
use crate::accounts::DevAccount;
use crate::chain::{Transaction, impersonated_signature};
use crate::convert::{evm_address, evm_signature};

/// Maximum number of impersonated accounts.
const MAX_IMPERSONATED: usize = 1_024;

pub(crate) fn register(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_method("eth_accounts", |_, node, _| node.keys.addresses())?;
    module.register_method("eth_sign", |params, node, _| {
        let (address, message): (Address, Bytes) = params.parse()?;
        node.keys.sign_message(&address, &message)
    })?;
    module.register_method("personal_sign", |params, node, _| {
        let mut params = params.sequence();
        let message: Bytes = params.next()?;
        let address: Address = params.next()?;
        node.keys.sign_message(&address, &message)
    })?;
    Ok(())
}

/// The keys of the node, and the impersonated accounts without keys.
#[derive(Debug)]
pub(crate) struct AccountKeys {
    wallets: Vec<(Address, Wallet)>,
    impersonated: Mutex<BTreeSet<Address>>,
    turn: Mutex<()>,
}

impl AccountKeys {
    pub(crate) fn new(accounts: &[DevAccount]) -> Self {
        let wallets =
            accounts.iter().map(|account| (evm_address(account.address), account.wallet.clone()));
        Self { wallets: wallets.collect(), impersonated: Mutex::default(), turn: Mutex::default() }
    }

    fn addresses(&self) -> Vec<Address> {
        let impersonated = self.impersonated.lock();
        self.wallets
            .iter()
            .map(|(address, _)| address)
            .chain(impersonated.iter())
            .copied()
            .collect()
    }

    pub(crate) fn impersonate(&self, address: Address) -> RpcResult<()> {
        let mut impersonated = self.impersonated.lock();
        if self.wallet(&address).is_some() || impersonated.contains(&address) {
            return Ok(());
        }
        if impersonated.len() >= MAX_IMPERSONATED {
            return Err(limit_exceeded(format!(
                "{MAX_IMPERSONATED} accounts are impersonated already: stop one of them"
            )));
        }
        impersonated.insert(address);
        Ok(())
    }

    pub(crate) fn stop_impersonating(&self, address: &Address) {
        self.impersonated.lock().remove(address);
    }

    /// Returns the sender for `request`.
    ///
    /// # Errors
    ///
    /// Returns an error if the node cannot sign for this account.
    pub(crate) fn sender(&self, request: &TransactionRequest) -> RpcResult<Address> {
        let is_ours = |address: &Address| {
            self.wallet(address).is_some() || self.impersonated.lock().contains(address)
        };
        request.from.filter(is_ours).ok_or_else(unknown_account)
    }

    /// Returns a guard to hold from the lookup of a nonce until its use.
    pub(crate) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock()
    }

    /// Signs the transaction, or records its sender if there is no key.
    pub(crate) fn sign(
        &self,
        sender: Address,
        transaction: TypedTransaction,
    ) -> RpcResult<Transaction> {
        let signature = match self.wallet(&sender) {
            Some(wallet) => evm_signature(&wallet.sign_hash_sync(&transaction.signature_hash().0)),
            None if self.impersonated.lock().contains(&sender) => impersonated_signature(sender),
            None => return Err(unknown_account()),
        };
        Ok(Transaction::new_unchecked(transaction.into_envelope(signature), sender))
    }

    fn sign_message(&self, address: &Address, message: &[u8]) -> RpcResult<Bytes> {
        let wallet = self.wallet(address).ok_or_else(unknown_account)?;
        Ok(Bytes::copy_from_slice(wallet.sign_message_sync(message).as_bytes()))
    }

    fn wallet(&self, address: &Address) -> Option<&Wallet> {
        self.wallets.iter().find(|(owner, _)| owner == address).map(|(_, wallet)| wallet)
    }
}

fn unknown_account() -> ErrorObjectOwned {
    server_error("unknown account")
}
