//! Puts the contracts on a new chain.
//!
//! The first account creates them with its first transactions, so they stand at the same
//! addresses on every devnet: a contract's address follows from its creator and the creator's
//! nonce. The order of [`CONTRACTS`] is therefore part of the interface: append, never insert.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::Encodable2718;
use alloy_primitives::{Bytes, Signature, TxKind, U256, hex, keccak256};
use hetu_chain::{Address, ContractAddresses, Wallet};
use serde::Deserialize;

use crate::chain::Chain;
use crate::convert::{evm_address, sdk_address};
use crate::error::DevnetError;

/// A subnet can be registered when more than this many blocks have passed since the
/// SubnetManager was deployed.
const REGISTRATION_RATE_LIMIT: u64 = 100;
/// Gas of a deployment step. The largest contract takes about a third of it.
const STEP_GAS: u64 = 15_000_000;

/// A value that a constructor or a function is given.
#[derive(Clone, Copy, Debug)]
enum Argument {
    /// The account that deploys: treasury, owner and system address alike.
    Deployer,
    /// The address of the contract with this name.
    Contract(&'static str),
    True,
}

use Argument::{Contract, Deployer, True};

struct Creation {
    name: &'static str,
    artifact: &'static str,
    arguments: &'static [Argument],
}

struct Wiring {
    contract: &'static str,
    function: &'static str,
    arguments: &'static [Argument],
}

macro_rules! creation {
    ($name:literal, $arguments:expr) => {
        Creation {
            name: $name,
            artifact: include_str!(concat!("../artifacts/", $name, ".json")),
            arguments: $arguments,
        }
    };
}

/// The contracts, in the order of the nonces that create them.
const CONTRACTS: [Creation; 6] = [
    creation!("WHETU", &[]),
    creation!("GlobalStaking", &[Contract("WHETU"), Deployer, Deployer]),
    creation!("SubnetAMMFactory", &[Deployer]),
    creation!("SubnetManager", &[Contract("WHETU"), Contract("SubnetAMMFactory")]),
    creation!("DendronManager", &[Contract("SubnetManager"), Contract("GlobalStaking"), Deployer]),
    creation!("Weights", &[Contract("SubnetManager"), Contract("DendronManager")]),
];

/// What tells the contracts of each other.
const WIRING: [Wiring; 3] = [
    Wiring {
        contract: "SubnetAMMFactory",
        function: "setSubnetManager(address)",
        arguments: &[Contract("SubnetManager")],
    },
    Wiring {
        contract: "GlobalStaking",
        function: "setAuthorizedCaller(address,bool)",
        arguments: &[Contract("DendronManager"), True],
    },
    Wiring {
        contract: "GlobalStaking",
        function: "setDendronManager(address)",
        arguments: &[Contract("DendronManager")],
    },
];

/// Where the contracts stand that `deployer` creates.
pub(crate) fn addresses(deployer: Address) -> ContractAddresses {
    let at = |name| address_of(deployer, name);
    ContractAddresses {
        whetu: at("WHETU"),
        global_staking: at("GlobalStaking"),
        amm_factory: at("SubnetAMMFactory"),
        subnet_manager: at("SubnetManager"),
        dendron_manager: at("DendronManager"),
        weights: at("Weights"),
    }
}

/// Creates and wires the contracts and mines until a subnet can be registered.
pub(crate) fn deploy(chain: &Chain, deployer: &Wallet) -> Result<(), DevnetError> {
    let address = deployer.address();
    for contract in CONTRACTS {
        let mut input = bytecode(&contract)?;
        encode(address, contract.arguments, &mut input);
        let step = format!("create {}", contract.name);
        let created = send(chain, deployer, TxKind::Create, input, &step)?;
        let expected = address_of(address, contract.name);
        if created != Some(expected) {
            return Err(DevnetError::MisplacedContract {
                contract: contract.name,
                expected,
                found: created.unwrap_or_default(),
            });
        }
    }
    for wiring in WIRING {
        let mut input = keccak256(wiring.function)[..4].to_vec();
        encode(address, wiring.arguments, &mut input);
        let target = evm_address(address_of(address, wiring.contract));
        let step = format!("{}.{}", wiring.contract, wiring.function);
        send(chain, deployer, TxKind::Call(target), input, &step)?;
    }
    chain.mine(REGISTRATION_RATE_LIMIT, None);
    Ok(())
}

#[derive(Deserialize)]
struct Artifact {
    bytecode: String,
}

fn bytecode(contract: &Creation) -> Result<Vec<u8>, DevnetError> {
    let damaged = |reason: String| DevnetError::Artifact { contract: contract.name, reason };
    let artifact: Artifact =
        serde_json::from_str(contract.artifact).map_err(|error| damaged(error.to_string()))?;
    hex::decode(artifact.bytecode).map_err(|error| damaged(error.to_string()))
}

fn encode(deployer: Address, arguments: &[Argument], input: &mut Vec<u8>) {
    for argument in arguments {
        let word = match *argument {
            Deployer => evm_address(deployer).into_word(),
            Contract(name) => evm_address(address_of(deployer, name)).into_word(),
            True => U256::ONE.into(),
        };
        input.extend_from_slice(word.as_slice());
    }
}

fn address_of(deployer: Address, name: &str) -> Address {
    let nonce = CONTRACTS
        .iter()
        .position(|contract| contract.name == name)
        .expect("the tables name contracts of the table only");
    sdk_address(evm_address(deployer).create(nonce as u64))
}

/// Sends a transaction and returns the address of what it created, if it was to create.
fn send(
    chain: &Chain,
    wallet: &Wallet,
    to: TxKind,
    input: Vec<u8>,
    step: &str,
) -> Result<Option<Address>, DevnetError> {
    let failed = |reason: String| DevnetError::Deployment { step: step.to_owned(), reason };
    let view = chain.view();
    let head = view.head();
    let transaction = TxEip1559 {
        chain_id: chain.chain_id(),
        nonce: head.state.nonce(&evm_address(wallet.address())),
        gas_limit: STEP_GAS,
        max_fee_per_gas: u128::from(head.next_base_fee()),
        max_priority_fee_per_gas: 0,
        to,
        value: U256::ZERO,
        access_list: Default::default(),
        input: Bytes::from(input),
    };
    let raw = sign(transaction, wallet).encoded_2718();
    let hash = chain.submit(&raw).map_err(|error| failed(error.to_string()))?;
    let position = chain.view().position(&hash).ok_or_else(|| failed("not mined".to_owned()))?;
    let receipt = &position.block.receipts[position.index];
    if !receipt.envelope.is_success() {
        return Err(failed("the transaction reverted".to_owned()));
    }
    Ok(receipt.contract_address.map(sdk_address))
}

fn sign(transaction: TxEip1559, wallet: &Wallet) -> TxEnvelope {
    let signature = wallet.sign_hash_sync(&transaction.signature_hash().0);
    let (r, s) = (signature.r(), signature.s());
    let signature = Signature::from_scalars_and_parity(r.into(), s.into(), signature.is_y_odd());
    transaction.into_signed(signature).into()
}
