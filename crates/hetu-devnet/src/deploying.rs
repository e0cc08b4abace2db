//! Deployment of the contracts to a new chain.
//!
//! The first account creates the contracts with its first transactions, so they have the same
//! addresses on every devnet.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::Encodable2718;
use alloy_primitives::{Bytes, TxKind, U256};
use hetu_chain::text::ForeignError;
use hetu_chain::{Address, Wallet};

use crate::chain::Chain;
use crate::convert::{evm_address, evm_signature, sdk_address};
use crate::deployment_plan::{Deployment, DeploymentTarget};
use crate::error::DevnetError;

/// Registration rate limit: a subnet can be registered only when more than this many blocks have
/// passed since the deployment of the SubnetManager.
const REGISTRATION_RATE_LIMIT: u64 = 100;
/// Gas of a deployment step. The largest contract takes about a third of it.
const STEP_GAS: u64 = 15_000_000;

/// Creates and connects the contracts, and mines until a subnet can be registered.
pub(crate) fn deploy(
    chain: &Chain,
    deployer: &Wallet,
    deployment: &Deployment,
) -> Result<(), DevnetError> {
    for step in deployment.steps() {
        let (to, expected) = match step.target {
            DeploymentTarget::Creates(address) => (TxKind::Create, Some(address)),
            DeploymentTarget::Calls(address) => (TxKind::Call(evm_address(address)), None),
        };
        let transaction = OutgoingCall { to, value: U256::ZERO, input: step.input.clone() };
        let created = send(chain, deployer, transaction, &step.name)?;
        if let Some(expected) = expected.filter(|&expected| created != Some(expected)) {
            return Err(DevnetError::MisplacedContract {
                step: step.name.clone(),
                expected,
                found: created.unwrap_or_default(),
            });
        }
    }
    chain.mine(REGISTRATION_RATE_LIMIT, None)?;
    Ok(())
}

/// The content of one transaction.
#[derive(Clone, Debug)]
pub(crate) struct OutgoingCall {
    pub(crate) to: TxKind,
    /// Value in wei.
    pub(crate) value: U256,
    pub(crate) input: Vec<u8>,
}

/// Sends a transaction and returns the address of the created contract, if it creates one.
pub(crate) fn send(
    chain: &Chain,
    wallet: &Wallet,
    OutgoingCall { to, value, input }: OutgoingCall,
    step: &str,
) -> Result<Option<Address>, DevnetError> {
    let failed = |reason: ForeignError| DevnetError::Deployment { step: step.to_owned(), reason };
    let view = chain.view();
    let head = view.head();
    let transaction = TxEip1559 {
        chain_id: chain.chain_id(),
        nonce: head.state.nonce(&evm_address(wallet.address())),
        gas_limit: STEP_GAS,
        max_fee_per_gas: u128::from(head.next_base_fee()),
        max_priority_fee_per_gas: 0,
        to,
        value,
        access_list: Default::default(),
        input: Bytes::from(input),
    };
    let raw = sign(transaction, wallet).encoded_2718();
    let hash = chain.submit(&raw).map_err(|error| failed(ForeignError::new(error)))?;
    let position = chain.view().position(&hash).ok_or_else(|| failed("not mined".into()))?;
    let receipt = &position.block.receipts[position.index];
    if !receipt.envelope.is_success() {
        return Err(failed("the transaction reverted".into()));
    }
    Ok(receipt.contract_address.map(sdk_address))
}

fn sign(transaction: TxEip1559, wallet: &Wallet) -> TxEnvelope {
    let signature = wallet.sign_hash_sync(&transaction.signature_hash().0);
    transaction.into_signed(evm_signature(&signature)).into()
}
