//! A full subnet on anvil, an independent node implementation.

use std::path::Path;

use hetu_chain::model::{HyperparameterChanges, NewSubnet};
use hetu_chain::primitives::keccak256;
use hetu_chain::{Address, Amount, ChainId, Hetutensor, NetUid, Network, Wallet};
use hetu_devnet::{Anvil, Deployment, DeploymentRoles, DeploymentTarget, DevAccount};
use jsonrpsee::core::client::ClientT;
use jsonrpsee::http_client::HttpClient;
use serde_json::Value;

const CHAIN_ID: u64 = 31_337;
/// The HETU of each account.
const BALANCE: &str = "10000000";
/// The number of blocks after a registration during which no subnet can be registered.
const REGISTRATION_RATE_LIMIT: u64 = 100;
const MINERS_IN_A_BLOCK: u16 = 10;
/// Enough gas for ten registrations.
const GAS: &str = "0xe4e1c0";

pub(crate) struct CrowdedAnvil {
    pub(crate) anvil: Anvil,
    pub(crate) network: Network,
    pub(crate) netuid: NetUid,
}

/// Starts anvil with the contracts and a subnet of `miners` miners.
pub(crate) async fn crowded_anvil(miners: u16) -> CrowdedAnvil {
    let options = ["--balance", BALANCE, "--chain-id", &CHAIN_ID.to_string()].map(String::from);
    let anvil = Anvil::start(options).await.unwrap();
    let wallet = Wallet::from_mnemonic(DevAccount::MNEMONIC, 0).unwrap();
    let roles = DeploymentRoles::all(wallet.address());
    let deployment = Deployment::new(&roles, 0).unwrap();
    let endpoint = format!("http://{}", anvil.address()).parse().unwrap();
    let contracts = deployment.addresses().unwrap();
    let network = Network::new("local", ChainId::new(CHAIN_ID), endpoint, contracts)
        .allowing_private_addresses();
    let hetu = Hetutensor::connect_without_contracts(network.clone()).await.unwrap();
    let hetu = hetu.with_wallet(wallet);
    for step in deployment.steps() {
        match step.target {
            DeploymentTarget::Creates(_) => {
                hetu.transactions().create(step.input.clone()).await.unwrap();
            }
            DeploymentTarget::Calls(contract) => {
                let input = step.input.clone();
                let call = hetu.transactions().call(contract, &step.name, input, Amount::ZERO);
                call.await.unwrap();
            }
            _ => panic!("{} is neither a creation nor a call", step.name),
        }
    }
    for _ in 0..REGISTRATION_RATE_LIMIT {
        // Any transaction makes a block.
        hetu.tokens().wrap(Amount::from_wei(1)).await.unwrap();
    }
    let netuid = open_subnet(&hetu).await;
    join(&hetu, netuid, miners).await;
    assert_eq!(hetu.dendrons().count(netuid).await.unwrap(), u64::from(miners));
    CrowdedAnvil { anvil, network, netuid }
}

async fn open_subnet(owner: &Hetutensor) -> NetUid {
    let subnet = NewSubnet {
        name: "Sums".into(),
        description: "Adds numbers".into(),
        token_name: "Sum".into(),
        token_symbol: "SUM".into(),
    };
    let rules = HyperparameterChanges {
        max_registrations_per_block: Some(MINERS_IN_A_BLOCK),
        ..Default::default()
    };
    let price = owner.subnets().lock_cost().await.unwrap();
    let registered = owner.subnets().register_with(&subnet, &rules, price).await.unwrap();
    owner.subnets().activate(registered.netuid).await.unwrap();
    registered.netuid
}

async fn join(hetu: &Hetutensor, netuid: NetUid, miners: u16) {
    let contracts = hetu.network().contracts;
    let places = [contracts.whetu, contracts.global_staking, contracts.dendron_manager];
    let places = places.map(|address| [&[0; 12], &address.as_bytes()[..]].concat());
    let created = hetu.transactions().create([creation_code(), places.concat()].concat());
    let crowd = created.await.unwrap().created.unwrap();
    let rules = hetu.subnets().hyperparameters(netuid).await.unwrap();
    let (stake, cost) = (rules.dendron_threshold, rules.base_dendron_cost);
    let money = stake.saturating_add(cost).saturating_mul(u64::from(miners));
    hetu.tokens().wrap(money).await.unwrap();
    send(hetu, contracts.whetu, "transfer(address,uint256)", &[padded(crowd), money]).await;
    for joined in (0..miners).step_by(usize::from(MINERS_IN_A_BLOCK)) {
        let number = |number: u16| Amount::from_wei(u128::from(number));
        let count = MINERS_IN_A_BLOCK.min(miners - joined);
        let arguments = [number(netuid.get()), number(count), stake, cost, number(1 + joined)];
        let signature = "join(uint16,uint256,uint256,uint256,uint32)";
        send(hetu, crowd, signature, &arguments).await;
    }
}

/// Sends a transaction through the node itself, which does not simulate it first.
async fn send(hetu: &Hetutensor, contract: Address, signature: &str, arguments: &[Amount]) {
    let words = arguments.iter().flat_map(|argument| argument.to_be_bytes());
    let data: Vec<u8> = keccak256(signature)[..4].iter().copied().chain(words).collect();
    let data: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
    let transaction = serde_json::json!({
        "from": hetu.address().unwrap(), "to": contract, "data": format!("0x{data}"), "gas": GAS
    });
    let node = HttpClient::builder().build(hetu.network().endpoints[0].expose()).unwrap();
    let hash: String = node.request("eth_sendTransaction", [transaction]).await.unwrap();
    // Two transactions in quick succession share a block, which holds no more than ten.
    let receipt =
        async || -> Value { node.request("eth_getTransactionReceipt", [&hash]).await.unwrap() };
    let mut found = receipt().await;
    while found.is_null() {
        found = receipt().await;
    }
    assert_eq!(found["status"], "0x1", "{signature}");
}

fn padded(address: Address) -> Amount {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address.as_bytes());
    Amount::from_be_bytes(word)
}

/// Returns the creation code of the contract that the miners are clones of.
fn creation_code() -> Vec<u8> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../hetu-devnet/artifacts/DendronCrowd.json");
    let artifact: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let digits = artifact["bytecode"].as_str().unwrap().trim_start_matches("0x");
    let byte = |place: usize| u8::from_str_radix(&digits[place..place + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}
