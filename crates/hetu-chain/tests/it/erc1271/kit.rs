//! Contract accounts on a chain, and signatures for them.

use std::time::Duration;

use hetu_chain::client::Erc1271Verifier;
use hetu_chain::identity::{AccountSignature, ContractSignatureVerifier, SigningRequest};
use hetu_chain::{Address, Amount, Hetutensor, Network, Signer, Wallet};
use serde_json::{Value, json};

use crate::contract_calls::{Contract, Word, input, word};
use crate::faulty_node::{FaultyNode, rpc};
use crate::node::Listens;
use crate::setup::Chain;

/// The time limit for required answers, generous enough for a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
pub(super) const HASH: [u8; 32] = [7; 32];
const SALT: Word = [5; 32];
/// The suffix of every wrapper of ERC-6492.
const WRAPPER_END: [[u8; 2]; 16] = [[0x64, 0x92]; 16];

/// Returns the creation code of a contract in `contracts/src/testkit`, with its arguments.
fn creation(artifact: &str, arguments: &[Word]) -> Vec<u8> {
    let artifact: Value = serde_json::from_str(artifact).unwrap();
    let code = artifact["bytecode"].as_str().unwrap().trim_start_matches("0x");
    [hex::decode(code).unwrap(), arguments.concat()].concat()
}

async fn created(hetu: &Hetutensor, code: Vec<u8>) -> Address {
    hetu.transactions().create(code).await.unwrap().created.unwrap()
}

/// Deploys a contract account that accepts the signatures of `owner`.
pub(super) async fn owner_wallet(hetu: &Hetutensor, owner: Address) -> Address {
    let artifact = include_str!("../../contracts/OwnerWallet.json");
    created(hetu, creation(artifact, &[word(owner)])).await
}

/// The behavior of a misbehaving contract account: as in `MisbehavingWallet.sol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Oddity {
    None,
    Unprepared,
    Revert,
    RevertWithMagic,
    InvalidInstruction,
    BurnGas,
    ReturnBomb,
    RevertBomb,
    Nothing,
    ShortMagic,
    LongMagic,
    RightAlignedMagic,
    DirtyMagic,
    True,
    Write,
}

pub(super) async fn odd_wallet(hetu: &Hetutensor, oddity: Oddity) -> Address {
    let mut argument = [0; 32];
    argument[31] = oddity as u8;
    let artifact = include_str!("../../contracts/OddWallet.json");
    created(hetu, creation(artifact, &[argument])).await
}

/// Returns the call that prepares an account so that it accepts signatures.
pub(super) fn preparation() -> Vec<u8> {
    input("prepare()", &[])
}

/// A contract that creates accounts at addresses that are known in advance.
pub(super) struct Factory {
    pub(super) address: Address,
    contract: Contract,
}

impl Factory {
    pub(super) async fn of(chain: &Chain, hetu: &Hetutensor) -> Self {
        let artifact = include_str!("../../contracts/OwnerWalletFactory.json");
        let address = created(hetu, creation(artifact, &[])).await;
        Self { address, contract: Contract::at(address, &chain.node) }
    }

    pub(super) async fn address_of(&self, owner: Address) -> Address {
        let arguments = [word(owner), SALT];
        let words = self.contract.read("addressOf(address,bytes32)", &arguments).await.unwrap();
        let mut address = [0; 20];
        address.copy_from_slice(&words[0].to_be_bytes()[12..]);
        Address::new(address)
    }

    pub(super) fn creation_of(owner: Address) -> Vec<u8> {
        input("create(address,bytes32)", &[word(owner), SALT])
    }

    pub(super) async fn create(&self, hetu: &Hetutensor, owner: Address) {
        let creation = Self::creation_of(owner);
        hetu.transactions().call(self.address, "create", creation, Amount::ZERO).await.unwrap();
    }
}

/// Wraps `signature` together with the call that creates or prepares its account.
pub(super) fn wrapped(factory: Address, calldata: &[u8], signature: &[u8]) -> Vec<u8> {
    let tail = |bytes: &[u8]| {
        let padding = bytes.len().next_multiple_of(32) - bytes.len();
        [&number(bytes.len())[..], bytes, &vec![0; padding]].concat()
    };
    let calldata = tail(calldata);
    let content =
        [word(factory).to_vec(), number(96).to_vec(), number(96 + calldata.len()).to_vec()];
    [content.concat(), calldata, tail(signature), WRAPPER_END.as_flattened().to_vec()].concat()
}

fn number(value: usize) -> Word {
    Amount::from_wei(value as u128).to_be_bytes()
}

pub(super) async fn signed(wallet: &Wallet) -> Vec<u8> {
    signed_hash(wallet, HASH).await
}

pub(super) async fn signed_hash(wallet: &Wallet, hash: [u8; 32]) -> Vec<u8> {
    wallet.sign(SigningRequest::Hash(hash)).await.unwrap().as_bytes().to_vec()
}

pub(super) fn judge_on(hetu: &Hetutensor) -> Erc1271Verifier {
    hetu.erc1271_verifier().deadline(PATIENCE)
}

pub(super) async fn verdict(
    judge: &Erc1271Verifier,
    account: Address,
    signature: &[u8],
) -> AccountSignature {
    judge.check(account, HASH, signature).await.unwrap()
}

/// Makes `account` delegate to the code of `target`, as a transaction of EIP-7702 does. Removes the
/// delegation if `target` is `None`.
pub(super) async fn delegate(node: &impl Listens, account: Address, target: Option<Address>) {
    let code = target
        .map_or_else(String::new, |target| format!("ef0100{}", hex::encode(target.as_bytes())));
    rpc(node, "anvil_setCode", json!([account, format!("0x{code}")])).await;
}

pub(super) async fn code_of(node: &impl Listens, account: Address) -> Value {
    rpc(node, "eth_getCode", json!([account, "latest"])).await
}

/// Returns the network of `chain`, with these nodes as its endpoints.
pub(super) fn behind(chain: &Chain, nodes: &[&FaultyNode]) -> Network {
    let mut network = chain.network.clone();
    network.endpoints = nodes.iter().map(|node| node.url()).collect();
    network
}
